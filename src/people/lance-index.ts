import type * as Lance from "@lancedb/lancedb";
import type { DescriptorModel } from "./gallery.js";
import type { Notes } from "./lance-notes.js";
import type { LanceParts } from "./lance.js";
import { temporaryFiles } from "./temporary-files.js";

/** From so many numbers on (rows times their length) an index is faster than comparing all: 9,770 fused faces, 19,500 of 128 numbers. */
const PAYS = 2_500_000;
/**
 * Each time that pieces are put together the index gets a further segment, and every search looks into all of them: 0.3 ms
 * each. It is made anew where there are so many, where the gallery has doubled, and where writing rests when it has grown by so much.
 */
const SEGMENTS = 8;
const GROWN = 0.05;
/** How many rows a part of the index has, about; at most so many parts. */
const PART = 500;
const MOST_PARTS = 512;
/** An index over up to so many numbers is looked into whole: that is as quick as half of it, which misses one of fifty nearest people. Of a larger one it is this share. */
const WHOLE = 120_000_000;
const PROBED = 0.5;
/** How often, in milliseconds, a process that searches looks whether another one made an index. */
const LOOK = 1000;
/** The note of how many rows the index was made over. */
const INDEXED = "index";

/** The index over descriptors: made when it pays, and anew as the gallery grows. */
export class LanceIndex {
  #probed: number | undefined;
  #looked = 0;

  constructor(
    private readonly table: Lance.Table,
    private readonly notes: Notes,
    private readonly model: DescriptorModel,
    private readonly parts: LanceParts,
  ) {}

  /** Parts of the index to look into; undefined where there is none. */
  probes(): number | undefined {
    return this.#probed;
  }

  /** Before a search: finds out about the index, at first and then now and then. */
  async look(): Promise<void> {
    if (performance.now() < this.#looked) return;
    await this.parts.check();
    await this.#state();
    this.#looked = performance.now() + LOOK;
  }

  async #state(): Promise<{ rows: number; segments: number; made: number }> {
    const read = () => Promise.all([this.table.countRows(), this.table.indexStats("descriptor_idx"), this.notes.read(INDEXED)]);
    const [rows, stats, note] = await this.parts.calls(read, () => this.table.checkoutLatest());
    const made = typeof note === "number" ? note : 0;
    this.#probed = stats && this.#toProbe(made);
    return { rows, segments: stats?.numIndices ?? 0, made };
  }

  /** Over all rows as they are now. For the holder of the index lock; others may write meanwhile. */
  async make(rows: number): Promise<void> {
    const { Index } = this.parts.library;
    const kinds = { photo: Index.btree(), name: Index.btree(), descriptor: Index.ivfRq({ distanceType: "l2", numPartitions: parts(rows) }) };
    for (const [column, config] of Object.entries(kinds)) {
      const make = () => temporaryFiles.removing(() => this.table.createIndex(column, { config }));
      await this.parts.calls(make, () => this.table.checkoutLatest());
    }
  }

  /** For the holder of the write lock. */
  async made(rows: number): Promise<void> {
    await this.notes.write(new Map([[INDEXED, rows]]));
    this.#probed = this.#toProbe(rows);
  }

  /**
   * Over how many rows it is to be made now; undefined where it need not be.
   * @param resting nobody has written for a while
   */
  async due(resting: boolean): Promise<number | undefined> {
    const { rows, segments, made } = await this.#state();
    const most = resting ? 1 + GROWN : 2;
    return rows < this.pays || (segments > 0 && segments < SEGMENTS && rows < most * made) ? undefined : rows;
  }

  /** Made anew over all rows, or dropped where there are few left. For the holder of both locks. */
  async anew(): Promise<void> {
    const again = () => this.table.checkoutLatest();
    const { rows, segments } = await this.#state();
    if (segments === 0) return;
    if (rows >= this.pays / 2) {
      await this.make(rows);
      await this.made(rows);
    } else {
      for (const { name } of await this.parts.calls(() => this.table.listIndices(), again)) await this.parts.commits(() => this.table.dropIndex(name), again);
      this.#probed = undefined;
    }
  }

  /** How many parts of an index over so many rows a search looks into. */
  #toProbe(rows: number): number {
    return Math.ceil(parts(rows) * (rows * this.model.length <= WHOLE ? 1 : PROBED));
  }

  /** From how many rows on it pays. */
  get pays(): number {
    return PAYS / this.model.length;
  }
}

function parts(rows: number): number {
  return Math.max(1, Math.min(MOST_PARTS, Math.round(rows / PART)));
}
