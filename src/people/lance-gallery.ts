import type { Table } from "@lancedb/lancedb";
import { GalleryUnusable } from "../errors.js";
import type { Candidate } from "./candidate.js";
import type { DescribedEnrolment, DescriptorModel, Enrolment, EnrolRequest, EnrolResult, Forget, Forgetting, Gallery, Person } from "./gallery.js";
import { atOnce } from "./lance-enrol.js";
import { LanceIndex } from "./lance-index.js";
import { FORGOTTEN, forgottenKey, Notes, removalKey } from "./lance-notes.js";
import { LanceReader } from "./lance-reader.js";
import { LanceSearch } from "./lance-search.js";
import { LanceUpkeep } from "./lance-upkeep.js";
import { LanceWriter } from "./lance-writer.js";
import type { LanceParts } from "./lance.js";

/** A gallery in two Lance tables: faces, a row a photo, and notes. */
export class LanceGallery implements Gallery {
  readonly #index: LanceIndex;
  readonly #upkeep: LanceUpkeep;
  readonly #notes: Notes;
  readonly #reader: LanceReader;
  readonly #writer: LanceWriter;
  readonly #search: LanceSearch;

  constructor(
    private readonly tables: { faces: Table; notes: Table },
    readonly model: DescriptorModel,
    private readonly parts: LanceParts,
  ) {
    this.#notes = new Notes(tables.notes, parts.calls, parts.commits);
    this.#index = new LanceIndex(tables.faces, this.#notes, model, parts);
    this.#upkeep = new LanceUpkeep(tables.faces, this.#notes, model, this.#index, parts);
    this.#reader = new LanceReader(tables.faces, parts.calls);
    this.#search = new LanceSearch({ table: tables.faces, calls: parts.calls, probes: () => this.#index.probes() });
    this.#writer = new LanceWriter(tables.faces, this.#notes, model, parts, this.#upkeep);
  }

  async enrol(request: EnrolRequest, signal?: AbortSignal): Promise<EnrolResult> {
    this.#check(request.descriptor);
    return this.#writer.enrol(request, signal);
  }

  enrolAll(requests: readonly EnrolRequest[]): Promise<EnrolResult[]> {
    return Promise.all(requests.map((request) => this.enrol(request)));
  }

  async forgetPhoto(photo: string, { unless, cause, signal }: Forget = {}): Promise<Enrolment | undefined> {
    const mark = cause === undefined ? undefined : removalKey(photo, cause);
    const [forgotten] = await this.#writer.remove({ column: "photo", value: photo, unless, mark }, signal);
    return forgotten;
  }

  async hasForgotten(photo: string, cause: string): Promise<boolean> {
    return (await this.#notes.read(removalKey(photo, cause))) !== undefined;
  }

  async forgetPerson(name: string, at: Date): Promise<Enrolment[]> {
    await this.#writer.mark(name, at); // first: who enrols from now on sees it, and what was enrolled until now is removed
    return this.#writer.remove({ column: "name", value: name });
  }

  pardon(name: string): Promise<void> {
    return this.#writer.pardon(name);
  }

  async forgettings(): Promise<Forgetting[]> {
    const notes = await this.#notes.startingWith(FORGOTTEN);
    return Array.from(notes, ([key, at]) => ({ person: key.slice(FORGOTTEN.length), at: at as string })).sort((a, b) => (a.person < b.person ? -1 : 1));
  }

  takeForgettings(list: readonly Forgetting[]): Promise<void> {
    return this.#writer.takeForgettings(list);
  }

  async forgottenAt(name: string): Promise<Date | undefined> {
    const at = await this.#notes.read(forgottenKey(name));
    return typeof at === "string" ? new Date(at) : undefined;
  }

  async nearest(descriptors: readonly (readonly number[])[], people: number, except: readonly (string | undefined)[] = []): Promise<Candidate[][]> {
    descriptors.forEach((descriptor) => this.#check(descriptor));
    if (people < 1 || descriptors.length === 0) return descriptors.map(() => []);
    await this.#index.look();
    return this.#search.nearest(descriptors, people, except);
  }

  find(photo: string): Promise<Enrolment | undefined> {
    return this.#reader.find(photo);
  }

  photosOf(name: string): Promise<DescribedEnrolment[]> {
    return this.#reader.photosOf(name);
  }

  people(): Promise<Person[]> {
    return this.#reader.people();
  }

  history(name?: string): Promise<Enrolment[]> {
    return this.#reader.history(name);
  }

  count(): Promise<{ people: number; photos: number }> {
    return this.#reader.count();
  }

  photoCount(): Promise<number> {
    return this.#reader.photoCount();
  }

  sample(most: number): Promise<DescribedEnrolment[]> {
    return this.#reader.sample(most);
  }

  all(): AsyncIterable<DescribedEnrolment[]> {
    return this.#reader.all(atOnce(this.model));
  }

  recall(key: string): Promise<unknown> {
    return this.#notes.read(`kept ${key}`);
  }

  keep(key: string, value: unknown): Promise<void> {
    return this.#writer.keep(`kept ${key}`, value);
  }

  /** Takes up what others left undone. */
  begin(): Promise<void> {
    return this.#upkeep.begin();
  }

  async close(): Promise<void> {
    await this.#writer.idle();
    await this.#upkeep.idle();
    await this.#search.idle();
    this.tables.faces.close();
    this.tables.notes.close();
    await this.parts.close();
  }

  #check(descriptor: readonly number[]): void {
    if (descriptor.length !== this.model.length) throw new GalleryUnusable(`The gallery holds descriptors of ${this.model.length} numbers, not ${descriptor.length}.`);
  }
}
