import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MissingPart } from "../../src/errors.js";
import { sha256 } from "../../src/models/checksum.js";
import { getModel } from "../../src/models/get.js";
import { manifest, type OptionalModel } from "../../src/models/manifest.js";
import { type Answer, cutAfter, type FileServer, fileServer, serve, serveWhole, status } from "./file-server.js";

/** Not a model: a download does not look into its file. */
const FILE = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7919) % 251);
const OTHER = FILE.map((value) => value + 1);

let folder: string;
let server: FileServer | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "optional-"));
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  rmSync(folder, { recursive: true });
});

const part = () => join(folder, "thing.bin.part");
const path = () => join(folder, "thing.onnx");

function model(...addresses: string[]): OptionalModel {
  const [sface] = manifest().optional.filter(({ name }) => name === "sface");
  const sum = sha256(FILE);
  return { ...sface, name: "thing", file: "thing.onnx", sha256: sum, bytes: FILE.length, download: { addresses, file: "thing.bin", sha256: sum, bytes: FILE.length } };
}

/** Gets the model from a server of these answers. */
async function get(...answers: Answer[]) {
  server = await fileServer(...answers);
  return getModel(model(`${server.url}/thing.bin`), { folder, stall: 200, onProgress: server.arrived });
}

async function failure(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(MissingPart);
  return (error as Error).message;
}

/** The model is there, whole, and nothing else is. */
function expectWhole() {
  expect(readFileSync(path()).equals(FILE)).toBe(true);
  expect(readdirSync(folder)).toEqual(["thing.onnx"]);
}

describe("a download", () => {
  it("brings the file and says how far it is", async () => {
    server = await fileServer(serve(FILE));
    const seen: number[] = [];
    const got = await getModel(model(server.url), { folder, onProgress: (done) => seen.push(done) });
    expect(got).toEqual({ path: path(), already: false });
    expectWhole();
    expect(seen.at(-1)).toBe(FILE.length);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  it("does not happen where the model is there and intact; a damaged one is replaced", async () => {
    writeFileSync(path(), FILE);
    const { mtimeMs } = statSync(path());
    expect(await get(status(500))).toEqual({ path: path(), already: true });
    expect([server?.ranges, statSync(path()).mtimeMs]).toEqual([[], mtimeMs]);
    await server?.close();
    writeFileSync(path(), FILE.subarray(0, 1000));
    expect(await get(serve(FILE))).toMatchObject({ already: false });
    expectWhole();
  });

  it("of two at once happens once: the second call waits, and finds the model there", async () => {
    server = await fileServer(serve(FILE));
    const wanted = model(server.url);
    const got = await Promise.all([getModel(wanted, { folder }), getModel(wanted, { folder })]);
    expect(got).toEqual([{ path: path(), already: false }, { path: path(), already: true }]);
    expect(server.ranges).toEqual([""]);
    expectWhole();
  });

  it("goes on where a process was ended that held the lock", async () => {
    const lock = `${part()}.lock`;
    writeFileSync(lock, "");
    const past = new Date(Date.now() - 60_000);
    utimesSync(lock, past, past);
    writeFileSync(part(), FILE.subarray(0, 1000));
    await get(serve(FILE));
    expect(server?.ranges).toEqual(["bytes=1000-"]);
    expectWhole();
  });

  it("that is cut off goes on where it was, again and again", async () => {
    await get(cutAfter(100_000, FILE), cutAfter(50_000, FILE), serve(FILE));
    expectWhole();
    expect(server?.ranges).toEqual(["", "bytes=100000-", "bytes=150000-"]);
  });

  it("that brought nothing more ends with the reason, and the next call goes on", async () => {
    expect(await failure(get(cutAfter(100_000, FILE), status(503)))).toContain("answers 503");
    expect(existsSync(path())).toBe(false);
    expect(statSync(part()).size).toBe(100_000);
    await server?.close();
    await get(serve(FILE));
    expectWhole();
    expect(server?.ranges).toEqual(["bytes=100000-"]);
  });

  it("ends where the server cuts every answer and then refuses the rest", async () => {
    const cut = cutAfter(1000, FILE);
    expect(await failure(get(cut, status(416), cut, status(416), cut, status(416), cut, status(404)))).toContain("other side closed");
    expect(server?.ranges).toHaveLength(5);
  });

  it("goes on from another address with what the first one gave", async () => {
    const first = await fileServer(cutAfter(120_000, FILE), status(404));
    server = await fileServer(serve(FILE));
    await getModel(model(first.url, server.url), { folder, onProgress: first.arrived });
    await first.close();
    expectWhole();
    expect(server.ranges).toEqual(["bytes=120000-"]);
  });

  it.each([
    ["begins anew where the server ignores the range", 1000, [serveWhole(FILE)], ["bytes=1000-"]],
    ["begins anew where the server has no such range", 1000, [status(416), serve(FILE)], ["bytes=1000-", ""]],
    ["begins anew where more is there than the file has", FILE.length + 1, [serve(FILE)], [""]],
    ["only checks what is there in full", FILE.length, [status(500)], []],
  ] as const)("%s", async (_, there, answers, ranges) => {
    writeFileSync(part(), Buffer.concat([FILE, FILE]).subarray(0, there));
    await get(...answers);
    expectWhole();
    expect(server?.ranges).toEqual(ranges);
  });

  it("begins anew once where what was left behind turns out to be of another file", async () => {
    writeFileSync(part(), OTHER.subarray(0, 1000));
    await get(serve(FILE));
    expectWhole();
    expect(server?.ranges).toEqual(["bytes=1000-", ""]);
  });

  it("follows redirects, with the range", async () => {
    const target = await fileServer(serve(FILE));
    writeFileSync(part(), FILE.subarray(0, 5));
    await get(status(302, { location: `${target.url}/signed?signature=abc` }));
    await target.close();
    expectWhole();
    expect(target.ranges).toEqual(["bytes=5-"]);
  });
});

describe("a source that is of no use is named with its reason:", () => {
  const chunked = (file: Uint8Array): Answer => (_, response) => void response.writeHead(200).end(file);
  const silent: Answer = (_, response) => void response.writeHead(200, { "content-length": FILE.length }).write(FILE.subarray(0, 10));
  it.each([
    ["a wrong checksum", [serve(OTHER)], `sha256 is ${sha256(OTHER)}, but models/manifest.json says ${sha256(FILE)}; the file was deleted`],
    ["not found", [status(404)], "answers 404 Not Found"],
    ["a file that is too large", [serve(Buffer.concat([FILE, FILE]))], "its file has 600000 bytes, not 300000"],
    ["a page in its place", [chunked(Buffer.from("<html>log in</html>"))], "its file has 19 bytes, not 300000"],
    ["a file without end", [chunked(Buffer.concat([FILE, FILE]))], "its file has more than 300000 bytes"],
    ["silence before the answer", [() => {}], "sends nothing for 0.2 s"],
    ["silence within the file", [silent, () => {}], "sends nothing for 0.2 s"],
    ["redirects without end", [status(302, { location: "/again" })], "redirect count exceeded"],
    ["no file system of ours", [status(302, { location: "file:///etc/passwd" })], "URL scheme must be a HTTP(S) scheme"],
  ] as const)("%s", async (name, answers, reason) => {
    const message = await failure(get(...answers));
    expect(message).toContain(`thing could not be downloaded:\n  ${server?.url}/thing.bin\n    ${reason}`);
    expect(message).toContain(`bring thing.bin (300000 bytes, sha256 ${sha256(FILE)}) to this machine, then\n  oss-faces models get thing --from FILE`);
    expect(readdirSync(folder)).toEqual(name === "silence within the file" ? ["thing.bin.part"] : []);
  });

  it("nobody there", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const { port } = closed.address() as AddressInfo;
    closed.close();
    await once(closed, "close");
    expect(await failure(getModel(model(`http://127.0.0.1:${port}/`), { folder }))).toContain(`connect ECONNREFUSED 127.0.0.1:${port}`);
  });

  it("a partial answer to another question", async () => {
    writeFileSync(part(), FILE.subarray(0, 1000));
    const misled: Answer = (_, response) => void response.writeHead(206, { "content-range": "bytes 0-299999/300000" }).end(FILE);
    expect(await failure(get(misled))).toContain("answers another range than was asked for");
  });
});

describe("from", () => {
  it("another address takes the place of the manifest's; a signature in it is not printed", async () => {
    server = await fileServer(status(403), serve(FILE));
    const from = `${server.url}/copy?signature=s3cret`;
    const message = await failure(getModel(model("http://127.0.0.1:1/"), { folder, from }));
    expect(message).toContain(`${server.url}/copy\n    answers 403`);
    expect(message).not.toContain("s3cret");
    await getModel(model("http://127.0.0.1:1/"), { folder, from });
    expectWhole();
  });

  it.each([
    ["the right file", FILE, undefined],
    ["a file of another length", FILE.subarray(1), "it has 299999 bytes, not 300000"],
    ["another file", OTHER, `sha256 is ${sha256(OTHER)}, but models/manifest.json says ${sha256(FILE)}`],
  ])("%s on this machine is checked, and left where it is", async (_, bytes, reason) => {
    const brought = join(folder, "brought.onnx");
    writeFileSync(brought, bytes);
    const got = getModel(model("http://127.0.0.1:1/"), { folder: join(folder, "new/models"), from: brought });
    if (reason) expect(await failure(got)).toBe(`${brought} is not thing's thing.bin: ${reason}`);
    else expect(readFileSync((await got).path).equals(FILE)).toBe(true);
    expect(readFileSync(brought).equals(bytes)).toBe(true);
  });

  it("what cannot be read is said as it is, and not of the models' folder", async () => {
    const source = model("http://127.0.0.1:1/");
    expect(await failure(getModel(source, { folder, from: folder }))).toBe(`${folder} is not thing's thing.bin: it is no file`);
    const loop = join(folder, "loop");
    symlinkSync(loop, loop);
    expect(await failure(getModel(source, { folder, from: loop }))).toMatch(/^.*\/loop cannot be read \(ELOOP.*\)$/);
  });

  it("no file at all, and a folder that takes none, are said as they are", async () => {
    expect(await failure(getModel(model("http://127.0.0.1:1/"), { folder, from: join(folder, "x") }))).toBe(`${join(folder, "x")}: there is no such file`);
    writeFileSync(join(folder, "file"), "");
    const message = await failure(getModel(model("http://127.0.0.1:1/"), { folder: join(folder, "file"), from: "http://127.0.0.1:1/" }));
    expect(message).toMatch(/^thing cannot be put into .*\/file \(.*\): MODELS or --models names another folder\.$/);
  });
});
