import type { ParseArgsConfig } from "node:util";
import type { Config, Environment } from "../config.js";

/** Options of a command beside the settings, each with its line of help. */
export type CommandOptions = Record<string, NonNullable<ParseArgsConfig["options"]>[string] & { help: string; value?: string }>;

export interface Invocation {
  config: Config;
  /** The same, with other values for flags that were not given. */
  configWith: (flags: Environment) => Config;
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

/** Several commands under one name, such as `people list`. */
export interface CommandGroup {
  summary: string;
  commands: Commands;
}

/** All commands by name, loaded when called: one pays only for what it needs. */
export type Commands = Record<string, () => Promise<{ command: Command | CommandGroup }>>;

/**
 * The command that the first words name.
 * @param words `["detect", …]` or `["people", "list", …]`
 * @returns its name, and the words after it; a group where none of its commands is named
 * @throws UsageError where there is no such command
 */
export async function findCommand([word = "", ...rest]: string[], commands: Commands, group?: string): Promise<{ name: string; command: Command | CommandGroup; rest: string[] }> {
  const name = group === undefined ? word : `${group} ${word}`;
  if (!Object.hasOwn(commands, word)) throw new UsageError(`There is no command ${name}. ${group === undefined ? "The commands" : `Those of ${group}`} are ${Object.keys(commands).join(", ")}.`);
  const { command } = await commands[word]();
  const isNamed = rest.length > 0 && !/^(-h|--help)$/.test(rest[0]);
  return "commands" in command && isNamed ? findCommand(rest, command.commands, name) : { name, command, rest };
}

/** Ends the command with exit code 2 and this message. */
export class UsageError extends Error {}
