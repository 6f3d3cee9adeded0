import { z } from "zod";
import { faceSchema } from "../faces/face.js";
import { pictureInfoSchema } from "../image/picture.js";

const milliseconds = z.number().nonnegative();

const objectSchema = z.strictObject({
  bucket: z.string().optional().describe("absent where the picture came from a path on the command line"),
  key: z.string().describe("as the event names it; on the command line the path as given"),
  region: z.string().optional().describe("as the event says it, e.g. cn-hangzhou"),
  etag: z.string().optional().describe("of the bytes analysed, upper-case hex; absent on the command line"),
  size: z.number().int().nonnegative().optional().describe("bytes"),
});

const causeSchema = z
  .strictObject({ id: z.string(), source: z.string(), type: z.string(), time: z.string().optional().describe("as sent: it need not be RFC 3339") })
  .describe("the event that named the photo; absent on the command line");

const engineSchema = z.strictObject({
  name: z.string(),
  version: z.string(),
  models: z.array(z.strictObject({ name: z.string(), sha256: z.string() })),
});

/** Data of `faces.image.analyzed`. Lines of `detect --json` are the same, without event, bucket and etag. */
export const analyzedSchema = z
  .strictObject({
    image: objectSchema.required({ size: true }).extend(pictureInfoSchema.shape).describe("width and height as a person sees it"),
    event: causeSchema.optional(),
    faces: z.array(faceSchema).describe("largest box first; empty where the photo shows no face"),
    people: z.array(z.string()).optional().describe("names found, sorted, once each; absent without a gallery"),
    annotated: z.strictObject({ bucket: z.string().optional(), key: z.string() }).optional().describe("the picture with boxes drawn in"),
    engine: engineSchema,
    timings: z.strictObject({ download: milliseconds.optional(), decode: milliseconds, detect: milliseconds, total: milliseconds }).describe("milliseconds"),
  })
  .describe("The faces found in one photo");
export type AnalyzedData = z.infer<typeof analyzedSchema>;

/** Data of `faces.image.failed`: of the image only what is known. */
export const failedSchema = z
  .strictObject({
    image: objectSchema,
    event: causeSchema.optional(),
    error: z.strictObject({ code: z.string().describe("stable, e.g. object-not-found"), message: z.string() }),
  })
  .describe("Why one photo could not be analysed; sending its event again would not help");
export type FailedData = z.infer<typeof failedSchema>;

const personSchema = z.strictObject({
  name: z.string().describe("the folder's name below PEOPLE_PREFIX, in Unicode's form NFC"),
  photos: z.number().int().nonnegative().describe("how many photos the person is enrolled with from now on"),
});

/** What enrols and may be somebody else's mistake. */
const warningSchema = z.strictObject({ code: z.enum(["unlike-others", "like-somebody-else"]), message: z.string() });

/** Data of `faces.person.enrolled`. */
export const enrolledSchema = z
  .strictObject({
    image: analyzedSchema.shape.image,
    event: causeSchema.optional(),
    person: personSchema,
    change: z.enum(["enrolled", "replaced", "unchanged"]).describe("unchanged: delivered again; replaced: other bytes were enrolled from there"),
    face: faceSchema.describe("the face that is known by the name now"),
    warnings: z.array(warningSchema).describe("unlike-others: than the person's other photos; like-somebody-else: whose name it would get"),
    engine: engineSchema,
    timings: analyzedSchema.shape.timings,
  })
  .describe("A person's face was enrolled from a photo");
export type EnrolledData = z.infer<typeof enrolledSchema>;

export const REFUSALS = ["no-name", "no-face", "several-faces", "too-small", "too-blurred", "forgotten"] as const;

/** Data of `faces.person.refused`: whatever was enrolled from the object before is forgotten, for it is not there any more. */
export const refusedSchema = z
  .strictObject({
    image: objectSchema.extend(pictureInfoSchema.partial().shape),
    event: causeSchema.optional(),
    person: personSchema.partial().describe("no name where the key has none"),
    reason: z.enum(REFUSALS),
    message: z.string().describe("what is wrong with the photo and what to do"),
  })
  .describe("A photo that enrols nobody");
export type RefusedData = z.infer<typeof refusedSchema>;

/** Data of `faces.person.forgotten`. */
export const forgottenSchema = z
  .strictObject({ image: objectSchema, event: causeSchema.optional(), person: personSchema })
  .describe("An enrolment photo was removed; with the last one the person is gone");
export type ForgottenData = z.infer<typeof forgottenSchema>;

/** The type ends as ours do; what stands before is RESULT_TYPE_PREFIX. */
const typed = (end: string) => z.string().regex(new RegExp(`\\.${end.replaceAll(".", "\\.")}$`));

/** Data of `faces.batch.analyzed`: the data of each result with its type, in the order of the records. */
export const batchSchema = z
  .strictObject({
    results: z.array(
      z.union([
        analyzedSchema.extend({ type: typed("image.analyzed") }),
        failedSchema.extend({ type: typed("image.failed") }),
        enrolledSchema.extend({ type: typed("person.enrolled") }),
        refusedSchema.extend({ type: typed("person.refused") }),
        forgottenSchema.extend({ type: typed("person.forgotten") }),
      ]),
    ),
  })
  .describe("The results of an event with several records, failures included");
export type BatchData = z.infer<typeof batchSchema>;

/** Every result type by the name it has before RESULT_TYPE_PREFIX changes it. */
export const RESULT_SCHEMAS = {
  "faces.image.analyzed": analyzedSchema,
  "faces.image.failed": failedSchema,
  "faces.person.enrolled": enrolledSchema,
  "faces.person.refused": refusedSchema,
  "faces.person.forgotten": forgottenSchema,
  "faces.batch.analyzed": batchSchema,
} as const;
/** What became of one object. */
export type ObjectData = AnalyzedData | FailedData | EnrolledData | RefusedData | ForgottenData;
export type ResultType = keyof typeof RESULT_SCHEMAS;
