import type { Candidate } from "./candidate.js";

/** What made the descriptors of a gallery: those of another model cannot be compared with them. */
export interface DescriptorModel {
  /** RECOGNITION, or `face-api` where that engine made them. */
  name: string;
  /** Over the checksums of the networks, hex. */
  sha256: string;
  /** Numbers of a descriptor. */
  length: number;
}

/** One photo that a person is enrolled with. */
export interface Enrolment {
  /** Where the photo is, and what tells enrolments apart: `oss://bucket/key` or `file:///path`, see `photo-address.ts`. */
  photo: string;
  /** The person's name: any Unicode text, in NFC. */
  name: string;
  /** Of the bytes that were enrolled. */
  etag?: string;
  /** When it was enrolled, ISO 8601. */
  enrolledAt: string;
  /** Of the face, 0..1; absent where it is not known. */
  quality?: number;
}

export interface DescribedEnrolment extends Enrolment {
  descriptor: readonly number[];
}

export interface Person {
  name: string;
  photos: number;
  /** When the first and the last of the photos that are enrolled now came in, ISO 8601. */
  since: string;
  last: string;
}

/** `unchanged`: the same bytes were enrolled from there under that name before. */
export type Enrolled = "enrolled" | "replaced" | "unchanged";

/** An enrolment that is asked for. */
export interface EnrolRequest extends DescribedEnrolment {
  /** When the photo came to be where it is, ISO 8601; is not kept. Absent where somebody asks for it now: then it does not matter whether the person was forgotten. */
  uploadedAt?: string;
}

/** `forgotten`: the person was forgotten at that time or after it was uploaded; nothing is written. */
export type EnrolResult = Enrolled | "forgotten";

/** How a photo is to be forgotten. */
export interface Forget {
  /**
   * Asked when it is the process's turn and nobody else writes: where it says true nothing is forgotten, where it fails
   * this removal fails with its error. It holds everybody up: it should ask for a moment only, and enrol nothing.
   */
  unless?: () => Promise<boolean>;
  /** Who asks, as an event: remembered for two days at least, see `hasForgotten`. */
  cause?: string;
  /** As for `enrol`. */
  signal?: AbortSignal;
}

/** That a person was forgotten by name: it keeps older photos out. */
export interface Forgetting {
  /** The name's SHA-256, hex. */
  person: string;
  /** ISO 8601. */
  at: string;
}

/**
 * Who is known. Several processes may have one gallery open: what one enrols or forgets, the others see within a second.
 * Every method @throws GalleryUnavailable where a retry may help, and GalleryUnusable where it does not.
 */
export interface Gallery {
  readonly model: DescriptorModel;
  /**
   * Enrols a photo, or replaces what was enrolled from there before. Done twice at once or again after a crash it is there
   * once. Compared with the person's forgetting at the moment of writing: however long it took, nobody comes back by it.
   * @param signal ends the waiting for the process's turn, with its reason; what has begun is done
   */
  enrol(request: EnrolRequest, signal?: AbortSignal): Promise<EnrolResult>;
  /** The same for many at once; in their order. */
  enrolAll(requests: readonly EnrolRequest[]): Promise<EnrolResult[]>;
  /**
   * Forgets one photo, or every one of a person: afterwards no file of the gallery has its descriptor. What waits at the
   * same time is done together: it costs as much as one.
   * @returns what is forgotten; nothing where it was not enrolled
   */
  forgetPhoto(photo: string, how?: Forget): Promise<Enrolment | undefined>;
  /** Whether this photo was forgotten for this cause, by this process or by one that came no further; known for two days at least. */
  hasForgotten(photo: string, cause: string): Promise<boolean>;
  /** As well, and keeps in mind when that was (not whom: a hash of the name), for what is delivered again later. */
  forgetPerson(name: string, at: Date): Promise<Enrolment[]>;
  /** Takes back that a person was forgotten: older photos may be enrolled again. What is enrolled does not change. */
  pardon(name: string): Promise<void>;
  /** Of everybody who was forgotten by name, in order of the hash. */
  forgettings(): Promise<Forgetting[]>;
  /** Those of another gallery; of two of one person the later counts. What is enrolled does not change. */
  takeForgettings(list: readonly Forgetting[]): Promise<void>;
  /** When `forgetPerson` was last called for this name, if ever. */
  forgottenAt(name: string): Promise<Date | undefined>;
  /**
   * The nearest people for each descriptor, nearest first.
   * @param people how many, at most
   * @param except a name that is left out
   */
  nearest(descriptors: readonly (readonly number[])[], people: number, except?: readonly (string | undefined)[]): Promise<Candidate[][]>;
  /** What is enrolled from this place. */
  find(photo: string): Promise<Enrolment | undefined>;
  /** A person's photos with their descriptors, oldest first. */
  photosOf(name: string): Promise<DescribedEnrolment[]>;
  /** In order of name. */
  people(): Promise<Person[]>;
  /** Every photo, or those of one person, oldest first. */
  history(name?: string): Promise<Enrolment[]>;
  /** Counting people takes a look at every name; photos alone are counted at once. */
  count(): Promise<{ people: number; photos: number }>;
  photoCount(): Promise<number>;
  /** Some photos with their descriptors, evenly over the gallery; all where there are no more than `most`. */
  sample(most: number): Promise<DescribedEnrolment[]>;
  /** All photos with their descriptors, in pieces. */
  all(): AsyncIterable<DescribedEnrolment[]>;
  /** A small value that the processes share, such as the match rule. */
  recall(key: string): Promise<unknown>;
  keep(key: string, value: unknown): Promise<void>;
  close(): Promise<void>;
}
