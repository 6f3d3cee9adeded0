/** Random numbers once, of which every vector takes a stretch: making a million people takes seconds. */
const POOL = 2 ** 22;
const FIRST = 128;
const SECOND = 128;
/** People in a group look alike. */
const GROUP = 20;
/**
 * Like the descriptors of the sample and fixture photos (68 faces, 18 of three people): the first numbers 1.48 long of which
 * 1.36 is common to all, two people 0.78 apart (median), two photos of one 0.35, in about 30 directions; the others 1 long,
 * 1 - cosine 0.9 (0.1 more or less) and 0.25. Shares of squared length.
 */
const LENGTHS = { first: { common: 1.36, person: 0.49, photo: 0.25, fading: 25 }, second: { common: 0.31, person: 0.81, photo: 0.5, fading: 50 } };
const LIKENESS = 0.5;

/** People who look like real ones to a gallery, the same ones each time. */
export function madeUpPeople(length: number): (person: number, photo: number) => Float32Array {
  const pool = gaussians();
  const parts = [
    { from: 0, to: FIRST, weights: fading(FIRST, LENGTHS.first.fading), ...LENGTHS.first },
    { from: FIRST, to: FIRST + SECOND, weights: fading(SECOND, LENGTHS.second.fading), ...LENGTHS.second },
  ].filter(({ from }) => from < length);
  const alike = Math.sqrt(LIKENESS);
  const own = Math.sqrt(1 - LIKENESS);
  return (person, photo) => {
    const made = new Float32Array(length);
    const starts = [1, 2 + Math.floor(person / GROUP) * 2, 1 + person * 2].map((seed, i) => start(seed * 3 + i));
    const noise = start((person * 1_000_003 + photo) * 3 + 5);
    for (const { from, to, weights, common, person: personal, photo: shot } of parts) {
      for (let k = from; k < to; k++) {
        const face = alike * pool[starts[1] + k] + own * pool[starts[2] + k];
        made[k] = weights[k - from] * (personal * face + shot * pool[noise + k]) + (common * pool[starts[0] + k]) / Math.sqrt(to - from);
      }
    }
    return made;
  };

  function start(seed: number): number {
    return hash(seed) % (POOL - FIRST - SECOND);
  }
}

/** Weights that fall off over about `width` directions, 1 long together. */
function fading(length: number, width: number): Float32Array {
  const weights = Float32Array.from({ length }, (_, k) => Math.exp(-k / width));
  const total = Math.sqrt(weights.reduce((sum, weight) => sum + weight ** 2, 0));
  return weights.map((weight) => weight / total);
}

/** @see Box and Muller (1958) */
function gaussians(): Float32Array {
  const pool = new Float32Array(POOL);
  for (let i = 0; i < POOL; i += 2) {
    const radius = Math.sqrt(-2 * Math.log((hash(i) + 1) / 2 ** 32));
    const angle = (2 * Math.PI * hash(i + 1)) / 2 ** 32;
    pool[i] = radius * Math.cos(angle);
    pool[i + 1] = radius * Math.sin(angle);
  }
  return pool;
}

/** 32 bits that look random. @see MurmurHash3's finaliser */
function hash(seed: number): number {
  let bits = (seed ^ (seed / 2 ** 32)) | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
