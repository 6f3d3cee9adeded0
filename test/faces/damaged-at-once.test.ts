import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROUNDS = 60;

/** In a process of its own, as the service: other tests here decode pictures, too, without taking part in the pool's turns. */
it("damaged photos are told from odd ones, and why, however many fail at the same time: libvips has one text of errors for all threads", async () => {
  const child = fileURLToPath(new URL("damaged-child.js", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [child, String(ROUNDS)]);
  expect(JSON.parse(stdout)).toEqual({
    "odd: picture": ROUNDS,
    "damaged: undecodable: Corrupt JPEG data": ROUNDS,
    "short: undecodable: premature end of JPEG image": ROUNDS,
    "png: undecodable: libpng read error": ROUNDS,
    "header: undecodable: premature end of JPEG image": ROUNDS,
  });
});
