import { rmSync, statSync } from "node:fs";
import { open } from "node:fs/promises";

/** The file that is wanted. */
export interface Wanted {
  address: string;
  /** Where it goes while it is incomplete, and whence a download that was cut off goes on. */
  part: string;
  bytes: number;
}

export interface DownloadOptions {
  /** Milliseconds without a byte after which the connection counts as dead. */
  stall?: number;
  /** Bytes that are there. */
  onProgress?: (done: number) => void;
}

const STALL = 30_000;

/** Why an address did not give the file; one line without the address. */
export class DownloadFailed extends Error {}

/**
 * Downloads into `part` until that has `bytes` bytes, going on behind what it has already, and again after every cut as
 * long as each attempt brings something. Whether they are the right bytes is for the caller to check.
 * @throws DownloadFailed; what arrived stays, except where the server's file is another one by its size
 */
export async function download(wanted: Wanted, { stall = STALL, onProgress }: DownloadOptions = {}): Promise<void> {
  if (sizeOf(wanted.part) > wanted.bytes) rmSync(wanted.part);
  let anew = 0; // a server that cuts and then refuses what follows would keep us for ever
  for (let had = sizeOf(wanted.part); had < wanted.bytes; had = sizeOf(wanted.part)) {
    try {
      await attempt(wanted, had, stall, onProgress);
      if (sizeOf(wanted.part) < had) anew += 1;
    } catch (error) {
      if (error instanceof DownloadFailed || anew > 1 || sizeOf(wanted.part) <= had) throw reasonOf(error, stall);
    }
  }
}

/** One request. Any error but DownloadFailed is a connection that failed. */
async function attempt({ address, part, bytes }: Wanted, had: number, stall: number, onProgress?: (done: number) => void): Promise<void> {
  const dead = new AbortController();
  const timer = setTimeout(() => dead.abort(), stall);
  try {
    // Compressed, the bytes would be others than those that the range and the size count.
    const headers = { "accept-encoding": "identity", ...(had > 0 && { range: `bytes=${had}-` }) };
    const response = await fetch(address, { headers, signal: dead.signal });
    timer.refresh();
    const body = response.body;
    if (response.status === 416 && had > 0) return rmSync(part); // the server's file is shorter than our part: anew
    if (!response.ok || !body) throw new DownloadFailed(`answers ${response.status} ${response.statusText}`.trimEnd());
    const from = response.status === 206 ? rangeStart(response.headers, had) : 0;
    const length = Number(response.headers.get("content-length") ?? bytes - from);
    if (from + length !== bytes) throw new DownloadFailed(`its file has ${from + length} bytes, not ${bytes}`);

    const file = await open(part, from > 0 ? "a" : "w");
    let done = from;
    try {
      for await (const chunk of body as AsyncIterable<Uint8Array>) {
        timer.refresh();
        done += chunk.length;
        if (done > bytes) break;
        await file.write(chunk);
        onProgress?.(done);
      }
    } finally {
      await file.close();
    }
    if (done === bytes) return;
    rmSync(part);
    throw new DownloadFailed(done > bytes ? `its file has more than ${bytes} bytes` : `its file has ${done} bytes, not ${bytes}`);
  } finally {
    clearTimeout(timer);
    dead.abort(); // lets go of a body that was not read to its end
  }
}

/** Where a partial answer begins. */
function rangeStart(headers: Headers, asked: number): number {
  const [, start] = /^bytes (\d+)-/.exec(headers.get("content-range") ?? "") ?? [];
  if (Number(start) !== asked) throw new DownloadFailed("answers another range than was asked for");
  return asked;
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** fetch hides what happened in causes; of several (one for each address of a host) the first says enough. */
function reasonOf(error: unknown, stall: number): Error {
  if (!(error instanceof Error) || error instanceof DownloadFailed) return error as Error;
  if (error.name === "AbortError") return new DownloadFailed(`sends nothing for ${stall / 1000} s`, { cause: error });
  const cause: unknown = error.cause instanceof AggregateError ? error.cause.errors[0] : error.cause;
  return "errno" in error ? error : new DownloadFailed(cause instanceof Error ? cause.message : error.message, { cause: error });
}
