import { z } from "zod";
import { BadInput } from "../errors.js";
import type { DescribedEnrolment, DescriptorModel, Forgetting, Gallery } from "./gallery.js";
import { isSameModel, modelText } from "./model.js";
import { nameFrom } from "./person-folder.js";

/** Enrolments that are handed on at once. */
const AT_ONCE = 500;

/** A gallery as JSON lines: the model, and who was forgotten when, by hashes; then an enrolment with its descriptor on each. */
export async function* exportLines(gallery: Pick<Gallery, "model" | "all" | "forgettings">): AsyncGenerator<string> {
  yield `${JSON.stringify({ model: gallery.model, forgotten: await gallery.forgettings() })}\n`;
  for await (const enrolments of gallery.all()) {
    for (const enrolment of enrolments) yield `${JSON.stringify(enrolment)}\n`;
  }
}

const headSchema = z.object({
  model: z.object({ name: z.string(), sha256: z.string(), length: z.number().int() }),
  forgotten: z.array(z.strictObject({ person: z.string().regex(/^[0-9a-f]{64}$/), at: z.iso.datetime() })).default([]),
});

const enrolmentSchema = z.strictObject({
  photo: z.string().regex(/^(oss:\/\/[^/]+\/.|file:\/\/\/.)/s, "must be an address such as oss://bucket/key or file:///path"),
  name: z.string().transform((name, context) => nameFrom(name) ?? (context.addIssue("must be a name"), z.NEVER)),
  etag: z.string().min(1).optional(),
  enrolledAt: z.iso.datetime(),
  quality: z.number().min(0).max(1).optional(),
  descriptor: z.array(z.number()),
});

/**
 * Reads what `exportLines` wrote, in pieces of up to 500.
 * @param takeForgettings gets those of the file before the first piece
 * @throws BadInput that names the line, once the pieces before it were handed on
 */
export async function* readExport(lines: AsyncIterable<string>, model: DescriptorModel, takeForgettings: (list: Forgetting[]) => Promise<void>): AsyncGenerator<DescribedEnrolment[]> {
  let line = 0;
  let piece: DescribedEnrolment[] = [];
  let forgotten: Forgetting[] = [];
  let fault: BadInput | undefined;
  for await (const text of lines) {
    line += 1;
    try {
      if (line === 1) {
        const head = parsed(headSchema, text.replace(/^\ufeff/, ""));
        checkModel(head, model);
        forgotten = head.forgotten;
      } else if (text.trim() !== "") piece.push(checkLength(parsed(enrolmentSchema, text), model));
    } catch (error) {
      fault = new BadInput(`line ${line}: ${(error as Error).message}`);
      break;
    }
    if (forgotten.length > 0) await takeForgettings(forgotten.splice(0));
    if (piece.length < AT_ONCE) continue;
    yield piece;
    piece = [];
  }
  if (piece.length > 0) yield piece;
  if (fault) throw fault;
  if (line === 0) throw new BadInput("line 1: the model is missing, for there is nothing");
}

function parsed<T>(schema: z.ZodType<T>, text: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error("is no JSON"); // not what it is: it may hold a descriptor
  }
  const { data, error } = schema.safeParse(value);
  if (error) throw new Error(error.issues.map(({ path, message }) => [path.join("."), message].filter(Boolean).join(": ")).slice(0, 3).join("; "));
  return data;
}

function checkModel({ model: made }: z.infer<typeof headSchema>, model: DescriptorModel): void {
  if (isSameModel(made, model)) return;
  throw new Error(`the file was made with ${modelText(made)}, the gallery with ${modelText(model)}: descriptors of two models cannot be compared; enrol the photos anew, or use the RECOGNITION, ENGINE and version that it was made with`);
}

function checkLength(enrolment: DescribedEnrolment, { length }: DescriptorModel): DescribedEnrolment {
  if (enrolment.descriptor.length !== length) throw new Error(`descriptor: has ${enrolment.descriptor.length} numbers, not ${length}`);
  return enrolment;
}
