import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ossFacesBin } from "./kit/service-process.js";

async function taken() {
  const server = createServer().listen(0);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { port: String(port), close: () => server.close() };
}

it.each(["PORT", "METRICS_PORT"])("%s in use is said, and the exit code is 2, whatever the workers are at", async (setting) => {
  const other = await taken();
  const env = { ...process.env, PORT: "0", METRICS_PORT: "0", WORKERS: "1", [setting]: other.port };
  const child = spawn(process.execPath, [ossFacesBin, "serve"], { env, stdio: ["ignore", "ignore", "pipe"] });
  let output = "";
  child.stderr.on("data", (chunk) => (output += String(chunk)));
  expect(await once(child, "close")).toEqual([2, null]);
  expect(output).toBe(`A setting is wrong:\n  ${setting} ${other.port}: is in use\n`);
  other.close();
});
