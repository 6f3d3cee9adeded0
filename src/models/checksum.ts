import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** A file of a model is not the one the manifest names. */
export class ChecksumMismatch extends Error {
  override readonly name = "ChecksumMismatch";

  constructor(
    readonly file: string,
    readonly expected: string,
    readonly found: string,
  ) {
    super(`${file}: sha256 is ${found}, but models/manifest.json says ${expected}`);
  }
}

/** Lower-case hex. */
export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** @throws ChecksumMismatch */
export function verify(file: string, bytes: Uint8Array, expected: string): void {
  const found = sha256(bytes);
  if (found !== expected) throw new ChecksumMismatch(file, expected, found);
}

/** True where the file exists and is the expected one. */
export function isIntact(file: string, expected: string): boolean {
  try {
    return sha256(readFileSync(file)) === expected;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
