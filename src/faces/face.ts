import { z } from "zod";

const point = z.tuple([z.number(), z.number()]).describe("x, y in pixels of the upright picture");
const share = z.number().min(0).max(1);

/** What is known about one face. Coordinates are pixels of the full upright picture, to 0.1 px. */
export const faceSchema = z.strictObject({
  box: z.strictObject({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }).describe("clipped to the picture"),
  score: share.describe("how sure the detector is"),
  points: z
    .strictObject({ leftEye: point, rightEye: point, nose: point, mouthLeft: point, mouthRight: point })
    .describe("left is the picture's left"),
  person: z
    .strictObject({ name: z.string(), distance: z.number() })
    .nullable()
    .optional()
    .describe("null: unknown; absent: no gallery in use"),
  pose: z.strictObject({ roll: z.number(), yaw: z.number(), pitch: z.number() }).optional().describe("degrees"),
  quality: share.optional().describe("size, sharpness and pose: how fit the face is for recognition"),
  landmarks: z.array(point).length(68).optional().describe("the 68 points of the iBUG annotation"),
  age: z.number().optional().describe("years"),
  gender: z.strictObject({ value: z.enum(["female", "male"]), score: share }).optional(),
  expressions: z.record(z.string(), share).optional(),
  descriptor: z
    .array(z.number())
    .optional()
    .describe("128 numbers (of unit length and another network with RECOGNITION=sface), compared by Euclidean distance; with RECOGNITION=fused 128 of unit length by another network behind them, whose 1 - cosine is added"),
});

export type Face = z.infer<typeof faceSchema>;

/** What DETAILS may name beyond box, score and points; each costs only where it is asked for. */
export const DETAILS = ["pose", "quality", "landmarks", "age", "gender", "expressions", "descriptor"] as const;
export type Detail = (typeof DETAILS)[number];
