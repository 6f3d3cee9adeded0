import { parseArgs } from "node:util";
import { type Config, ConfigError, type Environment, readConfig, secretsOf } from "../config.js";
import { Failure, MissingPart } from "../errors.js";
import { packageVersion } from "../models/manifest.js";
import { keepSettings, redactor } from "../secrets.js";
import { flagOf, SETTINGS } from "../settings.js";
import { type Command, type Commands, findCommand, UsageError } from "./command.js";
import { print, ReaderGone, tell, watchReader } from "./output.js";

const COMMANDS: Commands = {
  serve: () => import("./serve.js"),
  demo: () => import("./demo.js"),
  watch: () => import("./watch.js"),
  detect: () => import("./detect.js"),
  evaluate: () => import("./evaluate.js"),
  send: () => import("./send.js"),
  people: () => import("./people/index.js"),
  models: () => import("./models.js"),
  help: async () => ({ command: (await import("./help.js")).helpCommand(COMMANDS) }),
};

/** Runs one command line and sets the exit code: 0 done, 1 failed, 2 wrong usage or settings. */
export async function main([name = "help", ...args]: string[]): Promise<void> {
  watchReader();
  try {
    if (name === "--version") return void print(`${packageVersion()}\n`);
    const code = await run(/^(-h|--help)$/.test(name) ? "help" : name, args);
    process.exitCode ||= code;
  } catch (error) {
    if (error instanceof ReaderGone) return;
    const misused = error instanceof ConfigError || error instanceof UsageError;
    const expected = misused || error instanceof MissingPart || error instanceof Failure || isOfSystem(error);
    tell(redactor()(`${expected ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`));
    process.exit(misused ? 2 : 1);
  }
}

/** A file, a folder or an address that does not do what it should: no defect of ours, its message says which one. */
function isOfSystem(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && (error as NodeJS.ErrnoException).syscall !== undefined;
}

async function run(first: string, more: string[]): Promise<number | undefined> {
  const { name, command, rest: args } = await findCommand([first, ...more], COMMANDS);
  const wantsHelp = name !== "help" && args.some((arg) => arg === "--help" || arg === "-h");
  if (wantsHelp || "commands" in command) return run("help", name.split(" "));
  const { values, positionals: paths } = parse(name, command, args);
  const flags: Environment = {};
  const options: Record<string, string | boolean | undefined> = {};
  for (const [option, value] of Object.entries(values)) {
    if (option in command.options) options[option] = value;
    else flags[option] = String(value);
  }
  const env = { ...process.env }; // a gallery in a bucket changes it for its library
  function configWith(flags: Environment): Config {
    const config = readConfig(env, flags);
    keepSettings(secretsOf(config));
    return config;
  }
  return command.run({
    get config() {
      return configWith(flags); // only where the command asks: help must work with wrong settings, too
    },
    configWith: (more) => configWith({ ...more, ...flags }),
    options,
    paths,
  });
}

function parse(name: string, command: Command, args: string[]) {
  const settings = Object.values(SETTINGS).map((setting) => [flagOf(setting), { type: "string" }] as const);
  const options = { ...Object.fromEntries(settings), ...command.options };
  try {
    return parseArgs({ args, options, allowPositionals: true }) as { values: Record<string, string | boolean>; positionals: string[] };
  } catch (error) {
    const [what] = (error as Error).message.split(". ");
    throw new UsageError(`${what}. oss-faces ${name} --help lists the options.`);
  }
}
