import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { BLOCKED, loadSharp } from "../../src/image/sharp.js";

/** Classes of the loaders that our formats need: HEIF is AVIF there, without HEVC. */
const NEEDED = ["Jpeg", "Png", "Webp", "Nsgif", "Tiff", "Heif"].map((name) => `VipsForeignLoad${name}`);

/** The names of all loaders that are in the library that came with sharp. */
function loaders(): string[] {
  const require = createRequire(createRequire(import.meta.url).resolve("sharp"));
  const { platform, arch } = process;
  const libc = (process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } }).header.glibcVersionRuntime ? "" : "musl";
  const folder = dirname(require.resolve(`@img/sharp-libvips-${platform}${platform === "linux" ? libc : ""}-${arch}/lib`));
  const library = readdirSync(folder).find((name) => /^libvips-cpp\./.test(name));
  if (!library) throw new Error(`no libvips in ${folder}`);
  const names = readFileSync(join(folder, library), "latin1").match(/VipsForeignLoad[A-Z][A-Za-z0-9]*/g) ?? [];
  return [...new Set(names.map((name) => name.replace(/(File|Buffer|Source)$/, "")))];
}

describe("the loaders of libvips", () => {
  it("are known, each: one that is new is needed, or to be blocked", () => {
    const found = loaders();
    expect(found.length).toBeGreaterThan(10);
    expect(found.filter((name) => !NEEDED.includes(name) && !BLOCKED.includes(name))).toEqual([]);
  });

  it("answer for our formats only", async () => {
    const sharp = await loadSharp();
    const picture = sharp({ create: { width: 8, height: 8, channels: 3, background: "#777" } });
    for (const format of ["jpeg", "png", "webp", "gif", "tiff", "avif"] as const) {
      expect((await sharp(await picture.clone().toFormat(format).toBuffer()).metadata()).width).toBe(8);
    }
    const others = ["<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>", "%PDF-1.4\n", "1,2\n3,4\n", "2 2\n1 2\n3 4\n", "P6 1 1 255 abc", "#?RADIANCE\n", "\xb6\xa6\xf2\x08"];
    for (const bytes of others) await expect(sharp(Buffer.from(bytes.padEnd(200), "latin1")).metadata()).rejects.toThrow("unsupported image format");
  });
});
