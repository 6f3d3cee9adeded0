/** The secrets that tests give to the service, or a part of each; nothing of the suite's output may hold one. */
export const TEST_SECRETS = [
  "tEsTsEcReT0123456789abcdefghij", // test/storage/support.ts
  "CAIStEmPoRaRyToKeN0123456789+/abcdef==", // test/storage/secrets.test.ts
  "wrongSecret0123456789abcdefghi",
  "secondSecret0123456789abcdefg",
  "CAISexpired0123456789",
  "test-key-secret-0123456789", // test/oss.test.ts
  "test-secret-of-the-key", // test/storage/oss-relay.test.ts
  "test-session-token",
  "StsSecretOfTheRole", // test/storage/sts-server.ts
  "CAISStsSessionToken",
  "HiddenToken", // test/storage/role.test.ts
];

/** What nothing but a signed request has. */
const SIGNED = /OSS4-HMAC-SHA256|Signature=[0-9a-f]{16}|x-oss-security-token|authorization"?: ?"?(bearer|oss) [\w.~+/:=-]{16}/i;

/** The first of the secrets that the text holds: as it is, in an address, in JSON, or in base64 wherever it stands there. */
export function secretIn(text: string, secrets: readonly string[] = TEST_SECRETS): string | undefined {
  const unescaped = text.replace(/%([0-9a-f]{2})|\\u00([0-9a-f]{2})/gi, (_, a: string, b: string) => String.fromCharCode(parseInt(a ?? b, 16))).replace(/\\(["\\/])/g, "$1");
  const runs = text.match(/[\w+/=-]{12,}/g) ?? [];
  const decoded = runs.flatMap((run) => [0, 1, 2, 3].map((from) => Buffer.from(run.slice(from), "base64").toString("latin1")));
  const all = [text, unescaped, ...decoded];
  return secrets.find((secret) => all.some((one) => one.includes(secret))) ?? SIGNED.exec(text)?.[0];
}

/** @throws where the text holds one */
export function withoutTestSecrets(text: string): string {
  const found = secretIn(text);
  if (found) throw new Error(`a log holds ${found}: ${text}`);
  return text;
}
