/** So many people are looked at for a face: the rule takes five, by a distance that may put them in another order. */
export const CANDIDATES = 10;

/** One enrolled person as seen from one face. */
export interface Candidate {
  name: string;
  /** To the nearest of the person's photos: `faces/distance.ts`. */
  distance: number;
  /** To the mean of their descriptors; the same as `distance` where there is one photo. */
  meanDistance: number;
  /** How many photos of the person are enrolled. */
  photos: number;
}
