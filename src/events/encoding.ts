import { isUtf8 } from "node:buffer";

/** The text of UTF-8 bytes, a byte order mark kept; undefined where they are no UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  return isUtf8(bytes) ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8") : undefined;
}

export function encodeUtf8(text: string): Uint8Array {
  return Buffer.from(text, "utf8");
}

/**
 * Bytes of base64 text (RFC 4648 §4; white space and missing padding are forgiven); undefined where it is none.
 * Buffer.from alone would skip whatever it cannot read.
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  const dense = text.replace(/[ \t\r\n]/g, "");
  const digits = dense.endsWith("==") ? dense.slice(0, -2) : dense.endsWith("=") ? dense.slice(0, -1) : dense;
  const padded = digits.length < dense.length;
  if (!/^[A-Za-z0-9+/]*$/.test(digits) || digits.length % 4 === 1 || (padded && dense.length % 4 !== 0)) return undefined;
  return Buffer.from(digits, "base64");
}
