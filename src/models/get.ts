import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { MissingPart } from "../errors.js";
import { isIntact, sha256, verify } from "./checksum.js";
import { download, DownloadFailed, type DownloadOptions } from "./download.js";
import { alone } from "./lock.js";
import { optionalFolder, type OptionalModel } from "./manifest.js";
import { writeWhole } from "./write-whole.js";
import { yunetModel } from "./yunet.js";

export interface GetOptions extends DownloadOptions {
  /** Where the model goes; the package's folder of optional models where absent. */
  folder?: string;
  /** A file, or an address without password, in place of the manifest's addresses. */
  from?: string;
}

/** What makes the model of the published file, for those that are not used as they are published. */
const PREPARATIONS: Record<string, (file: Uint8Array) => Uint8Array> = { yunet: yunetModel };

/**
 * Brings an optional model into the folder, verified by the manifest's checksums: downloads its file, or goes on with a
 * download that was cut off, and prepares it. What is there and intact stays, and nothing is downloaded; where another
 * call, of any process, is downloading it, this one waits.
 * @returns the model's path, and whether it was there already
 * @throws MissingPart where no source gave the right file, or the folder takes none; the message says what to do
 */
export async function getModel(model: OptionalModel, { folder = optionalFolder(), from, ...options }: GetOptions = {}): Promise<{ path: string; already: boolean }> {
  const path = resolve(folder, model.file);
  try {
    if (isIntact(path, model.sha256)) return { path, already: true };
    if (from !== undefined && !isAddress(from)) {
      install(model, readLocal(from, model), path);
      return { path, already: false };
    }
    mkdirSync(folder, { recursive: true });
    const part = resolve(folder, `${model.download.file}.part`);
    return await alone(`${part}.lock`, async () => {
      if (isIntact(path, model.sha256)) return { path, already: true }; // by the call that was waited for
      install(model, await fetchFile(model, from === undefined ? model.download.addresses : [from], part, options), path);
      rmSync(part);
      return { path, already: false };
    });
  } catch (error) {
    if (!(error instanceof Error) || !("errno" in error)) throw error;
    throw new MissingPart(`${model.name} cannot be put into ${folder} (${error.message}): MODELS or --models names another folder.`, { cause: error });
  }
}

export function isAddress(from: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(from);
}

/** The published file from the first address that gives it. It stays in `part`, too, until it is put in place. */
async function fetchFile(model: OptionalModel, addresses: string[], part: string, options: DownloadOptions): Promise<Uint8Array> {
  const { file, bytes, sha256: expected } = model.download;
  const failures: string[] = [];
  for (const address of addresses) {
    try {
      return await fetchVerified(address, part, bytes, expected, options);
    } catch (error) {
      if (!(error instanceof DownloadFailed)) throw error;
      failures.push(`  ${withoutQuery(address)}\n    ${error.message}`);
    }
  }
  throw new MissingPart(
    [
      `${model.name} could not be downloaded:`,
      ...failures,
      `By hand: bring ${file} (${bytes} bytes, sha256 ${expected}) to this machine, then`,
      `  oss-faces models get ${model.name} --from FILE`,
    ].join("\n"),
  );
}

/** Once more from the beginning where what an earlier call left behind may be what is wrong. */
async function fetchVerified(address: string, part: string, bytes: number, expected: string, options: DownloadOptions): Promise<Uint8Array> {
  for (;;) {
    const resumed = existsSync(part);
    await download({ address, part, bytes }, options);
    const file = readFileSync(part);
    const found = sha256(file);
    if (found === expected) return file;
    rmSync(part);
    if (!resumed) throw new DownloadFailed(`sha256 is ${found}, but models/manifest.json says ${expected}; the file was deleted`);
  }
}

/** A file that somebody brought here; it is left as it is. */
function readLocal(path: string, { name, download }: OptionalModel): Uint8Array {
  const wrong = (what: string) => new MissingPart(`${path} is not ${name}'s ${download.file}: ${what}`);
  const file = readable(path, () => {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (!stats) throw new MissingPart(`${path}: there is no such file`);
    if (!stats.isFile()) throw wrong("it is no file");
    if (stats.size !== download.bytes) throw wrong(`it has ${stats.size} bytes, not ${download.bytes}`);
    return readFileSync(path);
  });
  const found = sha256(file);
  if (found !== download.sha256) throw wrong(`sha256 is ${found}, but models/manifest.json says ${download.sha256}`);
  return file;
}

/** @throws MissingPart in place of the file system's error, which the folder of the models would be blamed for */
function readable<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Error) || !("errno" in error)) throw error;
    throw new MissingPart(`${path} cannot be read (${error.message})`, { cause: error });
  }
}

/** @param file verified */
function install(model: OptionalModel, file: Uint8Array, path: string): void {
  const prepared = model.sha256 === model.download.sha256 ? file : PREPARATIONS[model.name](file);
  verify(path, prepared, model.sha256);
  writeWhole(path, prepared);
}

/** A signed address has its signature in the query. */
function withoutQuery(address: string): string {
  const { origin, pathname } = new URL(address);
  return origin + pathname;
}
