/**
 * The longest that a picture may be decoded, seconds: on this project's machines ten times what noise in the slowest
 * format takes. Where nothing is damaged or made to be slow, only the machine can be: it needs room.
 */
export function patience(width: number, height: number): number {
  return 5 + Math.ceil((width * height) / 5e6);
}

export const TOO_SLOW = "decoding takes longer than a picture of its size may take";
