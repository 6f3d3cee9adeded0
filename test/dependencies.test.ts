import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

it("docs/dependencies.md lists what the lock file installs, under licences that may be distributed with ours", () => {
  const script = fileURLToPath(new URL("../../bin/dependencies.js", import.meta.url));
  expect(execFileSync(process.execPath, [script, "--check"], { encoding: "utf8" })).toBe("");
});
