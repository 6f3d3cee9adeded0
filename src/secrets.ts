/**
 * The newest ones are remembered: what comes with an end (keys of a role, its token) has ended long before. Where OSS
 * refuses them all, the photos' store and the gallery's relay get seven keys of three secrets each in their hour.
 */
const REMEMBERED = 48;
/** Shorter ones would be found in everything. */
const SHORTEST = 4;
/** In base64 shorter ones would be. */
const SHORTEST_ENCODED = 8;

const ofSettings = new Map<string, string[]>();
const learnt = new Map<string, string[]>();

/** Secrets of the settings: from now on, and for as long as the process runs, no log of it writes them. */
export function keepSettings(secrets: readonly string[]): void {
  for (const secret of secrets) ofSettings.set(secret, formsOf(secret));
}

/** Secrets that came while the process ran: from now on no log of this process writes them. */
export function keepSecret(...secrets: string[]): void {
  for (const secret of secrets) {
    learnt.delete(secret); // to be the newest again
    learnt.set(secret, formsOf(secret));
  }
  for (const oldest of [...learnt.keys()].slice(0, -REMEMBERED)) learnt.delete(oldest);
}

/** Takes these secrets, those of the settings and those that came later out of any text, encoded ones too. */
export function redactor(secrets: readonly string[] = []): (text: string) => string {
  const known = secrets.flatMap(formsOf);
  return (text) => [...known, ...[...ofSettings.values(), ...learnt.values()].flat()].reduce((clean, form) => clean.replaceAll(form, "[redacted]"), text);
}

/** A secret as it is, in JSON, in an address and in base64 wherever it stands in what was encoded; longer forms first. */
function formsOf(secret: string): string[] {
  if (secret.length < SHORTEST) return [];
  const encoded = secret.length < SHORTEST_ENCODED ? [] : [0, 1, 2].flatMap((offset) => [base64(secret, offset, "base64"), base64(secret, offset, "base64url")]);
  const forms = new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(Buffer.from(secret).toString()), ...encoded]);
  return [...forms].sort((a, b) => b.length - a.length);
}

/** The characters that stand for nothing but the secret, where `offset` bytes (of three) come before it. */
function base64(secret: string, offset: number, encoding: "base64" | "base64url"): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
  return bytes.toString(encoding).slice(Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6));
}
