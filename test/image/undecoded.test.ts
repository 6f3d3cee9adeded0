import { greenBlocks, hasGaps, type Plane } from "../../src/image/undecoded.js";

const SIZE = 48;

/** Grey around a block of the green that lost pixels have. */
function picture() {
  const data = Buffer.alloc(SIZE * SIZE * 3, 90);
  for (let y = 16; y < 32; y++) for (let x = 16; x < 32; x++) data.set([0, 135, 0], 3 * (y * SIZE + x));
  return { data, width: SIZE, height: SIZE, stride: SIZE * 3, channels: 3 as const };
}

/** A channel that is zero at the middle block, with rows longer than what is seen of them. */
function channel(across: number, down: number, bytes: number): Plane {
  const [width, height, stride] = [SIZE / across, SIZE / down, (SIZE / across) * bytes + 8];
  const data = Buffer.alloc(stride * height, 1);
  for (let y = 16 / down; y < 32 / down; y++) data.fill(0, y * stride + (16 / across) * bytes, y * stride + (32 / across) * bytes);
  return { data, width, height, stride, bytes };
}

describe("blocks that were never decoded", () => {
  const codings = [1, 2].flatMap((bytes) => [[1, 1], [2, 1], [2, 2]].map(([across, down]) => ({ bytes, across, down })));
  const coded = ({ bytes, across, down }: (typeof codings)[0]) => [channel(1, 1, bytes), channel(across, down, bytes), channel(across, down, bytes)];

  it.each(codings)("are even green and zero in all channels: %j", (coding) => {
    const patch = picture();
    const blocks = greenBlocks(patch);
    expect(blocks).toEqual([{ left: 20, top: 20, right: 28, bottom: 28 }]);
    expect(hasGaps(blocks, patch, coded(coding))).toBe(true);
  });

  it.each(codings)("have no sample that is not zero in any channel: %j", (coding) => {
    const patch = picture();
    for (const which of [0, 1, 2]) {
      const planes = coded(coding);
      const { data, width, height, stride, bytes } = planes[which];
      const [x, y] = [width, height].map((side) => Math.floor((27 * side) / SIZE)); // the last that is looked at
      data[y * stride + (x + 1) * bytes - 1] = 2;
      expect(hasGaps(greenBlocks(patch), patch, planes)).toBe(false);
    }
  });

  it("are not told by zeros elsewhere, nor where there are no such channels", () => {
    const patch = picture();
    const elsewhere = [{ left: 4, top: 4, right: 12, bottom: 12 }];
    expect(hasGaps(elsewhere, patch, coded(codings[0]))).toBe(false);
    for (const count of [0, 1]) expect(hasGaps(greenBlocks(patch), patch, coded(codings[0]).slice(0, count))).toBe(false);
  });

  it("are no uneven green", () => {
    const patch = picture();
    patch.data[3 * (22 * SIZE + 22) + 1] = 134;
    expect(greenBlocks(patch)).toEqual([]);
  });
});
