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

/**
 * Who is known. Several processes may have one gallery open: what one enrols or forgets, the others see within a second.
 * Every method @throws GalleryUnavailable where a retry may help, and GalleryUnusable where it does not.
 */
export interface Gallery {
  readonly model: DescriptorModel;
  /** Enrols a photo, or replaces what was enrolled from there before. Done twice at once or again after a crash it is there once. */
  enrol(enrolment: DescribedEnrolment): Promise<Enrolled>;
  /** The same for many at once; in their order. */
  enrolAll(enrolments: readonly DescribedEnrolment[]): Promise<Enrolled[]>;
  /**
   * Forgets one photo, or every one of a person: afterwards no file of the gallery has its descriptor.
   * @returns what is forgotten; nothing where it was not enrolled
   */
  forgetPhoto(photo: string): Promise<Enrolment | undefined>;
  /** As well, and keeps in mind when that was (not whom: a hash of the name), for what is delivered again later. */
  forgetPerson(name: string, at: Date): Promise<Enrolment[]>;
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
  /** In order of name. */
  people(): Promise<Person[]>;
  /** Every photo, or those of one person, oldest first. */
  history(name?: string): Promise<Enrolment[]>;
  count(): Promise<{ people: number; photos: number }>;
  /** Some photos with their descriptors, evenly over the gallery; all where there are no more than `most`. */
  sample(most: number): Promise<DescribedEnrolment[]>;
  /** All photos with their descriptors, in pieces. */
  all(): AsyncIterable<DescribedEnrolment[]>;
  /** A small value that the processes share, such as the match rule. */
  recall(key: string): Promise<unknown>;
  keep(key: string, value: unknown): Promise<void>;
  close(): Promise<void>;
}
