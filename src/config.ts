import { flagOf, type Setting, SETTINGS, type SettingKey } from "./settings.js";

type Parsed = { [K in SettingKey]: (typeof SETTINGS)[K] extends Setting<infer T> ? T : never };

/** Settings whose defaults follow others. */
type Derived = "results" | "recognition";

/** All settings, parsed and checked. */
export type Config = Omit<Parsed, Derived> & Required<{ [K in Derived]: NonNullable<Parsed[K]> }> & {
  /** What tells people apart where they are compared; `recognition` is the same where GALLERY is set. */
  comparedBy: NonNullable<Parsed["recognition"]>;
};

/** Every wrong setting at once. */
export class ConfigError extends Error {
  constructor(readonly mistakes: string[]) {
    super(`${mistakes.length === 1 ? "A setting is" : `${mistakes.length} settings are`} wrong:\n${mistakes.map((mistake) => `  ${mistake}`).join("\n")}`);
  }
}

/** Characters of a wrong value that a mistake shows: a bundle of certificates has thousands. */
const MOST_SHOWN = 200;

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
      const shown = setting.secret || text.includes("@") ? "" : ` ${JSON.stringify(text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text)}`; // an address may hold a password
      const name = flag === undefined ? setting.name : `--${flagOf(setting)}`;
      mistakes.push(`${name}${shown}: ${(error as Error).message}`);
    }
  }
  const config = values as unknown as Config;
  config.results ??= config.sink ? ["log", "sink"] : ["log", "reply"];
  config.comparedBy = config.recognition ?? (config.engine === "onnx" ? "fused" : "single");
  config.recognition ??= config.gallery ? config.comparedBy : "single";
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
    ...together("oidcAudience", "oidcIssuer"),
    ...together("roleArn", "oidcProviderArn", "oidcTokenFile"),
  ];
  if (config.results.includes("sink") && !config.sink) mistakes.push("RESULTS: names sink, but K_SINK is not set");
  if (config.oidcKeys && !config.oidcIssuer) mistakes.push("OIDC_JWKS: is set, but OIDC_ISSUER and OIDC_AUDIENCE are not");
  // Whoever can change the keys on their way can sign tokens.
  if (/^http:/i.test(config.oidcKeys ?? "") && /^https:/i.test(config.oidcIssuer ?? "")) mistakes.push("OIDC_JWKS: must be https, for OIDC_ISSUER is");
  if (config.port && config.port === config.metricsPort) mistakes.push(`METRICS_PORT: is the same as PORT, ${config.port}`);
  if (config.gallery) mistakes.push(...peopleMistakes(config));
  if (config.engine === "face-api") {
    const { detector, recognition } = config;
    if (detector && detector !== "centerface") mistakes.push(`DETECTOR: ${detector} needs ENGINE onnx, it is face-api`);
    if (recognition !== "single") mistakes.push(`RECOGNITION: ${recognition} needs ENGINE onnx, it is face-api`);
  }
  return mistakes;
}

/** A gallery that could never be opened, enrolment photos that could never arrive. */
function peopleMistakes({ gallery, ossRegion, peopleBucket, peoplePrefix, ossBuckets, outputPrefix }: Config): string[] {
  const mistakes: string[] = [];
  if (gallery?.startsWith("oss://") && !ossRegion) mistakes.push(`GALLERY ${JSON.stringify(gallery)}: needs OSS_REGION, the bucket's region`);
  if (peopleBucket && ossBuckets && !ossBuckets.includes(peopleBucket)) mistakes.push(`PEOPLE_BUCKET ${JSON.stringify(peopleBucket)}: is not among OSS_BUCKETS`);
  if (outputPrefix && peoplePrefix?.startsWith(outputPrefix)) mistakes.push(`PEOPLE_PREFIX ${JSON.stringify(peoplePrefix)}: lies under OUTPUT_PREFIX, which is never read`);
  return mistakes;
}

/** The values that must never appear in a log. */
export function secretsOf(config: Config): string[] {
  const entries = Object.entries(SETTINGS) as [SettingKey, Setting<unknown>][];
  return entries.flatMap(([key, setting]) => (setting.secret && typeof config[key] === "string" ? [config[key]] : []));
}
