import { BadKey, BucketNotFound, ObjectNotFound } from "../../src/errors.js";
import { startOssServer } from "./oss-server.js";
import type { OssServer } from "./oss-server.js";
import { bytesOf, failureOf, KEY, readOptions, storeOf } from "./support.js";

const AWKWARD = [
  "照片/北京 2024年/全家福.jpg",
  "a b  c.jpg",
  "100%.jpg",
  "%41.jpg",
  "%2e%2e/secret.jpg",
  "%2F.jpg",
  "a+b.jpg",
  "a?b=c&d.jpg",
  "?x-oss-process=image/resize,w_1",
  "a#b.jpg",
  "#",
  "&=;,:@$",
  `'single' "double" \`back\``,
  "it's (1) *new*!.jpg",
  "[1]{2}|3^4~5<6>",
  "👩‍👩‍👧/😀.jpg",
  "é/e\u0301.jpg",
  "back\\slash\\a.jpg",
  "\\first.jpg",
  "a//b.jpg",
  "a///",
  "folder/",
  "...",
  ".hidden/..a/b../c.jpg",
  "a:b.jpg",
  "https://example.com/a.jpg",
  "@host/a.jpg",
  "tab\there",
  "line\nbreak",
  "\u0001\u007f",
  "\ufeffbom.jpg",
  " leading and trailing ",
  "x".repeat(1023),
  "长".repeat(341),
];

describe("keys", () => {
  let server: OssServer;
  beforeAll(async () => {
    server = await startOssServer({ ...KEY, objects: Object.fromEntries(AWKWARD.map((key) => [`photos/${key}`, bytesOf(key, 2000)])) });
  });
  afterAll(() => server.close());

  it.each([
    ["by Host header", "127.0.0.1"],
    ["in path style", "localhost"],
  ])("each awkward key reads exactly its object, %s", async (_, host) => {
    const store = storeOf(server, { endpoint: server.url.replace("127.0.0.1", host) });
    for (const key of AWKWARD) {
      const object = await store.read({ bucket: "photos", key }, readOptions());
      expect(object.key).toBe(key);
      expect(Buffer.from(object.bytes).equals(bytesOf(key, 2000))).toBe(true);
      expect(server.requests.at(-1)).toMatchObject({ bucket: "photos", key, status: 200 });
    }
    await store.close();
  });

  it.each(["", "/a.jpg", "//a.jpg", ".", "..", "a/../b.jpg", "a/./b.jpg", "../photos2/a.jpg", "a/..", "./a", "x".repeat(1024), "长".repeat(342), "half \ud83d emoji"])(
    "refuses the key %j, which could be read as another's",
    async (key) => {
      const before = server.requests.length;
      const store = storeOf(server);
      expect(await failureOf(store.read({ bucket: "photos", key }, readOptions()))).toBeInstanceOf(BadKey);
      expect(server.requests.length).toBe(before);
      await store.close();
    },
  );

  it.each([
    ["%E7%85%A7.jpg", "照.jpg"],
    ["a%20b%2Bc.jpg", "a b+c.jpg"],
    ["dir%2Fa.jpg", "dir/a.jpg"],
  ])("reads the decoded key where %s does not exist", async (key, decoded) => {
    server.put("photos", decoded, bytesOf(decoded));
    const store = storeOf(server);
    const object = await store.read({ bucket: "photos", key }, readOptions());
    expect(object.key).toBe(decoded);
    expect(Buffer.from(object.bytes).equals(bytesOf(decoded))).toBe(true);

    server.put("photos", key, bytesOf(key)); // the key as it stands comes first
    expect((await store.read({ bucket: "photos", key }, readOptions())).key).toBe(key);
    await store.close();
  });

  it.each([
    ["gone%20.jpg", 2],
    ["gone.jpg", 1],
    ["gone%zz.jpg", 1],
    ["gone%FF.jpg", 1],
    ["..%2F..%2Fsecret.jpg", 1],
    ["%2Fetc/passwd", 1],
  ])("reports %s as missing under its own name, after %i requests", async (key, requests) => {
    const before = server.requests.length;
    const store = storeOf(server);
    const failure = await failureOf(store.read({ bucket: "photos", key }, readOptions()));
    expect(failure).toBeInstanceOf(ObjectNotFound);
    expect(failure.message).toContain(`photos/${key}`);
    expect(server.requests.length - before).toBe(requests);
    await store.close();
  });

  it.each(["", "ab", "Photos", "photos.evil.com", "a/b", "photos@evil", "-photos", "photos-", "p_q", "x".repeat(64), "照片", "photos\n"])("sends nothing for the bucket %j", async (bucket) => {
    const before = server.requests.length;
    const store = storeOf(server);
    expect(await failureOf(store.read({ bucket, key: "a.jpg" }, readOptions()))).toBeInstanceOf(BucketNotFound);
    expect(server.requests.length).toBe(before);
    await store.close();
  });
});
