import { renameSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { peopleScene } from "../kit/people-cli.js";
import { descriptor, enrolment, MODEL } from "./descriptors.js";
import { enrolElsewhere, type Enrolling } from "./enrolling.js";
import { type Keys, type OssBucketServer, startOssBucketServer } from "./oss-bucket-server.js";

const KEYS: Keys = { accessKeyId: "LTAItestkeyid", accessKeySecret: "test-secret-of-the-key", sessionToken: "test-session-token" };
const DENIED = { status: 403, code: "AccessDenied" };
const location = "oss://faces/my gallery";

describe("a gallery in a bucket", () => {
  let server: OssBucketServer;
  let folder: string;
  const hold = (keys: Keys) => writeFile(join(folder, "keys"), JSON.stringify(keys));
  /** In processes of their own: the library reads the process's real environment. */
  const elsewhere = (from: number, to: number, environment: Record<string, string> = {}, more: Partial<Enrolling> = {}) =>
    enrolElsewhere({ location, model: MODEL, from, to, environment: { ENDPOINT: server.url, KEYS_FILE: join(folder, "keys"), ...environment }, ...more });
  const bytesOf = (person: number) => Buffer.from(Float32Array.from(descriptor(person)).buffer);
  const somewhere = (person: number) => [...server.objects.values()].some((object) => object.includes(bytesOf(person)));

  beforeEach(async () => {
    server = await startOssBucketServer("faces", KEYS);
    folder = await mkdtemp(join(tmpdir(), "keys-"));
    await hold(KEYS);
  });
  afterEach(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  it("is written, read and forgotten from over OSS, signed, with the token", async () => {
    const said = await elsewhere(0, 3, { FORGET: enrolment(1).photo });
    expect(said.at(-1)).toEqual({ done: true, nearest: "person 0", count: { people: 2, photos: 2 } });
    expect(said.at(-2)?.forgot?.photo).toBe(enrolment(1).photo);
    expect([...server.objects.keys()].every((key) => key.startsWith("my gallery/"))).toBe(true);
    expect(somewhere(2)).toBe(true);
    expect(somewhere(1)).toBe(false);
    const versions = server.requests.filter(({ method, key }) => method === "PUT" && key.endsWith(".manifest"));
    expect(versions.length).toBeGreaterThan(3);
    expect(versions.every(({ headers }) => headers["x-oss-forbid-overwrite"] === "true")).toBe(true); // two writers cannot make the same version
  });

  it("needs no certificates of the system, which slim images lack", async () => {
    const said = await elsewhere(0, 1, { SSL_CERT_FILE: "/nowhere", SSL_CERT_DIR: "/nowhere" });
    expect(said.at(-1)).toMatchObject({ done: true, count: { photos: 1 } });
  });

  it("has everyone whom two processes enrol at once, once", async () => {
    const said = await Promise.all([elsewhere(0, 10), elsewhere(5, 15)]);
    for (const messages of said) expect(messages.at(-1)).toMatchObject({ done: true });
    const [last] = (await elsewhere(0, 0)).slice(-1);
    expect(last.count).toEqual({ people: 15, photos: 15 });
  });

  it("goes on where credentials end, with the next ones", async () => {
    const others = { accessKeyId: "LTAIanotherid", accessKeySecret: "another-secret", sessionToken: "another-token" };
    await writeFile(join(folder, "next"), JSON.stringify(others));
    const enrolled = (person: number) => {
      if (person !== 2) return;
      renameSync(join(folder, "next"), join(folder, "keys"));
      server.keys = others;
    };
    expect((await elsewhere(0, 6, {}, { enrolled })).at(-1)).toMatchObject({ done: true, count: { people: 6 } });
    expect(server.requests.some(({ status }) => status === 403)).toBe(true);
    expect(server.requests.at(-1)).toMatchObject({ headers: { "x-oss-security-token": "another-token" } });
  });

  it("does not let its library take a proxy, a role, keys or an address from the environment", async () => {
    const proxy = "http://127.0.0.1:1";
    const environment = {
      ...{ http_proxy: proxy, HTTP_PROXY: proxy, ALL_PROXY: proxy, no_proxy: "example.com" },
      ...{ ALIBABA_CLOUD_ROLE_ARN: "acs:ram::1:role/none", ALIBABA_CLOUD_OIDC_PROVIDER_ARN: "none", ALIBABA_CLOUD_OIDC_TOKEN_FILE: "/none", OSS_ROLE_ARN: "none" },
      ...{ ALIBABA_CLOUD_ACCESS_KEY_ID: "none", ALIBABA_CLOUD_ACCESS_KEY_SECRET: "none", ALIBABA_CLOUD_SECURITY_TOKEN: "none", OSS_ACCESS_KEY_ID: "none", OSS_ACCESS_KEY_SECRET: "none" },
      ...{ OSS_ENDPOINT: proxy, OSS_REGION: "cn-beijing", OSS_INTERNAL: "on", OSS_BUCKETS: "none", OSS_ADDRESSING_STYLE: "virtual" },
    };
    expect((await elsewhere(0, 1, environment)).at(-1)).toMatchObject({ done: true });
  });

  const faults: Record<string, { begin: (server: OssBucketServer) => unknown; said: RegExp }> = {
    "the server fails": { begin: (server) => (server.failing = () => ({ status: 500, code: "InternalError" })), said: /InternalError/ },
    "the secret is wrong": { begin: (server) => (server.keys = { ...KEYS, accessKeySecret: "another" }), said: /SignatureDoesNotMatch/ },
    "the token has ended": { begin: (server) => (server.keys = { ...KEYS, sessionToken: "another" }), said: /SecurityTokenExpired/ },
    "writing is not allowed": { begin: (server) => (server.failing = (method) => (method === "PUT" ? DENIED : undefined)), said: /this takes oss:PutObject/ },
    "listing is not allowed": { begin: (server) => (server.failing = (_, key) => (key === "" ? DENIED : undefined)), said: /this takes oss:ListObjects/ },
    "nothing listens": { begin: (server) => server.close(), said: /ECONNREFUSED/ },
  };
  let opened: Map<string, Awaited<ReturnType<typeof elsewhere>>[number]> | undefined;

  /** All at once, for the library tries for three seconds. */
  async function openings() {
    const one = async ([what, { begin }]: (typeof entries)[number]) => {
      const other = await startOssBucketServer("faces", KEYS);
      await begin(other);
      const [said] = await elsewhere(0, 1, { ENDPOINT: other.url });
      await other.close();
      return [what, said] as const;
    };
    const entries = Object.entries(faults);
    return new Map(await Promise.all(entries.map(one)));
  }

  it.each(Object.entries(faults))("is unavailable where %s, and no message has a secret", async (what, { said }) => {
    opened ??= await openings();
    const { failed, message } = opened.get(what)!;
    expect([failed, message]).toEqual(["GalleryUnavailable", expect.stringMatching(said)]);
    expect(message).toContain(location);
    for (const hidden of Object.values(KEYS)) expect(message).not.toContain(hidden);
  });

  it("is what GALLERY names, whatever STORAGE is, with the keys of the settings", async () => {
    const settings = { GALLERY: location, OSS_ENDPOINT: server.url, OSS_REGION: "oss-cn-hangzhou", OSS_ACCESS_KEY_ID: KEYS.accessKeyId, OSS_ACCESS_KEY_SECRET: KEYS.accessKeySecret, OSS_SESSION_TOKEN: KEYS.sessionToken };
    const scene = await peopleScene(settings);
    try {
      expect((await scene.people(["list"])).stderr).toContain(`There is no gallery in ${location} yet`);
      await scene.put("photos/people/notes.txt", "no picture");
      expect(await scene.people(["sync"])).toMatchObject({ code: 0, stderr: "" });
      expect(await scene.people(["list"])).toMatchObject({ code: 0, stdout: "Nobody is enrolled.\n" });
      expect(server.objects.size).toBeGreaterThan(0);
      expect((await scene.people(["list"], { OSS_REGION: "" })).stderr).toContain("needs OSS_REGION");
    } finally {
      await scene.remove();
    }
  });
});
