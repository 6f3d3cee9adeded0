import { execFile } from "node:child_process";
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { CredentialsFailed } from "../../src/errors.js";
import { type OssRelay, type RelayOptions, startOssRelay } from "../../src/storage/oss-relay.js";
import { type Keys, type OssBucketServer, startOssBucketServer } from "../people/oss-bucket-server.js";

const KEYS: Keys = { accessKeyId: "LTAItestkeyid", accessKeySecret: "test-secret-of-the-key", sessionToken: "test-session-token" };
const OTHERS: Keys = { accessKeyId: "LTAIanotherid", accessKeySecret: "another-secret", sessionToken: "another-token" };
const LOCATION = "oss://faces/my gallery";
const OBJECT = "/faces/my%20gallery/a%2Bb/%E4%BA%BA.lance";
const KEY = "my gallery/a+b/人.lance";

interface Sent {
  method?: string;
  headers?: Record<string, string>;
  body?: Uint8Array | string;
  /** `Authorization`; by default as the library signs. */
  authorization?: string;
}

describe("the relay to OSS", () => {
  let oss: OssBucketServer;
  let relay: OssRelay;
  const start = (endpoint: string, more: Partial<RelayOptions> = {}) =>
    startOssRelay(LOCATION, { endpoint, region: "cn-hangzhou", credentials: () => Promise.resolve(KEYS), backoff: 1, deadlines: { headers: 2000, idle: 2000 }, ...more });
  const ours = () => `OSS ${relay.storageOptions.oss_access_key_id}:c2lnbmF0dXJl`;
  const opened = (path: string, { method = "GET", headers = {}, authorization = ours() }: Sent = {}) =>
    ask({ host: "127.0.0.1", port: new URL(relay.storageOptions.oss_endpoint).port, path, method, agent: false, headers: { ...headers, date: new Date().toUTCString(), ...(authorization && { authorization }) } });
  async function sent(path: string, request: Sent = {}) {
    const open = opened(path, request).end(request.body);
    const [response] = (await once(open, "response")) as [IncomingMessage];
    return { status: response.statusCode, headers: response.headers, body: (await buffer(response)).toString() };
  }
  const last = () => oss.requests.at(-1)!;

  beforeEach(async () => {
    oss = await startOssBucketServer("faces", KEYS);
    relay = await start(oss.url);
  });
  afterEach(() => Promise.all([relay.close(), oss.close()]));

  it("sends an object and its headers on, signed with version 4, and brings it back unchanged", async () => {
    const headers = { "content-type": "text/x-test", "content-md5": "XrY7u+Ae7tCTyyK7j1rNww==", "x-oss-forbid-overwrite": "true", "x-oss-meta-a": "b" };
    expect(await sent(OBJECT, { method: "PUT", headers: { ...headers, "x-oss-security-token": "the library's" }, body: "hello world" })).toMatchObject({ status: 200, headers: { etag: '"5EB63BBBE01EEED093CB22BB8F5ACDC3"' } });
    expect(oss.objects.get(KEY)?.toString()).toBe("hello world");
    expect(last().headers).toMatchObject({ ...headers, "content-length": "11", "x-oss-security-token": KEYS.sessionToken });
    expect(await sent(OBJECT, { method: "PUT", headers, body: "again" })).toMatchObject({ status: 409, body: expect.stringContaining("FileAlreadyExists") });
    expect(await sent(OBJECT, { headers: { range: "bytes=6-", "if-none-match": '"1"' } })).toMatchObject({ status: 206, body: "world", headers: { "content-range": "bytes 6-10/11", "content-length": "5" } });
    expect(last().headers).toMatchObject({ range: "bytes=6-", "if-none-match": '"1"' });
    expect(await sent(OBJECT, { method: "HEAD" })).toMatchObject({ status: 200, body: "", headers: { "content-length": "11" } });
    expect(await sent(OBJECT, { method: "DELETE" })).toMatchObject({ status: 204 });
    expect(await sent(OBJECT)).toMatchObject({ status: 404, body: expect.stringContaining("NoSuchKey") });
    expect(relay.troubleSince(0)).toBeUndefined(); // what is not there, or there already, is no trouble
  });

  it("sends objects in parts, batches of deletions and lists on with all that they ask", async () => {
    const [, id] = /<UploadId>(.*)<\/UploadId>/.exec((await sent(`${OBJECT}?uploads`, { method: "POST" })).body)!;
    for (const [part, body] of [[2, "world"], [1, "hello "]] as const) expect((await sent(`${OBJECT}?partNumber=${part}&uploadId=${id}`, { method: "PUT", body })).status).toBe(200);
    expect((await sent(`${OBJECT}?uploadId=${id}`, { method: "POST", body: "<CompleteMultipartUpload></CompleteMultipartUpload>" })).status).toBe(200);
    expect(oss.objects.get(KEY)?.toString()).toBe("hello world");
    const token = "ChR+/w== 人";
    const list = await sent(`/faces/?list-type=2&delimiter=%2F&prefix=my%20gallery%2Fa%2Bb%2F&continuation-token=${encodeURIComponent(token)}&encoding-type=&max-keys=7`);
    expect(list.body).toContain(`<Key>${KEY}</Key>`);
    expect(Object.fromEntries(new URLSearchParams(last().query))).toEqual({ "list-type": "2", delimiter: "/", prefix: "my gallery/a+b/", "continuation-token": token, "encoding-type": "", "max-keys": "7" });
    const body = `<?xml version="1.0"?><Delete><Quiet>true</Quiet><Object><Key>${KEY}</Key></Object></Delete>`;
    expect((await sent("/faces?delete", { method: "POST", body, headers: { "content-md5": "eA==" } })).status).toBe(200);
    expect(oss.objects.size).toBe(0);
    expect((await sent(`${OBJECT}?uploadId=${id}`, { method: "DELETE" })).status).toBe(204);
  });

  it.each<[string, string, Sent?]>([
    ["a stranger", OBJECT, { authorization: "" }],
    ["another key", OBJECT, { authorization: "OSS LTAItestkeyid:abc" }],
    ["part of the key", OBJECT, { authorization: "OSS :abc" }],
    ["another bucket", "/others/my%20gallery/a"],
    ["another prefix", "/faces/people/a.jpg"],
    ["a prefix that begins with ours", "/faces/my%20gallery2/a"],
    ["a way out of ours", "/faces/my%20gallery/..%2Fa"],
    ["a way out, encoded by half", "/faces/my%20gallery/%2E./a"],
    ["an address that cannot be read", "/faces/my%20gallery/%ff"],
    ["a list of the bucket", "/faces?list-type=2"],
    ["a list of more than ours", "/faces?list-type=2&prefix=my%20gallery"],
    ["a list with more to it", "/faces?list-type=2&prefix=my%20gallery%2F&versions"],
    ["the bucket itself", "/faces", { method: "DELETE" }],
    ["its rights", "/faces?acl"],
    ["an object's rights", `${OBJECT}?acl`, { method: "PUT" }],
    ["a copy from elsewhere", OBJECT, { method: "PUT", headers: { "x-oss-copy-source": "/others/my%20gallery/a" } }],
    ["a batch that is not ours alone", "/faces?delete", { method: "POST", body: "<Delete><Object><Key>my gallery/a</Key></Object><Object><Key>people/a</Key></Object></Delete>" }],
    ["a batch with a hidden key", "/faces?delete", { method: "POST", body: "<Delete><Object><Key>my gallery/a</Key></Object><Object><Key><![CDATA[b]]></Key></Object></Delete>" }],
    ["a batch with a way out", "/faces?delete", { method: "POST", body: "<Delete><Object><Key>my gallery/&#x2e;&#46;/b</Key></Object></Delete>" }],
    ["a batch without end", "/faces?delete", { method: "POST", body: new Uint8Array(2 ** 20 + 1) }],
  ])("refuses %s and sends nothing on", async (_what, path, request) => {
    expect((await sent(path, request)).status).toBe(403);
    expect(oss.requests).toEqual([]);
  });

  it("takes the credentials of the moment, and new ones at once where OSS refuses them", async () => {
    let keys = KEYS;
    await relay.close();
    relay = await start(oss.url, { credentials: () => Promise.resolve(keys) });
    await sent(OBJECT, { method: "PUT", body: "first" });
    keys = oss.keys = OTHERS;
    expect((await sent(OBJECT, { method: "PUT", body: "second", headers: { "x-oss-forbid-overwrite": "false" } })).status).toBe(200);
    expect(oss.requests.map(({ status }) => status)).toEqual([200, 403, 200]);
    expect(oss.objects.get(KEY)?.toString()).toBe("second");
  });

  it("takes new credentials for the next request where OSS refuses one that cannot be sent again", async () => {
    let keys = OTHERS;
    await relay.close();
    relay = await start(oss.url, { credentials: () => Promise.resolve(keys) });
    oss.keys = OTHERS;
    await sent(OBJECT, { method: "PUT", body: "first" });
    keys = oss.keys = KEYS;
    const large = { method: "PUT", body: new Uint8Array(2 ** 20 + 1) }; // too large to be held: the library gets to know
    expect((await sent(OBJECT, large)).status).toBe(403);
    expect((await sent(OBJECT, large)).status).toBe(200);
  });

  it.each([
    ["a read", {}, 3],
    ["a write", { method: "PUT", body: "a" }, 3],
    ["a write that must be the first", { method: "PUT", body: "a", headers: { "x-oss-forbid-overwrite": "true" } }, 1],
    ["the end of an upload", { method: "POST", query: "?uploadId=1", body: "<CompleteMultipartUpload/>" }, 1],
    ["a large write", { method: "PUT", body: new Uint8Array(2 ** 20 + 1) }, 1],
  ])("tries %s again only where that can do no harm", async (_what, { query = "", ...request }: Sent & { query?: string }, times) => {
    oss.failing = () => ({ status: 500, code: "InternalError" });
    expect((await sent(OBJECT + query, request)).status).toBe(500);
    expect(oss.requests.length).toBe(times);
    expect(relay.troubleSince(0)).toMatch(/InternalError/);
  });

  it.each([
    ["GET", OBJECT, "oss:GetObject"],
    ["HEAD", OBJECT, "oss:GetObject"],
    ["PUT", OBJECT, "oss:PutObject"],
    ["POST", `${OBJECT}?uploads`, "oss:PutObject"],
    ["DELETE", OBJECT, "oss:DeleteObject"],
    ["DELETE", `${OBJECT}?uploadId=1`, "oss:AbortMultipartUpload"],
    ["GET", "/faces?list-type=2&prefix=my%20gallery%2F", "oss:ListObjects"],
  ])("tells which permission %s %s takes, and no keys", async (method, path, permission) => {
    oss.failing = () => ({ status: 403, code: "AccessDenied" });
    const began = performance.now();
    const { status, body, headers } = await sent(path, { method });
    expect(status).toBe(403);
    if (method !== "HEAD") expect(body).toContain("<Code>AccessDenied</Code>");
    expect(relay.troubleSince(began)).toContain(`AccessDenied (AccessDenied): this takes ${permission}`);
    expect(relay.troubleSince(performance.now())).toBeUndefined();
    expect(headers["x-oss-err"]).toBeUndefined();
    for (const hidden of Object.values(KEYS)) expect(JSON.stringify([body, headers, relay.troubleSince(0)])).not.toContain(hidden);
  });

  it("tells where there are no credentials, and asks nothing then", async () => {
    await relay.close();
    relay = await start(oss.url, { credentials: () => Promise.reject(new CredentialsFailed("No credentials for OSS")) });
    expect((await sent(OBJECT)).status).toBe(503);
    expect(relay.troubleSince(0)).toBe("No credentials for OSS");
    expect(oss.requests).toEqual([]);
  });

  it("does not keep a process alive", async () => {
    const module = new URL("../../src/storage/oss-relay.js", import.meta.url).href;
    const code = `import { startOssRelay } from ${JSON.stringify(module)}; await startOssRelay("oss://faces/a", { credentials: () => Promise.reject() }); console.log("open");`;
    expect((await promisify(execFile)(process.execPath, ["--input-type=module", "-e", code])).stdout).toBe("open\n");
  });

  describe("to a server that misbehaves", () => {
    let answer: (request: IncomingMessage, response: ServerResponse) => void;
    const server = createServer((request, response) => answer(request, response));
    beforeAll(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
    afterAll(() => server.closeAllConnections() ?? new Promise<void>((resolve) => server.close(() => resolve())));
    beforeEach(async () => {
      await relay.close();
      relay = await start(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { deadlines: { headers: 60, idle: 60 } });
    });

    it("passes a large body on while it comes, and the answer's while it comes back", async () => {
      const half = Buffer.alloc(2 ** 20, "a");
      answer = (request, response) => {
        request.once("data", () => upload.end(half)); // the second half is sent once OSS has some of the first
        void buffer(request).then((body) => response.writeHead(200).write(String(body.length)));
        last = () => response.end("!");
      };
      let last = () => {};
      const upload = opened(OBJECT, { method: "PUT", headers: { "content-length": String(2 * half.length) } });
      upload.write(half);
      const [response] = (await once(upload, "response")) as [IncomingMessage];
      const [first] = (await once(response, "data")) as [Buffer];
      expect(String(first)).toBe(String(2 * half.length));
      last();
      expect((await buffer(response)).toString()).toBe("!");
    });

    it("waits for whoever reads slowly for as long as it takes", async () => {
      const large = Buffer.alloc(16 * 2 ** 20, "a");
      answer = (request, response) => void (request.url!.includes("silent") || response.end(large));
      const [response] = (await once(opened(OBJECT).end(), "response")) as [IncomingMessage];
      await sent("/faces/my%20gallery/silent"); // takes three times the longest silence
      expect((await buffer(response)).length).toBe(large.length);
    });

    it("says so where no answer comes in time", async () => {
      answer = () => undefined;
      expect((await sent(OBJECT)).status).toBe(503);
      expect(relay.troubleSince(0)).toMatch(/my gallery\/a\+b\/人\.lance: AnswerTimeout \(no answer within 60 ms\)/);
    });

    it("cuts the connection where a body stalls or breaks off, so that nothing takes it for whole", async () => {
      for (const end of [() => undefined, (response: ServerResponse) => response.destroy()]) {
        answer = (_request, response) => response.writeHead(200).write("a", () => end(response));
        await expect(sent(OBJECT)).rejects.toThrow(/aborted/);
      }
    });

    it("lets go of OSS where the library lets go", async () => {
      const gone = new Promise<void>((resolve) => {
        answer = (request) => {
          request.on("error", () => resolve()).resume();
          upload.destroy();
        };
      });
      const upload = opened(OBJECT, { method: "PUT", headers: { "content-length": String(2 ** 21) } });
      upload.on("error", () => undefined).write(Buffer.alloc(2 ** 20));
      await gone;
      expect(relay.troubleSince(0)).toBeUndefined();
    });
  });
});
