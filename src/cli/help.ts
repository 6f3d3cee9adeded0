import { flagOf, type Setting, SETTINGS } from "../settings.js";
import { type Command, type Commands, loadCommand } from "./command.js";

/** The command that tells of the others. */
export function helpCommand(commands: Commands): Command {
  return {
    summary: "this list; help COMMAND for one of them, help config for the settings",
    usage: "[COMMAND | config]",
    options: {},
    async run({ paths: [topic] }) {
      process.stdout.write(`${topic === undefined ? await overview(commands) : topic === "config" ? settingsTable() : await about(topic, commands)}\n`);
      return 0;
    },
  };
}

async function overview(commands: Commands): Promise<string> {
  const lines = await Promise.all(Object.entries(commands).map(async ([name, load]) => `  ${name.padEnd(8)} ${(await load()).command.summary}`));
  return ["oss-faces: a photo's event in, its faces out", "", "usage: oss-faces COMMAND [options]", "", ...lines].join("\n");
}

async function about(name: string, commands: Commands): Promise<string> {
  const { summary, usage, options } = await loadCommand(name, commands);
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
