import { readFileSync } from "node:fs";
import { createServer, type RequestOptions } from "node:https";
import https from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { Credentials } from "../../src/storage/credentials.js";
import { fixturePath } from "../events/support.js";

/** The names of STS are in the certificate. */
const tls = (file: string) => readFileSync(fixturePath(`tls/${file}`));

/** How an answer goes wrong. */
export type StsFault =
  | "silent" // no answer
  | "half" // half of a good answer, then the connection is reset
  | "stall" // half of a good answer, then nothing
  | "garbled" // half of a good answer as if it were all
  | { status: number; code?: string; xml?: boolean }; // an error; without a code a proxy's page

export interface StsServer {
  readonly port: number;
  /** What was asked for, in order. */
  readonly requests: { host: string; form: Record<string, string> }[];
  /** Keys that were given, in order. */
  readonly given: Required<Credentials>[];
  /** The token that is taken; may be changed while it runs. */
  token: string;
  /** Milliseconds that the keys are good for. */
  lifetime: number;
  fault: StsFault | undefined;
  close(): Promise<void>;
}

export const ROLE = "acs:ram::1000000000000000:role/faces";
export const PROVIDER = "acs:ram::1000000000000000:oidc-provider/ack-rrsa";

/**
 * AssumeRoleWithOIDC of STS, on loopback and with TLS: role, provider and token are checked, errors are those that STS
 * gives. Like a real one it repeats the token in messages.
 * Source: https://www.alibabacloud.com/help/en/ram/developer-reference/api-sts-2015-04-01-assumerolewithoidc
 */
export async function startStsServer(token: string): Promise<StsServer> {
  const server = createServer({ cert: tls("server.pem"), key: tls("server.key") }, (request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const started: StsServer = {
    port: (server.address() as AddressInfo).port,
    requests: [],
    given: [],
    token,
    lifetime: 3600_000,
    fault: undefined,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };

  function refusal(request: IncomingMessage, query: URLSearchParams, form: URLSearchParams): { status: number; code: string } | undefined {
    const refuse = (status: number, code: string) => ({ status, code });
    if (request.method !== "POST" || query.get("Action") !== "AssumeRoleWithOIDC" || query.get("Version") !== "2015-04-01") return refuse(404, "InvalidAction.NotFound");
    if (Math.abs(Date.parse(query.get("Timestamp") ?? "") - Date.now()) > 15 * 60_000) return refuse(400, "InvalidTimeStamp.Expired");
    if (form.get("RoleArn") !== ROLE) return refuse(404, "EntityNotExist.Role");
    if (form.get("OIDCProviderArn") !== PROVIDER) return refuse(404, "EntityNotExist.OIDCProvider");
    if (!/^[\w.@-]{2,64}$/.test(form.get("RoleSessionName") ?? "")) return refuse(400, "InvalidParameter.RoleSessionName");
    if (form.get("DurationSeconds") !== "3600") return refuse(400, "InvalidParameter.DurationSeconds");
    return form.get("OIDCToken") === started.token ? undefined : refuse(400, "AuthenticationFail.OIDCToken.Expired");
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(await text(request));
    started.requests.push({ host: request.headers.host ?? "", form: Object.fromEntries(form) });
    const { fault } = started;
    if (fault === "silent") return;
    const RequestId = `5D088840-2F4A-4F7D-9D0F-${String(started.requests.length).padStart(12, "0")}`;
    const refused = typeof fault === "object" ? fault : refusal(request, new URL(request.url ?? "", "https://sts").searchParams, form);
    if (refused) {
      if (!refused.code) return void response.writeHead(refused.status, { "content-type": "text/html" }).end("<html>down</html>");
      const fields = { RequestId, HostId: "sts.aliyuncs.com", Code: refused.code, Message: `The token ${form.get("OIDCToken")} is not taken.` };
      const xml = `<?xml version='1.0'?><Error>${Object.entries(fields).map(([name, value]) => `<${name}>${value}</${name}>`).join("")}</Error>`;
      return void response.writeHead(refused.status).end("xml" in refused && refused.xml ? xml : JSON.stringify(fields));
    }
    const number = String(started.given.length + 1).padStart(4, "0");
    const key = { accessKeyId: `STS.NStsKeyId${number}`, accessKeySecret: `StsSecretOfTheRole${number}/+`, sessionToken: `CAISStsSessionToken${number}/+==` };
    started.given.push(key);
    const Expiration = new Date(Date.now() + started.lifetime).toISOString().replace(/\.\d+/, "");
    const Credentials = { AccessKeyId: key.accessKeyId, AccessKeySecret: key.accessKeySecret, SecurityToken: key.sessionToken, Expiration };
    const whole = JSON.stringify({ RequestId, AssumedRoleUser: { Arn: `${ROLE}/session`, AssumedRoleId: "1:session" }, Credentials });
    const half = whole.slice(0, whole.indexOf("Expiration"));
    if (fault === "garbled") return void response.end(half);
    if (fault === undefined) return void response.end(whole);
    response.writeHead(200, { "content-length": whole.length });
    response.write(half, () => fault === "half" && request.socket.destroy());
  }
  return started;
}

/**
 * Sends what this process asks of `sts*.aliyuncs.com` to a port on loopback and trusts the test's certificate, as a
 * hosts file and a CA bundle would; the name in the certificate is checked.
 * @returns puts it back
 */
export function redirectSts(port: number): () => void {
  const { request } = https;
  const ca = tls("ca.pem");
  https.request = ((options: RequestOptions, ...rest: []) => {
    const host = String(options.host);
    return /^sts[\w.-]*\.aliyuncs\.com$/.test(host) ? request({ ...options, host: "127.0.0.1", port, ca, servername: host, headers: { ...options.headers, host } }, ...rest) : request(options, ...rest);
  }) as typeof request;
  return () => void (https.request = request);
}
