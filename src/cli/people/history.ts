import { type Command, UsageError } from "../command.js";
import { print, tell } from "../output.js";
import { nameOfPerson } from "./name.js";
import { withAnyGallery } from "./open.js";
import { table, toSecond } from "./table.js";

export const command: Command = {
  summary: "what was enrolled when, from which photo",
  usage: "[NAME] [--json]",
  options: { json: { type: "boolean", help: "one line a photo: photo, name, etag, enrolledAt, quality" } },
  async run({ config, options, paths: [text, ...more] }) {
    if (more.length > 0) throw new UsageError("people history takes one name; quote a name with spaces: oss-faces people history 'Mary Ann'");
    const name = text === undefined ? undefined : nameOfPerson(text, "history NAME");
    return withAnyGallery(config, async (gallery) => {
      const photos = await gallery.history(name);
      if (photos.length === 0 && name !== undefined) {
        tell(`Nobody named ${name} is enrolled.\n`);
        return 1;
      }
      const rows = photos.map(({ photo, name, etag = "", enrolledAt }) => [toSecond(enrolledAt), name, photo, etag]);
      print(options.json ? photos.map((photo) => `${JSON.stringify(photo)}\n`).join("") : table(["ENROLLED", "NAME", "PHOTO", "ETAG"], rows));
      return 0;
    }, { existing: true });
  },
};
