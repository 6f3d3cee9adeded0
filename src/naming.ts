import type { Face } from "./faces/face.js";
import type { PhotoData } from "./photo.js";
import type { Config } from "./config.js";
import type { People } from "./start-people.js";

/** A distance to 4 decimals: far below what decides. */
export const rounded = (distance: number) => Math.round(distance * 1e4) / 1e4;

/** Says who the faces of a photo are; the photo as it is where there is no gallery. */
export function createNaming(people: People | undefined, { details }: Pick<Config, "details">) {
  return async function nameFaces(photo: PhotoData): Promise<PhotoData> {
    if (!people) return photo;
    const started = performance.now();
    const found = await people.recogniser.inPhoto(photo.faces.map(({ descriptor }) => descriptor!));
    const faces = photo.faces.map((face, i) => {
      const { person } = found[i];
      return { ...asAskedFor(face, details), person: person && { name: person.name, distance: rounded(person.distance) } };
    });
    const names = new Set(faces.flatMap(({ person }) => person?.name ?? []));
    const total = photo.timings.total + Math.round(performance.now() - started);
    return { ...photo, faces, people: [...names].sort(), timings: { ...photo.timings, total } };
  };
}

/** A gallery needs details that the operator did not ask for: they do not leave the service. */
export function asAskedFor({ quality, descriptor, ...face }: Face, details: Config["details"]): Face {
  return {
    ...face,
    ...(details.includes("quality") && quality !== undefined && { quality }),
    ...(details.includes("descriptor") && descriptor && { descriptor }),
  };
}
