import type { Face } from "../../faces/face.js";
import type { Candidate } from "../../people/candidate.js";
import type { Recogniser } from "../../people/recogniser.js";
import { rounded } from "../../naming.js";
import { summaryOf } from "../../summary.js";
import { analysePictures, type PictureData } from "../analyse.js";
import { type Command, UsageError } from "../command.js";
import { asLines, print } from "../output.js";
import { findPictures } from "../pictures.js";
import { withGallery } from "./open.js";

/** People told of for each face. */
const NEAREST = 3;

export const command: Command = {
  summary: "the three people nearest to each face, and whom the service would name",
  usage: "PATH… [--json]",
  options: { json: { type: "boolean", help: "one line a picture: image, faces with box, person and nearest" } },
  async run({ config, options, paths }) {
    if (paths.length === 0) throw new UsageError("people who needs at least one picture or folder: oss-faces people who PATH…");
    const pictures = await findPictures(paths);
    if (pictures.length === 0) throw new UsageError(`There are no pictures in ${paths.join(", ")}.`);
    return withGallery(config, async (_, { recogniser }) => {
      let failed = 0;
      // Without a gallery the pictures' analysis names nobody and takes no descriptor away.
      await analysePictures(pictures, { ...config, gallery: undefined, details: [...config.details, "descriptor"] }, async (data) => {
        if ("error" in data) failed += 1;
        const known = "error" in data ? data : { ...data, faces: await recognised(data.faces, recogniser) };
        print(options.json ? `${JSON.stringify(jsonOf(known))}\n` : textOf(known));
      });
      return failed > 0 ? 1 : 0;
    }, { existing: true });
  },
};

/** As the service names them, and who else is near. */
type KnownFace = Face & { nearest: Candidate[] };
type Known = Extract<PictureData, { error: unknown }> | (Omit<Extract<PictureData, { faces: unknown }>, "faces"> & { faces: KnownFace[] });

async function recognised(faces: readonly Face[], recogniser: Recogniser): Promise<KnownFace[]> {
  const found = await recogniser.inPhoto(faces.map(({ descriptor }) => descriptor!));
  return faces.map(({ descriptor: _, ...face }, i) => {
    const { person, nearest } = found[i];
    return { ...face, person: person && { name: person.name, distance: rounded(person.distance) }, nearest: nearest.slice(0, NEAREST) };
  });
}

function jsonOf(data: Known): object {
  if ("error" in data) return data;
  const faces = data.faces.map(({ box, person, nearest }) => {
    const people = nearest.map(({ name, distance, meanDistance, photos }) => ({ name, distance: rounded(distance), meanDistance: rounded(meanDistance), photos }));
    return { box, person, nearest: people };
  });
  return { image: data.image, faces };
}

function textOf(data: Known): string {
  const faces = "error" in data ? [] : data.faces.map((face) => `  ${describeFace(face)}`);
  return asLines([summaryOf(data), ...faces]);
}

function describeFace({ box, person, nearest }: KnownFace): string {
  const near = nearest.map(({ name, distance }) => `${name} ${distance.toFixed(2)}`).join(", ");
  return `${person?.name ?? "unknown"} · ${Math.round(box.width)}×${Math.round(box.height)} px at ${Math.round(box.x)},${Math.round(box.y)} · nearest: ${near || "nobody is enrolled"}`;
}
