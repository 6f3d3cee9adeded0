import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** How one answer goes wrong. */
export type Fault =
  | "silent" // no answer at all
  | "reset" // the connection is reset before an answer
  | "stale" // the same, where the connection was used before: it was kept alive for too long
  | "chunked" // the object without a Content-Length
  | { head: number } // so many bytes of the status line and headers, then the connection is reset
  | { drip: number } // so many bytes at a time, 50 ms apart
  | { stall: number } // so many bytes of the body, then nothing
  | { cut: number } // so many bytes of the body, then the connection is reset
  | { page: string } // this document with status 200
  | { length: number } // this Content-Length, whatever the object's size
  | { md5: string } // this Content-MD5
  | Refusal; // an error; without a code the body is a proxy's page

export interface Refusal {
  status: number;
  code?: string;
  message?: string;
  /** More fields of the error document, such as EC. */
  extra?: Record<string, string>;
  headers?: Record<string, string>;
}

/** What goes wrong after the headers. */
export type BodyFault = Exclude<Fault, "silent" | "reset" | "stale" | { head: number } | Refusal>;

const MESSAGES = new Map(Object.entries({
  NoSuchKey: "The specified key does not exist.",
  NoSuchBucket: "The specified bucket does not exist.",
  AccessDenied: "You have no right to access this object because of bucket acl.",
  InvalidObjectState: "The operation is not valid for the object's state",
  InvalidAccessKeyId: "The OSS Access Key Id you provided does not exist in our records.",
  SignatureDoesNotMatch: "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
  SecurityTokenExpired: "The security token you provided has expired.",
  RequestTimeTooSkewed: "The difference between the request time and the current time is too large.",
  InvalidArgument: "Invalid signing region in Authorization header.",
}));

export function sendBody(response: ServerResponse, bytes: Uint8Array, fault: BodyFault | undefined): void {
  if (fault !== "chunked") response.setHeader("content-length", typeof fault === "object" && "length" in fault ? fault.length : bytes.length);
  if (typeof fault === "object" && "drip" in fault) void drip(response, bytes, fault.drip);
  else if (typeof fault === "object" && "stall" in fault) response.write(bytes.subarray(0, fault.stall));
  else if (typeof fault === "object" && "cut" in fault) response.write(bytes.subarray(0, fault.cut), () => response.socket?.destroy());
  else response.end(bytes);
}

async function drip(response: ServerResponse, bytes: Uint8Array, step: number): Promise<void> {
  for (let at = 0; at < bytes.length && !response.destroyed; at += step) {
    response.write(bytes.subarray(at, at + step));
    await sleep(50);
  }
  response.end();
}

/** An error as OSS writes it. */
export function sendError(response: ServerResponse, { status, code, message, extra = {}, headers = {} }: Refusal): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (code === undefined) {
    if (response.req.method === "HEAD") response.removeHeader("x-oss-request-id"); // nothing else tells that it is not OSS's
    response.writeHead(status, { "content-type": "text/html" }).end(`<html><h1>${status}<br></h1></html>`);
    return;
  }
  const id = String(response.getHeader("x-oss-request-id"));
  const fields: Record<string, string> = { Code: code, Message: message ?? MESSAGES.get(code) ?? code, RequestId: id, HostId: "oss.test", ...extra };
  const xml = Object.entries(fields).map(([name, value]) => `  <${name}>${value.replace(/[<&]/g, (char) => `&#${char.charCodeAt(0)};`)}</${name}>\n`);
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n<Error>\n${xml.join("")}</Error>\n`;
  if (response.req.method === "HEAD") response.setHeader("x-oss-err", Buffer.from(text).toString("base64")); // there is no body
  response.writeHead(status, { "content-type": "application/xml" }).end(text);
}
