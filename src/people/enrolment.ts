import { distance } from "../faces/distance.js";
import type { Face } from "../faces/face.js";
import { type DescribedFace, faceToEnrol, type Unfit } from "./face-to-enrol.js";
import type { Enrolled, Gallery } from "./gallery.js";
import type { Recogniser } from "./recogniser.js";
import { SCALES } from "./recognition.js";

/** A photo that was looked at, and whom it is to enrol. */
export interface EnrolmentPhoto {
  /** With descriptor and quality. */
  faces: readonly Face[];
  name: string;
  /** Where it is: `photo-address.ts`. */
  address: string;
  etag?: string;
  /** Absent where somebody asks for it now: a person forgotten before is enrolled again then. */
  uploadedAt?: Date;
}

export type Warning = { code: "unlike-others" | "like-somebody-else"; message: string };

export type EnrolOutcome =
  | { outcome: "enrolled"; change: Enrolled; name: string; face: DescribedFace; warnings: Warning[]; photos: number }
  | { outcome: "refused"; name: string; reason: Unfit["reason"] | "forgotten"; message: string };

/** Enrols faces, or says why not; what it doubts it enrols with a warning. */
export function createEnroller(open: () => Promise<Gallery>, recogniser: Recogniser) {
  /** A person that was forgotten by command stays so, whatever older photo is delivered again. */
  async function refusal({ name, uploadedAt }: Pick<EnrolmentPhoto, "name" | "uploadedAt">): Promise<EnrolOutcome | undefined> {
    const at = uploadedAt && (await (await open()).forgottenAt(name));
    if (!at || uploadedAt > at) return undefined;
    return { outcome: "refused", name, reason: "forgotten", message: `the person was forgotten on ${at.toISOString()}, after this photo was uploaded: upload it again to enrol them anew` };
  }

  async function enrol(photo: EnrolmentPhoto): Promise<EnrolOutcome> {
    const { faces, name, address, etag } = photo;
    const refused = await refusal(photo);
    if (refused) return refused;
    const face = faceToEnrol(faces);
    if ("reason" in face) return { outcome: "refused", name, ...face };

    const gallery = await open();
    const warnings = await doubts(gallery, photo, face);
    const { descriptor, quality } = face;
    const uploadedAt = photo.uploadedAt?.toISOString();
    const change = await gallery.enrol({ photo: address, name, ...(etag && { etag }), enrolledAt: new Date().toISOString(), ...(quality !== undefined && { quality }), descriptor, ...(uploadedAt !== undefined && { uploadedAt }) });
    if (change === "forgotten") return (await refusal(photo)) ?? enrol(photo); // pardoned since
    recogniser.changed();
    return { outcome: "enrolled", change, name, face, warnings, photos: (await gallery.history(name)).length };
  }

  async function doubts(gallery: Gallery, { name, address }: EnrolmentPhoto, { descriptor }: DescribedFace): Promise<Warning[]> {
    const warnings: Warning[] = [];
    const others = (await gallery.photosOf(name)).filter(({ photo }) => photo !== address);
    const nearest = Math.min(...others.map((other) => distance(other.descriptor, descriptor)));
    if (others.length > 0 && nearest > SCALES[recogniser.recognition].unlike) {
      warnings.push({ code: "unlike-others", message: `it looks unlike the other photos of ${name}: the nearest is ${nearest.toFixed(2)} away` });
    }
    const somebody = await recogniser.resembled(descriptor, name);
    if (somebody) warnings.push({ code: "like-somebody-else", message: `it looks like ${somebody.name}, ${somebody.distance.toFixed(2)} away` });
    return warnings;
  }

  return { refusal, enrol };
}

export type Enroller = ReturnType<typeof createEnroller>;
