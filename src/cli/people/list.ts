import { rebuildWarning } from "../../people/rebuild-sources.js";
import { type Command, UsageError } from "../command.js";
import { print, tell } from "../output.js";
import { withAnyGallery } from "./open.js";
import { table, toSecond } from "./table.js";

export const command: Command = {
  summary: "the people that are enrolled, and with how many photos",
  usage: "[--json]",
  options: { json: { type: "boolean", help: "one line a person: name, photos, since, last" } },
  async run({ config, options, paths }) {
    if (paths.length > 0) throw new UsageError("people list takes no name: oss-faces people history NAME shows one person's photos");
    return withAnyGallery(config, async (gallery) => {
      const warning = await rebuildWarning(gallery);
      if (warning) tell(`${warning}\n`);
      const people = await gallery.people();
      const rows = people.map(({ name, photos, since, last }) => [name, String(photos), toSecond(since), toSecond(last)]);
      const text = rows.length === 0 ? "Nobody is enrolled.\n" : table(["NAME", "PHOTOS", "SINCE", "LAST"], rows);
      print(options.json ? people.map((person) => `${JSON.stringify(person)}\n`).join("") : text);
      return 0;
    }, { existing: true });
  },
};
