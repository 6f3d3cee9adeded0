import { X509Certificate } from "node:crypto";

/** How the text of a setting becomes a value: each parser throws an Error whose message says what would be right. */
export type Parser<T> = (text: string) => T;

function fail(expected: string): never {
  throw new Error(`must be ${expected}`);
}

export const text: Parser<string> = (value) => value;

export function integer(min: number, max: number): Parser<number> {
  return (value) => {
    const number = Number(value);
    return /^\d+$/.test(value) && number >= min && number <= max ? number : fail(`a whole number from ${min} to ${max}`);
  };
}

/** A number from 0 to 1. */
export const share: Parser<number> = (value) => {
  const number = Number(value);
  return /^\d*\.?\d+$/.test(value) && number <= 1 ? number : fail("a number from 0 to 1");
};

const BYTE_UNITS: Record<string, number> = { "": 1, k: 1e3, m: 1e6, g: 1e9, ki: 2 ** 10, mi: 2 ** 20, gi: 2 ** 30 };

/** A number of bytes: `1048576`, `64MiB`, `64Mi` (as Kubernetes writes it) or `64MB`. */
export const bytes: Parser<number> = (value) => {
  const [, number, unit] = /^(\d+)\s*([kmg]?i?)b?$/i.exec(value) ?? [];
  const factor = unit === undefined ? undefined : BYTE_UNITS[unit.toLowerCase()];
  return number && factor ? Number(number) * factor || fail("at least 1 byte") : fail("a number of bytes such as 1048576 or 64MiB");
};

const TIME_UNITS: Record<string, number> = { ms: 1, "": 1000, s: 1000, m: 60_000 };

/** A time in milliseconds from `60` (seconds), `60s`, `500ms` or `2m`. */
export const duration: Parser<number> = (value) => {
  const [, number, unit] = /^(\d*\.?\d+)\s*(ms|s|m)?$/.exec(value) ?? [];
  const milliseconds = number ? Number(number) * TIME_UNITS[unit ?? ""] : 0;
  return milliseconds > 0 && milliseconds < 2 ** 31 ? milliseconds : fail("a time such as 60, 60s, 500ms or 2m");
};

export const onOff: Parser<boolean> = (value) =>
  /^(on|true|1|yes)$/i.test(value) ? true : /^(off|false|0|no)$/i.test(value) ? false : fail("on or off");

export function oneOf<const T extends string>(...names: T[]): Parser<T> {
  return (value) => names.find((name) => name === value.toLowerCase()) ?? fail(`one of ${names.join(", ")}`);
}

/** Names separated by commas or spaces; the empty list is written `none`. */
export function someOf<const T extends string>(...names: T[]): Parser<T[]> {
  return (value) => {
    if (value.trim() === "none") return [];
    return list(value).map((name) => names.find((known) => known === name.toLowerCase()) ?? fail(`a list of ${names.join(", ")}; it names ${name}`));
  };
}

/** A number between 0 and 1, neither of them. */
export const rate: Parser<number> = (value) => {
  const number = Number(value);
  return /^\d*\.?\d+$/.test(value) && number > 0 && number < 1 ? number : fail("a number from 0 to 1, neither of them, such as 0.01");
};

/** `auto`, or a number above 0. */
export const autoOrNumber: Parser<"auto" | number> = (value) => {
  if (/^auto$/i.test(value)) return "auto";
  const number = Number(value);
  return /^\d*\.?\d+$/.test(value) && number > 0 ? number : fail("auto or a number above 0");
};

/** Where a gallery is: a folder, or `oss://bucket/prefix`. */
export const galleryLocation: Parser<string> = (value) => {
  if (/^oss:\/\/[a-z0-9][a-z0-9-]{1,61}[a-z0-9]\/[^/].*$/.test(value)) return value.replace(/\/+$/, "");
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(value) ? fail("a folder or oss://bucket/prefix") : value;
};

/** A prefix of object keys, such as `people/`: it ends with a slash. */
export const prefix: Parser<string> = (value) => {
  const trimmed = value.replace(/^\/+|\/+$/g, "");
  return trimmed === "" ? fail("a prefix of object keys such as people/") : `${trimmed}/`;
};

/** Text of a form, `expected` says which. */
export function matching(form: RegExp, expected: string): Parser<string> {
  return (value) => (form.test(value) ? value : fail(expected));
}

/** Anything separated by commas or white space. */
export const list: Parser<string[]> = (value) => value.split(/[\s,]+/).filter(Boolean);

/** Globs: separated by commas or line ends, since object keys may have spaces; a comma in braces separates no globs. */
export const globs: Parser<string[]> = (value) =>
  value
    .split(/[,\n](?![^{]*\})/)
    .map((glob) => glob.trim())
    .filter(Boolean);

/** An http or https address. */
export const url: Parser<string> = (value) => {
  const { protocol, username, password } = URL.canParse(value) ? new URL(value) : fail("an address such as https://example.com");
  if (username || password) fail("an address without a user name or password");
  return /^https?:$/.test(protocol) ? value : fail("an http or https address");
};

/** A file, or an http or https address. */
export const fileOrUrl: Parser<string> = (value) => (value.includes("://") ? url(value) : value);

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** One or more certificates in PEM; what stands between them is a comment. */
export const certificates: Parser<string[]> = (value) => {
  const list = value.match(CERTIFICATE) ?? fail("certificates in PEM: -----BEGIN CERTIFICATE----- …");
  if (value.split("-----BEGIN ").length - 1 > list.length) fail("certificates in PEM and nothing else; one of them is cut or of another kind");
  for (const [index, certificate] of list.entries()) {
    try {
      new X509Certificate(certificate);
    } catch {
      fail(`certificates in PEM; number ${index + 1} of ${list.length} cannot be read`);
    }
  }
  return list;
};

/** The same, or a host alone, as OSS's own tools take it: https then. */
export const endpoint: Parser<string> = (value) => url(value.includes("://") ? value : `https://${value}`);

/**
 * K_CE_OVERRIDES as Knative's SinkBinding injects it: `{"extensions": {"name": "value"}}`, or nothing.
 * @see https://github.com/knative/specs/blob/main/specs/eventing/overview.md
 */
export const overrides: Parser<Record<string, string>> = (value) => {
  const expected = 'JSON such as {"extensions": {"name": "value"}}, names of lower-case letters and digits';
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    return fail(expected);
  }
  const extensions = (parsed as { extensions?: unknown } | null)?.extensions ?? {};
  const valid = typeof extensions === "object" && !Array.isArray(parsed) && Object.entries(extensions).every(([name, text]) => /^[a-z0-9]+$/.test(name) && typeof text === "string");
  return valid ? (extensions as Record<string, string>) : fail(expected);
};
