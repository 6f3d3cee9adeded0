import { createReadStream } from "node:fs";
import { BadInput } from "../../errors.js";
import { readExport } from "../../people/export-file.js";
import type { DescribedEnrolment, EnrolResult, Gallery } from "../../people/gallery.js";
import { type Command, UsageError } from "../command.js";
import { print } from "../output.js";
import { progress } from "../progress.js";
import { auditOf } from "./audit.js";
import { withGallery } from "./open.js";

export const command: Command = {
  summary: "takes in what people export wrote; once more changes nothing",
  usage: "[FILE] [--forgotten]",
  options: { forgotten: { type: "boolean", help: "people too who were forgotten by command after they had been enrolled" } },
  async run({ config, options, paths: [file, ...more] }) {
    if (more.length > 0) throw new UsageError("people import takes one file: oss-faces people import people.jsonl");
    return withGallery(config, async (gallery, { recogniser }) => {
      const counts: Counts = { enrolled: 0, replaced: 0, unchanged: 0, forgotten: 0 };
      const shown = progress("photos", 0);
      const source = file ?? "stdin";
      try {
        for await (const piece of readExport(linesOf(file), gallery.model, (list) => (options.forgotten ? Promise.resolve() : gallery.takeForgettings(list)))) {
          await take(piece, gallery, Boolean(options.forgotten), counts);
          shown.at(sum(counts));
        }
      } catch (error) {
        if (!(error instanceof BadInput)) throw error;
        throw new UsageError(`${source}, ${error.message}${sum(counts) > 0 ? `\n${text(counts)}; import the mended file again, nothing is doubled` : ""}`);
      } finally {
        shown.end();
      }
      await recogniser.rule(); // so that the service need not work it out while a photo waits
      auditOf(config)(`imported people from ${source}`, { ...counts });
      print(`${text(counts)}\n`);
      return 0;
    });
  },
};

type Counts = Record<EnrolResult, number>;

const sum = (counts: Counts) => Object.values(counts).reduce((total, count) => total + count, 0);

function text({ enrolled, replaced, unchanged, forgotten }: Counts): string {
  const left = forgotten > 0 ? `, ${forgotten} left out of people who were forgotten since (--forgotten takes them, too)` : "";
  return `photos: ${enrolled} enrolled, ${replaced} replaced, ${unchanged} unchanged${left}`;
}

async function take(piece: DescribedEnrolment[], gallery: Gallery, forgottenToo: boolean, counts: Counts): Promise<void> {
  if (forgottenToo) for (const name of new Set(piece.map((enrolment) => enrolment.name))) if (await gallery.forgottenAt(name)) await gallery.pardon(name);
  const requests = piece.map((enrolment) => ({ ...enrolment, ...(!forgottenToo && { uploadedAt: enrolment.enrolledAt }) }));
  for (const outcome of await gallery.enrolAll(requests)) counts[outcome] += 1;
}

/** @throws UsageError where the file cannot be read */
async function* linesOf(file: string | undefined): AsyncGenerator<string> {
  const input = file === undefined ? process.stdin : createReadStream(file);
  let rest = "";
  try {
    for await (const chunk of input.setEncoding("utf8") as AsyncIterable<string>) {
      const lines = `${rest}${chunk}`.split("\n"); // not readline: it takes U+2028, which JSON may hold, for a line's end
      rest = lines.pop()!;
      yield* lines;
    }
  } catch (error) {
    throw (error as NodeJS.ErrnoException).syscall === undefined ? error : new UsageError(`${file ?? "stdin"}: ${(error as Error).message}`);
  }
  if (rest !== "") yield rest;
}
