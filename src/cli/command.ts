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

/** All commands by name, loaded when called: one pays only for what it needs. */
export type Commands = Record<string, () => Promise<{ command: Command }>>;

/** @throws UsageError where there is no such command */
export async function loadCommand(name: string, commands: Commands): Promise<Command> {
  if (!Object.hasOwn(commands, name)) throw new UsageError(`There is no command ${name}. The commands are ${Object.keys(commands).join(", ")}.`);
  return (await commands[name]()).command;
}

/** Ends the command with exit code 2 and this message. */
export class UsageError extends Error {}
