import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Before all tests: what they, libraries in their threads and processes that they kill leave behind lies in one folder, which goes at the end. */
export default function useOwnTemporaryFolder(): void {
  const folder = mkdtempSync(join(tmpdir(), "oss-faces-tests-"));
  process.env.TMPDIR = folder;
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
}
