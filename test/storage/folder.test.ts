import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { AccessDenied, BadKey, BucketNotFound, DeadlinePassed, ObjectNotFound, ObjectTooLarge } from "../../src/errors.js";
import { createFolderStore } from "../../src/storage/folder.js";
import { bytesOf, failureOf, readOptions } from "./support.js";

const BYTES = bytesOf("a photo", 100_000);

describe("a folder as the object store", () => {
  let base: string;
  const sockets: Server[] = [];
  let root: string;
  beforeAll(async () => {
    base = await mkdtemp(path.join(tmpdir(), "folder-store-"));
    root = path.join(base, "root");
    await mkdir(path.join(root, "photos", "照片"), { recursive: true });
    await mkdir(path.join(root, "photos2"));
    await mkdir(path.join(base, "outside"));
    for (const file of ["root/photos/a.jpg", "root/photos/照片/全 家福+100%.jpg", "root/photos/empty", "root/photos2/b.jpg", "root/loose.jpg", "outside/secret.jpg"]) {
      await writeFile(path.join(base, file), file.endsWith("empty") ? "" : BYTES);
    }
    await symlink("a.jpg", path.join(root, "photos", "link.jpg"));
    await symlink(path.join(base, "outside", "secret.jpg"), path.join(root, "photos", "out.jpg"));
    await symlink(path.join(root, "photos2"), path.join(root, "photos", "neighbour"));
    await symlink("loop.jpg", path.join(root, "photos", "loop.jpg"));
    await symlink(path.join(base, "outside"), path.join(root, "linked-bucket"));
    execFileSync("mkfifo", [path.join(root, "photos", "pipe.jpg")]);
    await symlink("/dev/zero", path.join(root, "photos", "zero.jpg"));
    await symlink("/etc/passwd", path.join(root, "photos", "system.jpg"));
    await symlink("..", path.join(root, "photos", "up"));
    const socket = createServer().listen(path.join(root, "photos", "socket.jpg"));
    await once(socket, "listening");
    sockets.push(socket);
  });
  afterAll(() => {
    for (const socket of sockets) socket.close();
    return rm(base, { recursive: true });
  });
  const store = () => createFolderStore(root);

  it.each(["a.jpg", "照片/全 家福+100%.jpg", "link.jpg"])("reads %s", async (key) => {
    const object = await store().read({ bucket: "photos", key }, readOptions());
    expect(Buffer.from(object.bytes).equals(BYTES)).toBe(true);
    expect(object).toMatchObject({ complete: true, size: 100_000, key, etag: createHash("md5").update(BYTES).digest("hex").toUpperCase(), userMeta: {} });
    expect(object.bytes.buffer.byteLength).toBe(100_000);
  });

  it("reads an empty file", async () => {
    expect(await store().read({ bucket: "photos", key: "empty" }, readOptions())).toMatchObject({ complete: true, size: 0 });
  });

  it("reads the decoded key where only that exists", async () => {
    const object = await store().read({ bucket: "photos", key: encodeURIComponent("照片/全 家福+100%.jpg") }, readOptions());
    expect(object.key).toBe("照片/全 家福+100%.jpg");
  });

  it.each([
    ["photos", "../photos2/b.jpg", BadKey],
    ["photos", "照片/../../photos2/b.jpg", BadKey],
    ["photos", "/etc/passwd", BadKey],
    ["photos", "a.jpg\0.png", BadKey],
    ["photos", "", BadKey],
    ["photos", "out.jpg", BadKey],
    ["photos", "neighbour/b.jpg", BadKey],
    ["photos", "..%2Fphotos2%2Fb.jpg", ObjectNotFound],
    ["photos", "missing.jpg", ObjectNotFound],
    ["photos", "missing/a.jpg", ObjectNotFound],
    ["photos", "a.jpg/b.jpg", ObjectNotFound],
    ["photos", "a.jpg/", ObjectNotFound],
    ["photos", "照片//全 家福+100%.jpg", ObjectNotFound],
    ["photos", "照片", ObjectNotFound],
    ["photos", "pipe.jpg", ObjectNotFound],
    ["photos", "loop.jpg", ObjectNotFound],
    ["photos", "socket.jpg", ObjectNotFound],
    ["photos", ".", BadKey],
    ["photos", "\\..\\..\\outside\\secret.jpg", ObjectNotFound],
    ["photos", "zero.jpg", BadKey],
    ["photos", "system.jpg", BadKey],
    ["photos", "up/photos2/b.jpg", BadKey],
    ["photos", "up/photos/a.jpg/", ObjectNotFound],
    ["photos", "x".repeat(1000), ObjectNotFound],
    ["missing", "a.jpg", BucketNotFound],
    ["loose.jpg", "a.jpg", BucketNotFound],
    ["linked-bucket", "secret.jpg", BucketNotFound],
    ["..", "outside/secret.jpg", BucketNotFound],
    [".", "loose.jpg", BucketNotFound],
    ["", "loose.jpg", BucketNotFound],
    ["photos/照片", "全 家福+100%.jpg", BucketNotFound],
    ["photos\0", "a.jpg", BucketNotFound],
  ])("in %j does not read %j", async (bucket, key, kind) => {
    expect(await failureOf(store().read({ bucket, key }, readOptions()))).toBeInstanceOf(kind);
  });

  it("reports a root that is missing", async () => {
    expect(await failureOf(createFolderStore(path.join(base, "none")).read({ bucket: "photos", key: "a.jpg" }, readOptions()))).toBeInstanceOf(BucketNotFound);
  });

  it("refuses what is too large, naming both sizes", async () => {
    const failure = await failureOf(store().read({ bucket: "photos", key: "a.jpg" }, readOptions({ maxBytes: 99_999 })));
    expect(failure).toBeInstanceOf(ObjectTooLarge);
    expect(failure.message).toMatch(/100000 bytes.* 99999 bytes/);
  });

  it("stops where the first bytes are not wanted", async () => {
    const big = path.join(root, "photos", "film.bin");
    await writeFile(big, bytesOf("film", 5_000_000));
    const object = await store().read({ bucket: "photos", key: "film.bin" }, readOptions({ wanted: (head) => head.length < 64 }));
    expect(object).toMatchObject({ complete: false, size: 5_000_000 });
    expect(object.bytes.length).toBeLessThan(1_000_000);
    expect(object.etag).toBeUndefined();
  });

  it("stops with the signal", async () => {
    expect(await failureOf(store().read({ bucket: "photos", key: "a.jpg" }, readOptions({ signal: AbortSignal.abort() })))).toBeInstanceOf(DeadlinePassed);
  });

  it("reports a file that may not be read", async () => {
    const file = path.join(root, "photos", "private.jpg");
    await writeFile(file, BYTES);
    await chmod(file, 0);
    const read = store().read({ bucket: "photos", key: "private.jpg" }, readOptions());
    // root reads everything
    if (process.getuid?.() === 0) expect((await read).size).toBe(100_000);
    else expect(await failureOf(read)).toBeInstanceOf(AccessDenied);
  });
});
