import type { ParseArgsConfig } from "node:util";
import type { Config } from "../config.js";

/** Options of a command beside the settings, each with its line of help. */
export type CommandOptions = Record<string, NonNullable<ParseArgsConfig["options"]>[string] & { help: string; value?: string }>;

export interface Invocation {
  config: Config;
  /** The command's own options. */
  options: Record<string, string | boolean | undefined>;
  /** What is no option. */
  paths: string[];
}

export interface Command {
  /** One line for the list of commands. */
  summary: string;
  /** What comes after the command's name, such as `PATH…`. */
  usage: string;
  options: CommandOptions;
  /** @returns the exit code; undefined where the process goes on */
  run(invocation: Invocation): Promise<number | undefined>;
}

/** Ends the command with exit code 2 and this message. */
export class UsageError extends Error {}
