import type { Table } from "@lancedb/lancedb";
import { Batches } from "./batches.js";
import type { DescriptorModel, Enrolment, EnrolRequest, EnrolResult, Forgetting } from "./gallery.js";
import { atOnce, enrolTogether } from "./lance-enrol.js";
import { forgetTogether } from "./lance-forget.js";
import type { Removal } from "./lance-forget.js";
import { forgottenKey, FORGOTTEN } from "./lance-notes.js";
import type { Notes } from "./lance-notes.js";
import type { LanceUpkeep } from "./lance-upkeep.js";
import type { LanceParts } from "./lance.js";

/** How long a write waits for other processes, and forgetting for an index that is being made, in milliseconds. */
const PATIENCE = { write: 60_000, forget: 600_000 };
/** How many removals are done at once: each has a piece of a filter, and may ask whether its object is there again. */
const REMOVALS = 500;

/** All that changes a gallery. */
export class LanceWriter {
  readonly #enrolling: Batches<EnrolRequest, EnrolResult>;
  readonly #removing: Batches<Removal, PromiseSettledResult<Enrolment[]>>;

  constructor(
    private readonly table: Table,
    private readonly notes: Notes,
    private readonly model: DescriptorModel,
    private readonly parts: LanceParts,
    private readonly upkeep: LanceUpkeep,
  ) {
    this.#enrolling = new Batches((take) => this.#enrolAll(take), atOnce(model));
    this.#removing = new Batches((take) => this.#removeAll(take), REMOVALS);
  }

  enrol(request: EnrolRequest, signal?: AbortSignal): Promise<EnrolResult> {
    return this.#enrolling.ask(request, signal);
  }

  async #enrolAll(take: () => EnrolRequest[]): Promise<EnrolResult[]> {
    let owed = false;
    const owe = async () => {
      await this.upkeep.owe();
      owed = true;
    };
    try {
      const results = await this.parts.locks.write.held(async () => {
        const batch = take();
        await this.parts.check();
        const late = await this.#forgottenSince(batch);
        const wanted = batch.filter((_, i) => !late[i]);
        const enrolled = await enrolTogether(this.table, wanted, this.parts, this.model, owe);
        return late.map((is): EnrolResult => (is ? "forgotten" : enrolled.shift()!));
      }, PATIENCE.write);
      this.upkeep.written(results.length);
      return results;
    } finally {
      if (owed) this.upkeep.takeOutSoon();
    }
  }

  /** Which of them are of people who were forgotten after the photo was uploaded. */
  async #forgottenSince(batch: readonly EnrolRequest[]): Promise<boolean[]> {
    const names = new Set(batch.filter(({ uploadedAt }) => uploadedAt !== undefined).map(({ name }) => name));
    const forgotten = await this.notes.readAll([...names].map(forgottenKey));
    return batch.map(({ name, uploadedAt }) => {
      const at = uploadedAt === undefined ? undefined : forgotten.get(forgottenKey(name));
      return at !== undefined && !(new Date(uploadedAt!) > new Date(at as string));
    });
  }

  /** One photo, or all of a person. */
  async remove(removal: Removal, signal?: AbortSignal): Promise<Enrolment[]> {
    const settled = await this.#removing.ask(removal, signal);
    if (settled.status === "rejected") throw settled.reason;
    return settled.value;
  }

  #removeAll(take: () => Removal[]): Promise<PromiseSettledResult<Enrolment[]>[]> {
    const { index, write } = this.parts.locks;
    return index.held(() => write.held(() => forgetTogether(this.table, take(), this.parts, this.upkeep), PATIENCE.forget), PATIENCE.forget);
  }

  /** Marks a person as forgotten at this time. */
  mark(name: string, at: Date): Promise<void> {
    return this.keep(forgottenKey(name), at.toISOString());
  }

  pardon(name: string): Promise<void> {
    return this.#change(() => this.notes.remove(forgottenKey(name)));
  }

  takeForgettings(list: readonly Forgetting[]): Promise<void> {
    return this.#change(async () => {
      const known = await this.notes.startingWith(FORGOTTEN);
      for (const { person, at } of list) {
        const key = FORGOTTEN + person;
        const [before, later] = [known.get(key), new Date(at).toISOString()];
        if (typeof before !== "string" || before < later) known.set(key, later);
      }
      await this.notes.write(new Map(list.map(({ person }) => [FORGOTTEN + person, known.get(FORGOTTEN + person)])));
    });
  }

  keep(key: string, value: unknown): Promise<void> {
    return this.#change(() => this.notes.write(new Map([[key, value]])));
  }

  async #change(work: () => Promise<void>): Promise<void> {
    await this.parts.locks.write.held(work, PATIENCE.write);
    this.upkeep.written(0);
  }

  /** Settles when nothing waits to be written. */
  async idle(): Promise<void> {
    await Promise.all([this.#enrolling.idle(), this.#removing.idle()]);
  }
}
