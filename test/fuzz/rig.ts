import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { readConfig } from "../../src/config.js";
import { loadSharp } from "../../src/image/sharp.js";
import { startService } from "../../src/service.js";
import { createLog } from "../../src/telemetry/log.js";
import { folderBucket, sample } from "../kit/service.js";

/** Small, so that what is larger is quick to send. */
export const MAX_EVENT_BYTES = 65_536;
export const MAX_PIXELS = 1_000_000;
/** In the environment of the service, and never to be seen outside of it. */
export const SECRETS = ["LTAIfuzzFuzzFuzzFuzz", "fuzz-access-key-secret-0123456789", "fuzz-session-token-0123456789"];

/** What becomes of an object where the record asks for a look: a result, the code of a failed one, or a reason for none. */
export type Fate = "analyzed" | { skipped: string } | { failed: string };

/** The bucket `photos`: keys, and what design §4 says of each. */
export const OBJECTS: Record<string, Fate> = {
  "sample.jpg": "analyzed",
  "照片/百分 100% a%20b.jpg": "analyzed",
  "decoded once.jpg": "analyzed",
  "decoded%20once.jpg": "analyzed",
  "plain": "analyzed",
  "damaged.jpg": { failed: "undecodable" },
  "large.png": { failed: "too-many-pixels" },
  "bitmap.bmp": { failed: "unsupported-format" },
  "missing.jpg": { failed: "object-not-found" },
  "a/../sample.jpg": { failed: "bad-key" },
  "/sample.jpg": { failed: "bad-key" },
  "nul\0.jpg": { failed: "bad-key" },
  "empty.jpg": { skipped: "empty-object" },
  "notes.txt": { skipped: "not-a-picture" },
  "notes": { skipped: "not-a-picture" },
};

/** The real service on loopback over a folder with a few objects, one worker; its log is kept from case to case only. */
export async function startRig() {
  const bucket = await folderBucket();
  const sharp = await loadSharp();
  const photo = await sharp(sample(1)).resize({ width: 240 }).jpeg().toBuffer();
  const large = await sharp({ create: { width: 1001, height: 1000, channels: 3, background: "#fff" } }).png().toBuffer();
  const files: Record<string, Buffer> = {
    "sample.jpg": photo, "照片/百分 100% a%20b.jpg": photo, "decoded once.jpg": photo, plain: photo,
    "damaged.jpg": photo.subarray(0, photo.length / 2), "large.png": large, "empty.jpg": Buffer.alloc(0),
    "bitmap.bmp": Buffer.concat([Buffer.from("BM"), Buffer.alloc(12), Buffer.from([40]), Buffer.alloc(60)]),
    "notes.txt": Buffer.from("notes"), notes: Buffer.from("notes of no picture"),
  };
  for (const [key, bytes] of Object.entries(files)) {
    await mkdir(dirname(bucket.path(key)), { recursive: true });
    await writeFile(bucket.path(key), bytes);
  }
  const [OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET, OSS_SESSION_TOKEN] = SECRETS;
  const config = readConfig({
    PORT: "0", METRICS_PORT: "0", WORKERS: "1", STORAGE: bucket.root, MAX_EVENT_BYTES: String(MAX_EVENT_BYTES), MAX_PIXELS: String(MAX_PIXELS), LOG_LEVEL: "debug",
    OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET, OSS_SESSION_TOKEN,
  });
  const crashes: unknown[] = [];
  const crash = (error: unknown) => void crashes.push(error);
  process.on("uncaughtException", crash).on("unhandledRejection", crash);
  let lines: string[] = [];
  const log = createLog({ format: "text", level: "debug", write: (text) => void lines.push(text) });
  const service = await startService(config, { host: "127.0.0.1", log });
  await service.ready;
  return {
    url: service.url,
    port: Number(new URL(service.url).port),
    /** Paths that nobody outside may learn. */
    paths: [bucket.root, process.cwd(), "node_modules", "file://"],
    /** What was logged since this was last asked. */
    logged(): string {
      const text = lines.join("");
      lines = [];
      return text;
    },
    /** What would have ended the process since this was last asked. */
    crashed: () => crashes.splice(0),
    async close() {
      process.off("uncaughtException", crash).off("unhandledRejection", crash);
      await service.close();
      await bucket.remove();
    },
  };
}

export type Rig = Awaited<ReturnType<typeof startRig>>;
