import { secretIn } from "./test-secrets.js";

const found: string[] = [];

/** From now on whatever this thread writes to standard output or standard error is looked at, libraries' own words too. */
export function watchOwnOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream) as (...rest: unknown[]) => boolean;
    stream.write = (text: string | Uint8Array, ...rest: unknown[]) => {
      const secret = secretIn(typeof text === "string" ? text : Buffer.from(text).toString());
      if (secret) found.push(secret); // to throw it here is no use: console swallows it
      return write(text, ...rest);
    };
  }
}

/** @throws where something written since the last question holds a test's secret */
export function checkOwnOutput(): void {
  const secrets = found.splice(0);
  if (secrets.length > 0) throw new Error(`this test wrote secrets: ${secrets.join(", ")}`);
}
