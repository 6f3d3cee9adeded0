import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { promisify } from "node:util";
import { join } from "node:path";
import { UnsecuredJWT } from "jose";
import { createDocuments } from "../../src/server/issuer-documents.js";
import { fixturePath } from "../events/support.js";
import { startIssuer } from "../kit/issuer.js";

const tlsFile = (name: string) => fixturePath(`tls/${name}`);
const module = new URL("../../src/server/issuer-documents.js", import.meta.url).href;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "oss-faces-pod-"));
});
afterAll(() => rm(folder, { recursive: true }));

const podToken = async (iss: string) => {
  const file = join(folder, "token");
  await writeFile(file, `${new UnsecuredJWT({ iss }).encode()}\n`);
  return file;
};

describe("an issuer's documents", () => {
  it("wait no longer than the patience", async () => {
    const issuer = await startIssuer();
    issuer.instead("/keys", () => undefined);
    const { get, deadline } = createDocuments(issuer.url, { patience: 50 });
    await expect(get(`${issuer.url}/keys`, deadline())).rejects.toThrow("did not send the issuer's keys within 0.05 s");
    issuer.instead("/keys", (_, response) => response.write("{"));
    await expect(get(`${issuer.url}/keys`, deadline())).rejects.toThrow("did not send");
    await issuer.close();
  });

  it("are never asked for with the pod's token over plain http", async () => {
    const issuer = await startIssuer();
    issuer.instead("/keys", (_, response) => response.writeHead(403).end());
    const { get, deadline } = createDocuments(issuer.url, { podToken: await podToken(issuer.url) });
    await expect(get(`${issuer.url}/keys`, deadline())).rejects.toThrow("answered 403");
    expect(issuer.asked).toEqual([{ path: "/keys", authorization: undefined }]);
    await issuer.close();
  });

  /** An API server that shows its keys to whoever has a token; asked by a process of its own, for Node reads NODE_EXTRA_CA_CERTS at its start. */
  async function askCluster(signer: (url: string) => string, isOpen = false) {
    const seen: (string | undefined)[] = [];
    const server = createServer({ key: readFileSync(tlsFile("server.key")), cert: readFileSync(tlsFile("server.pem")) }, ({ headers }, response) => {
      seen.push(headers.authorization);
      if (headers.authorization || isOpen) response.end('{"keys":[]}');
      else response.writeHead(403).end();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `https://localhost:${(server.address() as AddressInfo).port}`;
    const file = await podToken(signer(url));
    const script = `import { createDocuments } from ${JSON.stringify(module)};
      const { get, deadline } = createDocuments(${JSON.stringify(url)}, { podToken: ${JSON.stringify(file)} });
      console.log(await get(${JSON.stringify(`${url}/keys`)}, deadline()).then(JSON.stringify, (error) => error.message));`;
    const run = (env: NodeJS.ProcessEnv) => promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], { env: { ...process.env, ...env } });
    const { stdout } = await run({ NODE_EXTRA_CA_CERTS: tlsFile("ca.pem") });
    const { stdout: untrusted } = await run({ NODE_EXTRA_CA_CERTS: "" });
    server.closeAllConnections();
    server.close();
    return { said: stdout.trim().replace(/localhost:\d+/, "HOST"), untrusted: untrusted.trim().replace(/localhost:\d+/, "HOST"), seen, token: `Bearer ${readFileSync(file, "utf8").trim()}` };
  }

  it("of a cluster are asked for with the pod's token where they are refused without", async () => {
    const { said, untrusted, seen, token } = await askCluster((url) => url);
    expect([said, seen]).toEqual(['{"keys":[]}', [undefined, token]]);
    expect(untrusted).toMatch(/^HOST could not be asked for the issuer's keys: (UNABLE|SELF_SIGNED|CERT)/);
  });

  it.each([
    ["is for another issuer's", () => "https://other.example", false, "HOST answered 403 instead of the issuer's keys"],
    ["is not needed", (url: string) => url, true, '{"keys":[]}'],
  ])("never get to see a token that %s", async (_name, signer, isOpen, outcome) => {
    const { said, seen } = await askCluster(signer, isOpen);
    expect([said, seen]).toEqual([outcome, [undefined]]);
  });
});
