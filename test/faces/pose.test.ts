import type { Point } from "../../src/faces/geometry.js";
import { poseFrom68 } from "../../src/faces/pose.js";
import { qualityOf } from "../../src/faces/quality.js";
import type { Raster } from "../../src/image/picture.js";

/** A made-up head in millimetres (x right, y down, z away), not quite the one that poses are fitted with. */
const HEAD: Record<number, [number, number, number]> = {
  36: [-44, 0, 21], 39: [-19, 1, 8], 42: [19, 1, 8], 45: [44, 0, 21], 27: [0, 2, -1], 30: [0, 38, -23],
  31: [-13, 45, -4], 33: [0, 49, -9], 35: [13, 45, -4], 48: [-29, 67, 5], 54: [29, 67, 5],
};

/** The head as a camera far away sees it: pitched about x, then yawed about y, then rolled in the picture. */
function seen({ roll = 0, yaw = 0, pitch = 0, scale = 2 }): Point[] {
  const [r, w, p] = [roll, -yaw, -pitch].map((angle) => (angle * Math.PI) / 180);
  return Array.from({ length: 68 }, (_, i): Point => {
    const [x, y, z] = HEAD[i] ?? [0, 0, 0];
    const [y1, z1] = [y * Math.cos(p) - z * Math.sin(p), y * Math.sin(p) + z * Math.cos(p)];
    const x2 = x * Math.cos(w) + z1 * Math.sin(w);
    return [scale * (x2 * Math.cos(r) - y1 * Math.sin(r)) + 300, scale * (x2 * Math.sin(r) + y1 * Math.cos(r)) + 200];
  });
}

describe("pose from 68 points", () => {
  it.each([
    {}, { roll: 30 }, { roll: -170 }, { yaw: 35 }, { yaw: -50 }, { pitch: 20 }, { pitch: -25 },
    { roll: 15, yaw: 30, pitch: -10 }, { roll: -40, yaw: -20, pitch: 15 }, { yaw: 20, scale: 0.1 },
  ])("of a head held at %j", (held) => {
    const { roll, yaw, pitch } = poseFrom68(seen(held));
    expect(Math.abs(roll - (held.roll ?? 0))).toBeLessThan(3);
    expect(Math.abs(yaw - (held.yaw ?? 0))).toBeLessThan(4);
    expect(Math.abs(pitch - (held.pitch ?? 0))).toBeLessThan(4);
  });

  it("has the signs that are written: the nose of a face that looks right lies right, one that looks up lies up", () => {
    const nose = (held: object) => seen(held)[30];
    expect(nose({ yaw: 20 })[0]).toBeGreaterThan(nose({})[0]);
    expect(nose({ pitch: 20 })[1]).toBeLessThan(nose({})[1]);
    expect(seen({ roll: 20 })[45][1]).toBeGreaterThan(seen({})[45][1]);
  });

  it("stays a number where the points say nothing", () => {
    const nowhere = poseFrom68(Array.from({ length: 68 }, (): Point => [5, 5]));
    expect(Object.values(nowhere).every(Number.isFinite)).toBe(true);
  });
});

describe("quality", () => {
  const frontal = { roll: 0, yaw: 0, pitch: 0 };
  const box = { x: 20, y: 20, width: 160, height: 160 };
  /** Stripes of soft or hard edges: the softer, the blurrier. */
  const face = (softness: number): Raster => {
    const data = new Uint8Array(200 * 200 * 3);
    for (let i = 0; i < data.length; i++) {
      const x = Math.floor(i / 3) % 200;
      data[i] = 128 + 80 * Math.tanh(Math.sin(x / 6) / softness);
    }
    return { data, width: 200, height: 200 };
  };

  it("falls with blur, with a turned head and with size; roll costs nothing", () => {
    const best = qualityOf(face(0.05), box, frontal);
    expect(best).toBeGreaterThan(0.6);
    expect(best).toBeLessThanOrEqual(1);
    expect(qualityOf(face(2), box, frontal)).toBeLessThan(best);
    expect(qualityOf(face(0.05), box, { ...frontal, yaw: 45 })).toBeCloseTo(best * Math.SQRT1_2, 1);
    expect(qualityOf(face(0.05), box, { ...frontal, pitch: -60 })).toBeCloseTo(best / 2, 1);
    expect(qualityOf(face(0.05), box, { ...frontal, roll: 80 })).toBe(best);
    expect(qualityOf(face(0.05), { ...box, width: 64, height: 64 }, frontal)).toBeLessThan(best);
  });

  it("is nothing for what cannot be recognised", () => {
    expect(qualityOf(face(0.05), { ...box, width: 16, height: 12 }, frontal)).toBe(0);
    expect(qualityOf(face(0.05), box, { ...frontal, yaw: 120 })).toBe(0);
    expect(qualityOf({ data: new Uint8Array(200 * 200 * 3), width: 200, height: 200 }, box, frontal)).toBe(0);
  });
});
