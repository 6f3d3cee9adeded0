import type { Setting } from "../settings.js";
import { flagOf, SETTINGS } from "../settings.js";
import { type Command, UsageError } from "./command.js";
import { COMMANDS } from "./index.js";

export const command: Command = {
  summary: "this list; help COMMAND for one of them, help config for the settings",
  usage: "[COMMAND | config]",
  options: {},
  async run({ paths: [topic] }) {
    process.stdout.write(`${topic === undefined ? await overview() : topic === "config" ? settingsTable() : await about(topic)}\n`);
    return 0;
  },
};

async function overview(): Promise<string> {
  const lines = await Promise.all(
    Object.entries(COMMANDS).map(async ([name, load]) => `  ${name.padEnd(8)} ${(await load()).command.summary}`),
  );
  return ["oss-faces: a photo's event in, its faces out", "", "usage: oss-faces COMMAND [options]", "", ...lines].join("\n");
}

async function about(name: string): Promise<string> {
  if (!Object.hasOwn(COMMANDS, name)) throw new UsageError(`There is no command ${name}. The commands are ${Object.keys(COMMANDS).join(", ")}.`);
  const { summary, usage, options } = (await COMMANDS[name]()).command;
  const lines = Object.entries(options).map(([option, { help, value }]) => `  ${`--${option}${value ? ` ${value}` : ""}`.padEnd(26)} ${help}`);
  return [`oss-faces ${name} ${usage}`.trimEnd(), `  ${summary}`, "", ...lines, "", "Every setting is a flag too: oss-faces help config"].join("\n");
}

/** The table of all settings in Markdown: the README shows it as it is. */
export function settingsTable(): string {
  const rows = Object.values(SETTINGS).map((setting: Setting<unknown>) => {
    const preset = setting.name === "WORKERS" ? "cores" : (setting.default ?? "");
    return `| \`${setting.name}\` | \`--${flagOf(setting)}\` | ${preset} | ${setting.help} |`;
  });
  return ["| variable | flag | default | meaning |", "|---|---|---|---|", ...rows].join("\n");
}
