import type * as Lance from "@lancedb/lancedb";
import type { DescriptorModel } from "./gallery.js";
import type { LanceIndex } from "./lance-index.js";
import type { Notes } from "./lance-notes.js";
import { everyOldFile } from "./lance-table.js";
import type { LanceParts } from "./lance.js";
import { temporaryFiles } from "./temporary-files.js";

/** After so many writes their small pieces are put together: 48 of them make a search three times as long. */
const WRITES = 32;
/** So many numbers that no index knows yet cost a search about a millisecond: once writing rests for so many milliseconds they are taken in, and the index is made one again where that pays. */
const LOOSE = 300_000;
const REST = 1000;
/** What was replaced is taken out of all files once writing rests, and for as long as it does not every so many milliseconds: all rows are written anew for it. */
const OWING = 60_000;
/** For how long upkeep waits for its turn to write, in milliseconds. */
const PATIENCE = 60_000;
/** So long it takes to be sure that a process on another machine has ended in the middle of its turn. */
const TAKEN_OVER = 30_000;
/** The note of whether rows were taken out or replaced that files still have. */
const OWED = "owed";

/** Keeps the table quick: puts small pieces together, has the index made when it is due, and takes out of all files what is gone. */
export class LanceUpkeep {
  #writes = 0;
  #rows = 0;
  /** Rows written since the last thorough run. */
  #loose = 0;
  #running: Promise<void> | undefined;
  #resting: NodeJS.Timeout | undefined;
  /** Since when something is to be taken out of all files. */
  #owing: number | undefined;

  constructor(
    private readonly table: Lance.Table,
    private readonly notes: Notes,
    private readonly model: DescriptorModel,
    private readonly index: LanceIndex,
    private readonly parts: LanceParts,
  ) {}

  /** After a write; looks after the tables in the background where it is time. */
  written(rows: number): void {
    this.#writes++;
    this.#rows += rows;
    this.#loose += rows;
    this.#plan();
  }

  /** After something was replaced. */
  takeOutSoon(): void {
    this.#owing ??= performance.now();
    this.#plan();
  }

  #plan(): void {
    clearTimeout(this.#resting);
    this.#resting = undefined;
    if (this.#running) return;
    const overdue = this.#owing !== undefined && performance.now() - this.#owing > OWING;
    if (this.#writes >= WRITES || this.#rows >= this.index.pays || overdue) this.#start(overdue, 0);
    else if (this.#owing !== undefined || this.#loose * this.model.length > LOOSE) this.#resting = setTimeout(() => this.#start(true, PATIENCE), REST).unref();
  }

  /** @param thorough also what is owed, and what a rest is for */
  #start(thorough: boolean, patience: number): void {
    clearTimeout(this.#resting);
    this.#resting = undefined;
    this.#writes = 0;
    this.#rows = 0;
    if (thorough) {
      this.#owing = undefined;
      this.#loose = 0;
    }
    this.#running ??= this.parts.locks.index
      .held(() => this.#run(thorough), patience)
      .catch(() => undefined) // another process is at it, or a later one mends it: nothing is lost
      .finally(() => {
        this.#running = undefined;
        if (this.#loose > 0 || this.#owing !== undefined) this.#plan(); // what was written meanwhile, or waits for a rest
      });
  }

  /** When a gallery is opened: takes up, in the background, what a process that ended left undone. */
  async begin(): Promise<void> {
    if (await this.notes.read(OWED)) this.#start(true, TAKEN_OVER);
  }

  /** Does at once what waits for a rest; settles when nothing of this process runs in the background. */
  async idle(): Promise<void> {
    while (this.#running || this.#resting) {
      if (this.#resting) this.#start(true, 0);
      await this.#running;
    }
  }

  async #run(thorough: boolean): Promise<void> {
    await this.parts.locks.write.held(() => this.settle(thorough), PATIENCE);
    const rows = await this.index.due(thorough);
    if (rows === undefined) return;
    await this.index.make(rows);
    await this.parts.locks.write.held(() => this.index.made(rows), PATIENCE);
  }

  /**
   * Before rows are taken out or replaced: whoever comes next settles it where this process does not get to it. For the holder of the write lock.
   * @param removals keys of the notes of which removals are done with that
   */
  async owe(removals: readonly string[] = []): Promise<void> {
    const now = new Date().toISOString();
    await this.notes.write(new Map<string, unknown>([[OWED, true], ...removals.map((key) => [key, now] as const)]));
  }

  /** Puts pieces together, takes what is owed out of all files (where `takeOut`), and removes every file that the newest version has no use for. For the holder of both locks: no one else may be writing. */
  async settle(takeOut: boolean): Promise<void> {
    const owed = takeOut && (await this.notes.read(OWED)) === true;
    if (owed) await this.#anew();
    const optimize = () => this.parts.commits(() => this.table.optimize(everyOldFile()), () => this.table.checkoutLatest());
    await temporaryFiles.removing(async () => {
      await optimize();
      await optimize(); // what the first one made out of date
    });
    await this.parts.sweep();
    if (owed) {
      await temporaryFiles.sweep();
      await this.notes.write(new Map([[OWED, false]]));
      await this.notes.forgetRemovals();
    }
    await this.notes.tidy();
  }

  /** Writes every row anew, and the index. */
  async #anew(): Promise<void> {
    const update = () => this.table.update({ where: "true", valuesSql: { quality: "quality" } });
    if ((await this.parts.calls(() => this.table.countRows(), () => this.table.checkoutLatest())) > 0) await this.parts.commits(update, () => this.table.checkoutLatest());
    await this.index.anew();
  }
}
