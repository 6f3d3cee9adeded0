import { flagOf, type Setting, SETTINGS, type SettingKey } from "./settings.js";

type Parsed = { [K in SettingKey]: (typeof SETTINGS)[K] extends Setting<infer T> ? T : never };

/** All settings, parsed and checked; `results` is never undefined. */
export type Config = Omit<Parsed, "results"> & { results: NonNullable<Parsed["results"]> };

/** Every wrong setting at once. */
export class ConfigError extends Error {
  constructor(readonly mistakes: string[]) {
    super(`${mistakes.length === 1 ? "A setting is" : `${mistakes.length} settings are`} wrong:\n${mistakes.map((mistake) => `  ${mistake}`).join("\n")}`);
  }
}

export type Environment = Record<string, string | undefined>;

/**
 * Reads all settings from environment variables; an empty one counts as not set. Pure.
 * @param flags values from the command line by flag name (`min-score`); they win
 * @throws ConfigError that names every mistake
 */
export function readConfig(env: Environment, flags: Environment = {}): Config {
  const mistakes: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(SETTINGS) as [string, Setting<unknown>][]) {
    const flag = flags[flagOf(setting)]?.trim();
    const text = flag ?? (env[setting.name]?.trim() || setting.default);
    if (text === undefined) continue;
    try {
      values[key] = setting.parse(text);
    } catch (error) {
      const shown = setting.secret || text.includes("@") ? "" : ` ${JSON.stringify(text)}`; // an address may hold a password
      const name = flag === undefined ? setting.name : `--${flagOf(setting)}`;
      mistakes.push(`${name}${shown}: ${(error as Error).message}`);
    }
  }
  const config = values as unknown as Config;
  config.results ??= config.sink ? ["log", "sink"] : ["log", "reply"];
  mistakes.push(...contradictions(config));
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return config;
}

/** Settings that make no sense together. */
function contradictions(config: Config): string[] {
  const together = (...keys: SettingKey[]) => {
    const missing = keys.filter((key) => config[key] === undefined);
    const named = (some: SettingKey[]) => some.map((key) => SETTINGS[key].name).join(" and ");
    return missing.length === 0 || missing.length === keys.length ? [] : [`${named(missing)}: not set, but ${named(keys.filter((key) => !missing.includes(key)))} is`];
  };
  const mistakes = [
    ...together("ossAccessKeyId", "ossAccessKeySecret"),
    ...together("accessKeyId", "accessKeySecret"),
    ...together("roleArn", "oidcProviderArn", "oidcTokenFile"),
  ];
  if (config.results.includes("sink") && !config.sink) mistakes.push("RESULTS: names sink, but K_SINK is not set");
  if (config.port && config.port === config.metricsPort) mistakes.push(`METRICS_PORT: is the same as PORT, ${config.port}`);
  if (config.engine === "face-api") {
    for (const key of ["detector", "recognition"] as const) {
      const { name, default: preset } = SETTINGS[key];
      if (config[key] && config[key] !== preset) mistakes.push(`${name}: ${config[key]} needs ENGINE onnx, it is face-api`);
    }
  }
  return mistakes;
}

/** The values that must never appear in a log. */
export function secretsOf(config: Config): string[] {
  const entries = Object.entries(SETTINGS) as [SettingKey, Setting<unknown>][];
  return entries.flatMap(([key, setting]) => (setting.secret && typeof config[key] === "string" ? [config[key]] : []));
}
