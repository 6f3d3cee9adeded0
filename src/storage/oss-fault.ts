import type { IncomingHttpHeaders } from "node:http";
import { z } from "zod";
import { StorageUnavailable } from "../errors.js";
import { retryAfter } from "../pauses.js";
import { xmlField } from "./xml-field.js";

/** What an error says beside its code and message. */
export interface FaultDetails {
  requestId?: string;
  /** OSS's finer error code, such as `0048-00000113`. */
  ec?: string;
  /** Milliseconds that OSS wants to be left alone. */
  retryAfter?: number;
  /** OSS's clock, milliseconds since 1970. */
  serverTime?: number;
  /** Where the bucket is, by host. */
  endpoint?: string;
}

/** What OSS or the network had against a request. */
export class OssFault extends Error {
  /**
   * @param status of HTTP; -1 for the network, -2 for a timeout, as in ali-oss; 0 where nothing was sent
   * @param code OSS's, or Node's for the network
   */
  constructor(
    message: string,
    readonly status = 0,
    readonly code?: string,
    readonly details: FaultDetails = {},
  ) {
    super(message);
    this.name = code ?? "OssFault"; // ali-oss passes on the name of what its HTTP client throws as the code
  }
}

const thrownSchema = z.object({
  message: z.string().catch(""),
  status: z.number().optional().catch(undefined),
  code: z.string().optional().catch(undefined),
  requestId: z.string().optional().catch(undefined),
});

/**
 * Takes the harmless parts of what ali-oss threw; the rest of it (requests, headers) may hold credentials.
 * @param answer what it was thrown for, if there was an answer: ali-oss reads only some of it
 */
export function cleaned(thrown: unknown, answer?: { headers: IncomingHttpHeaders; data?: Uint8Array }): OssFault {
  const { message, status, code, requestId } = thrownSchema.catch({ message: "" }).parse(thrown);
  return new OssFault(message, status, code, { ...(requestId && { requestId }), ...(answer && detailsOf(answer.headers, Buffer.from(answer.data ?? []).toString())) });
}

/**
 * What can be OSS's time, whatever this clock says: a machine without a battery begins in 1970. With some other times
 * nothing could be signed any more.
 */
const TIMES = { from: Date.UTC(2025), to: Date.UTC(2100) };

function detailsOf({ "x-oss-ec": header, "retry-after": retry, date, location }: IncomingHttpHeaders, document: string): FaultDetails {
  const ec = xmlField(document, "EC") ?? header?.toString() ?? "";
  const serverTime = [xmlField(document, "ServerTime"), date].map((text) => Date.parse(text ?? "")).find((time) => time > TIMES.from && time < TIMES.to);
  const asked = retryAfter(retry, serverTime ?? Date.now());
  const endpoint = xmlField(document, "Endpoint") ?? (location !== undefined && URL.canParse(location) ? new URL(location).hostname : undefined);
  return {
    ...(/^[\w-]{1,40}$/.test(ec) && { ec }),
    ...(asked !== undefined && { retryAfter: asked }),
    ...(serverTime !== undefined && { serverTime }),
    ...(endpoint !== undefined && { endpoint }),
  };
}

/** Passing ones among OSS's codes that have a status below 500. */
const PASSING = new Set(["RequestTimeout", "QpsLimitExceeded", "TotalQpsLimitExceeded", "DownloadTrafficRateLimitExceeded", "UploadTrafficRateLimitExceeded", "ServiceBusy", "TooManyRequests"]);

/** Whether another try may end better: after most of 4xx never. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof OssFault)) return error instanceof StorageUnavailable; // bytes that were not what the headers announced
  const { status, code = "" } = error;
  return status < 0 || status >= 500 || status === 408 || status === 429 || PASSING.has(code);
}

/** Whether a request never left: it could not be signed, for instance. */
export function isUnsent(error: unknown): boolean {
  return error instanceof OssFault && error.status === 0;
}

/** Credentials that OSS does not take (any more). */
export function isCredentialFault(error: unknown): boolean {
  const code = error instanceof OssFault ? error.code : undefined;
  return code !== undefined && /^(InvalidAccessKey|AccessKey|SignatureDoesNotMatch|SecurityToken|InvalidSecurityToken)/.test(code);
}

/** How far OSS's clock is ahead of this one, milliseconds, where OSS refused a request for its time; else undefined. */
export function skewIn(error: unknown): number | undefined {
  if (!(error instanceof OssFault) || error.code !== "RequestTimeTooSkewed") return undefined;
  const { serverTime } = error.details;
  return serverTime === undefined ? undefined : serverTime - Date.now();
}
