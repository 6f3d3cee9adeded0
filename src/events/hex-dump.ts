const WIDTH = 16;

/** Bytes as `hexdump -C` shows them, every line two spaces in, no line break at the end. */
export function hexDump(bytes: Uint8Array): string {
  const lines = [];
  for (let at = 0; at < bytes.length; at += WIDTH) {
    const row = [...bytes.subarray(at, at + WIDTH)];
    const hex = row.map((byte) => byte.toString(16).padStart(2, "0"));
    const columns = `${hex.slice(0, 8).join(" ").padEnd(23)}  ${hex.slice(8).join(" ").padEnd(23)}`;
    const text = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".")).join("");
    lines.push(`  ${at.toString(16).padStart(8, "0")}  ${columns}  |${text}|`);
  }
  return lines.join("\n");
}
