import { z } from "zod";
import { AccessDenied, BadKey, BucketNotFound, CredentialsFailed, ObjectArchived, ObjectNotFound, StorageTimeout, StorageUnavailable } from "../errors.js";
import type { Failure } from "../errors.js";
import type { Credentials } from "./credentials.js";
import { nameOf, type ObjectRef } from "./object-store.js";

/** What OSS or the network had against a request. */
export class OssFault extends Error {
  /**
   * @param status of HTTP; -1 for the network, -2 for a timeout, as in ali-oss
   * @param code OSS's, or Node's for the network
   */
  constructor(
    message: string,
    readonly status = 0,
    readonly code?: string,
    readonly requestId?: string,
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

/** Takes the harmless parts of what ali-oss threw; the rest of it (requests, headers) may hold credentials. */
export function cleaned(thrown: unknown): OssFault {
  const { message, status, code, requestId } = thrownSchema.catch({ message: "" }).parse(thrown);
  return new OssFault(message, status, code, requestId);
}

/** Whether another try may end better: never after a 4xx. */
export function isPassing(error: unknown): boolean {
  if (error instanceof OssFault) return error.status < 0 || error.status >= 500;
  return error instanceof StorageUnavailable; // bytes that were not what the headers announced
}

/** Credentials that OSS does not take (any more). */
export function isCredentialFault(error: unknown): boolean {
  const code = error instanceof OssFault ? error.code : undefined;
  return code !== undefined && /^(InvalidAccessKey|AccessKey|SignatureDoesNotMatch|SecurityToken|InvalidSecurityToken)/.test(code);
}

/** What is asked of OSS. */
export interface OssRequest {
  ref: ObjectRef;
  signal: AbortSignal;
  /** As OSS's policies name it. */
  permission: "oss:GetObject" | "oss:ListObjects" | "oss:DeleteObject" | "oss:PutObject" | "oss:AbortMultipartUpload";
  /** For messages: what was not done in time. */
  work: string;
  /** Which faults another try may mend: by default all that pass; `refused` where it may have been done although no answer came; `none` where its body is gone. */
  again?: "refused" | "none";
}

const BY_CODE: Record<string, new (message: string) => Failure> = {
  NoSuchKey: ObjectNotFound,
  SymlinkTargetNotExist: ObjectNotFound,
  NoSuchBucket: BucketNotFound,
  InvalidBucketName: BucketNotFound,
  InvalidObjectState: ObjectArchived,
  InvalidObjectName: BadKey,
};

/**
 * The failure that an OSS error stands for; its message names the object, OSS's code, what OSS said and the request id.
 * Source: OSS's error codes, https://www.alibabacloud.com/help/en/oss/support/error-codes
 */
export function failureOf(error: OssFault, { ref, permission }: Pick<OssRequest, "ref" | "permission">, used: Credentials): Failure {
  const { status, requestId } = error;
  const code = error.code ?? (status > 0 ? `HTTP ${status}` : "no answer");
  // Without a code the body was no error document of OSS's, and ali-oss's message quotes it: some proxy's page.
  const said = error.code === undefined && status > 0 ? "not in OSS's words" : error.message;
  const hint = error.code === "RequestTimeTooSkewed" ? ": is this machine's clock right?" : error.code === "AccessDenied" ? `: this takes ${permission}` : "";
  const id = requestId && /^[\w-]{1,64}$/.test(requestId) ? `, request id ${requestId}` : "";
  const kind = kindOf(error);
  return new kind(`${nameOf(ref)}: ${redacted(`${code} (${said})`, used).slice(0, 400)}${hint}${id}`);
}

function kindOf(error: OssFault): new (message: string) => Failure {
  const { code = "", status } = error;
  const known = Object.hasOwn(BY_CODE, code) ? BY_CODE[code] : undefined;
  if (known) return known;
  if (isCredentialFault(error)) return CredentialsFailed;
  if (status === -2) return StorageTimeout;
  return status === 403 && code !== "RequestTimeTooSkewed" ? AccessDenied : StorageUnavailable;
}

/** OSS repeats the key id, and a stranger posing as OSS could repeat all that was sent, the signature too. */
export function redacted(message: string, { accessKeyId, accessKeySecret, sessionToken }: Credentials): string {
  let clean = message;
  for (const secret of [accessKeySecret, sessionToken, accessKeyId]) if (secret) clean = clean.replaceAll(secret, "***");
  return clean.replace(/\b[0-9a-f]{64}\b/g, "***").replace(/[\p{Cc}\s]+/gu, " ");
}
