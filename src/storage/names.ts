import { BadKey, BucketNotFound } from "../errors.js";
import { percentDecoded } from "../percent-decoded.js";

/**
 * OSS: 3 to 63 lower-case letters, digits and hyphens, none of the latter at either end. A name that breaks the rule
 * would become part of a host name, so it is refused before anything is sent.
 */
export function checkBucketName(bucket: string): void {
  if (!/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(bucket)) throw new BucketNotFound(`${JSON.stringify(bucket)} is not a bucket name`);
}

/** Ids such as `cn-hangzhou`, `ap-southeast-1`, `cn-north-2-gov-1`, `rg-china-mainland`; which network is asked is a setting's matter. */
const REGION = /^(?:oss-)?([a-z]{2}(?:-[a-z0-9]+){1,4}?)(?:-internal)?$/;

/** `cn-hangzhou` or `oss-cn-hangzhou` as ali-oss wants it: `oss-cn-hangzhou`; undefined for what is no region's name. */
export function ossRegion(name: string | undefined): string | undefined {
  const id = name === undefined || name.length > 40 ? undefined : REGION.exec(name)?.[1];
  return id === undefined ? undefined : `oss-${id}`;
}

/**
 * Refuses keys that OSS does not allow, and those that ali-oss (a leading `/`) or the URL parser (segments `.` and
 * `..`) would turn into another object's.
 * @throws BadKey
 */
export function checkKey(key: string): void {
  const wrong = keyFault(key);
  if (wrong) throw new BadKey(`The key ${JSON.stringify(key.slice(0, 200))} ${wrong}`);
}

function keyFault(key: string): string | undefined {
  if (key === "") return "is empty";
  const bytes = Buffer.from(key);
  if (bytes.length > 1023) return `has ${bytes.length} bytes of UTF-8; OSS allows 1023`;
  if (bytes.toString() !== key) return "is not valid Unicode";
  if (key.includes("\0")) return "has a NUL character";
  if (key.startsWith("/")) return "starts with /";
  if (key.split("/").some((segment) => segment === "." || segment === "..")) return "has a segment . or ..";
  return undefined;
}

/** The percent-decoded key, where that is another key that may be read. */
export function decodedKey(key: string): string | undefined {
  const decoded = percentDecoded(key);
  return decoded === key || keyFault(decoded) ? undefined : decoded;
}
