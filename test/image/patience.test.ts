import { DecodingTooSlow } from "../../src/errors.js";
import { decodePicture } from "../../src/image/decode.js";
import { Patience } from "../../src/image/patience.js";
import { jpegOfProcess, plain } from "../kit/bombs.js";
import { heic } from "../kit/heic.js";

/** A clock that stands still but for what the test lets pass, milliseconds. */
function setUp(megapixels: number, most?: number) {
  let time = 0;
  const patience = new Patience({ width: 1000 * megapixels, height: 1000 }, most, () => time);
  const asked: number[] = [];
  const fail = (seconds: number) =>
    patience.attempt((given) => {
      asked.push(given);
      time += 1000 * seconds;
      return Promise.reject(new Error("damaged"));
    });
  return { patience, asked, fail, pass: (seconds: number) => (time += 1000 * seconds) };
}

describe("the time that a picture may be decoded", () => {
  it("is one for all attempts, below what whoever waits has", async () => {
    const { asked, fail } = setUp(150, 20);
    await expect(fail(12.5)).rejects.toThrow("damaged");
    await expect(fail(6.9)).rejects.toThrow("damaged");
    await expect(fail(1)).rejects.toThrow(DecodingTooSlow); // nothing is left, it is not begun
    expect(asked).toEqual([20, 7]);
  });

  it.each([[0.01, undefined, 6], [150, undefined, 35], [150, 20, 20], [0.01, 0.3, 2]])("of %p megapixels, within %p s, is %d s; what fails later was too slow", async (megapixels, most, seconds) => {
    await expect(setUp(megapixels, most).fail(seconds - 0.1)).rejects.toThrow("damaged");
    await expect(setUp(megapixels, most).fail(seconds)).rejects.toThrow(DecodingTooSlow);
  });

  it("is no reason to throw away what came out all the same", async () => {
    const { patience, pass } = setUp(1);
    expect(await patience.attempt(() => Promise.resolve(pass(100) && "a picture"))).toBe("a picture");
  });

  it("can be watched", () => {
    const { patience, pass } = setUp(1, 10);
    const check = patience.clock();
    pass(6);
    check();
    pass(0.1);
    expect(check).toThrow(DecodingTooSlow);
  });
});

describe("where the machine stands still while a picture is decoded", () => {
  const now = performance.now.bind(performance);
  afterEach(() => void Reflect.deleteProperty(performance, "now"));

  it.each([
    ["JPEG", () => jpegOfProcess(10, 64)], // libjpeg warns of it: the first attempt fails, as by sharp's time limit
    ["HEIC", () => heic(plain())],
  ])("a %s is not called damaged", async (_, make) => {
    const bytes = await make();
    let looks = 0;
    performance.now = () => now() + 1e5 * looks++;
    await expect(decodePicture(bytes, { maxPixels: 1e6, workingSize: 512 })).rejects.toThrow(DecodingTooSlow);
  });
});
