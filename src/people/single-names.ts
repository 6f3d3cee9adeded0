/** A name may be taken for one of several photos by mistake: in one of so many cases. */
const SLOTS_PER_NAME = 16;

/**
 * Which names came once, in two bits for each of many slots that a hash of the name falls into. Names that share a slot
 * count as having come twice: nobody who has several photos is ever taken for one with a single photo.
 */
export class SingleNames {
  readonly #mask: number;
  readonly #once: Uint8Array;
  readonly #again: Uint8Array;

  /** @param names how many will be added, about */
  constructor(names: number) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(8, names * SLOTS_PER_NAME)));
    this.#mask = slots - 1;
    this.#once = new Uint8Array(slots / 8);
    this.#again = new Uint8Array(slots / 8);
  }

  /** @param name in UTF-8 */
  add(name: Uint8Array): void {
    const slot = hash(name) & this.#mask;
    const [byte, bit] = [slot >>> 3, 1 << (slot & 7)];
    this.#again[byte] |= this.#once[byte] & bit;
    this.#once[byte] |= bit;
  }

  /** Of a name that was added: whether it surely came once only. */
  has(name: string): boolean {
    const slot = hash(Buffer.from(name)) & this.#mask;
    return (this.#again[slot >>> 3] & (1 << (slot & 7))) === 0;
  }
}

/** FNV-1a of 32 bits (Fowler, Noll, Vo), its halves folded: its lower bits alone differ too little between like names. */
function hash(bytes: Uint8Array): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) value = Math.imul(value ^ bytes[i], 0x01000193);
  return (value ^ (value >>> 15)) >>> 0;
}
