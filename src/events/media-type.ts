/** A media type without its parameters, in lower case: `application/json` of `Application/JSON;charset=utf-8`. */
export function mediaType(contentType: string): string {
  return (contentType.split(";", 1)[0] ?? "").trim().toLowerCase();
}

/** The charset parameter in lower case, where there is one (RFC 9110 §8.3.2). */
export function charset(contentType: string): string | undefined {
  return /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType)?.[1]?.toLowerCase();
}

/** True for JSON by name, `…+json` included, and where there is no type: CloudEvents JSON format §3.1. */
export function isJson(contentType: string | undefined): boolean {
  return contentType === undefined || /^[^/]+\/(?:[^/]+\+)?json$/.test(mediaType(contentType));
}
