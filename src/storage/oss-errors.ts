import { AccessDenied, BadKey, BucketNotFound, CredentialsFailed, ObjectArchived, ObjectNotFound, StorageTimeout, StorageUnavailable } from "../errors.js";
import type { Failure } from "../errors.js";
import { redactor } from "../secrets.js";
import type { Credentials } from "./credentials.js";
import { ossRegion } from "./names.js";
import { nameOf, type ObjectRef } from "./object-store.js";
import { isCredentialFault, type OssFault } from "./oss-fault.js";

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
 * The failure that an OSS error stands for; its message names the object, OSS's code, what OSS said, its finer code (EC)
 * and the request id.
 * Source: OSS's error codes, https://www.alibabacloud.com/help/en/oss/support/error-codes
 */
export function failureOf(error: OssFault, request: Pick<OssRequest, "ref" | "permission">, used: Credentials): Failure {
  const { status, details: { ec, requestId, retryAfter } } = error;
  const code = error.code ?? (status > 0 ? `HTTP ${status}` : "no answer");
  // Without a code the body was no error document of OSS's, and ali-oss's message quotes it: some proxy's page.
  const said = error.code === undefined && status > 0 ? "not in OSS's words" : error.message;
  const finer = ec ? `, EC ${ec}` : "";
  const id = requestId && /^[\w-]{1,64}$/.test(requestId) ? `, request id ${requestId}` : "";
  const pause = retryAfter ? `, to be left alone for ${Math.ceil(retryAfter / 1000)} s` : "";
  const kind = kindOf(error);
  return new kind(`${nameOf(request.ref)}: ${redacted(`${code} (${said})`, used).slice(0, 400)}${hintOf(error, request)}${finer}${pause}${id}`);
}

function kindOf(error: OssFault): new (message: string) => Failure {
  const { code = "", status } = error;
  const known = Object.hasOwn(BY_CODE, code) ? BY_CODE[code] : undefined;
  if (known) return known;
  if (isCredentialFault(error)) return CredentialsFailed;
  if (status === -2) return StorageTimeout;
  return status === 403 && code !== "RequestTimeTooSkewed" && !isElsewhere(error) ? AccessDenied : StorageUnavailable;
}

/** What to do about it. */
function hintOf(error: OssFault, { ref, permission }: Pick<OssRequest, "ref" | "permission">): string {
  if (error.code === "RequestTimeTooSkewed") return ": is this machine's clock right?";
  if (isElsewhere(error)) return elsewhere(error.details.endpoint, ref.region);
  return error.code === "AccessDenied" ? `: this takes ${permission}` : "";
}

/** A bucket of another region than the request was sent to or signed for: OSS redirects, in words or by its status. */
function isElsewhere({ status, code, message }: OssFault): boolean {
  return (status >= 300 && status < 400 && status !== 304) || code === "PermanentRedirect" || /specified endpoint|invalid signing region/i.test(message);
}

/** Redirections are never followed: hosts come from settings. Whatever `endpoint` says is named only where it is a region's. */
function elsewhere(endpoint = "", asked: string | undefined): string {
  const region = ossRegion(/(?:^|\.)(oss-[a-z0-9-]+?)(?:-internal)?\.aliyuncs\.com$/.exec(endpoint)?.[1]);
  const said = ossRegion(asked) ? `; the event names ${asked}` : "";
  return `: the bucket is in another region${region ? `, ${region}` : ""}: set OSS_REGION to it, and OSS_ENDPOINT where that is set${said}`;
}

/** OSS repeats the key id, and a stranger posing as OSS could repeat all that was sent, the signature too. */
export function redacted(message: string, { accessKeyId, accessKeySecret, sessionToken = "" }: Credentials): string {
  return redactor([accessKeySecret, sessionToken, accessKeyId])(message).replace(/\b[0-9a-f]{64}\b/g, "[redacted]").replace(/[\p{Cc}\s]+/gu, " ");
}
