import { flagOf, type Setting, SETTINGS } from "../settings.js";
import { type Command, type Commands, findCommand } from "./command.js";
import { print } from "./output.js";

/** The command that tells of the others. */
export function helpCommand(commands: Commands): Command {
  return {
    summary: "this list; help COMMAND for one of them, help config for the settings",
    usage: "[COMMAND | config]",
    options: {},
    async run({ paths }) {
      const text = paths.length === 0 ? await overview("a photo's event in, its faces out", commands) : paths[0] === "config" ? settingsTable() : await about(paths, commands);
      print(`${text}\n`);
      return 0;
    },
  };
}

async function overview(summary: string, commands: Commands, group = ""): Promise<string> {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const lines = await Promise.all(Object.entries(commands).map(async ([name, load]) => `  ${name.padEnd(width)} ${(await load()).command.summary}`));
  return [`oss-faces${group}: ${summary}`, "", `usage: oss-faces${group} COMMAND [options]`, "", ...lines].join("\n");
}

async function about(words: string[], commands: Commands): Promise<string> {
  const { name, command } = await findCommand(words, commands);
  if ("commands" in command) return `${await overview(command.summary, command.commands, ` ${name}`)}\n\nOne of them: oss-faces help ${name} COMMAND`;
  const { summary, usage, options } = command;
  const lines = Object.entries(options).map(([option, { help, value }]) => `  ${`--${option}${value ? ` ${value}` : ""}`.padEnd(26)} ${help}`);
  return [`oss-faces ${name} ${usage}`.trimEnd(), `  ${summary}`, "", ...lines, "", "Every setting is a flag too: oss-faces help config"].join("\n");
}

/** The table of all settings in Markdown: the README shows it as it is. */
function settingsTable(): string {
  const rows = Object.values(SETTINGS).map((setting: Setting<unknown>) => {
    const preset = setting.name === "WORKERS" ? "cores" : (setting.default ?? "");
    return `| \`${setting.name}\` | \`--${flagOf(setting)}\` | ${preset} | ${setting.help} |`;
  });
  return ["| variable | flag | default | meaning |", "|---|---|---|---|", ...rows].join("\n");
}
