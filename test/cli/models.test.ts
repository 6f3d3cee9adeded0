import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AnalyzedData } from "../../src/events/result-schema.js";
import { sha256 } from "../../src/models/checksum.js";
import { Graph } from "../../src/models/graph.js";
import { manifest } from "../../src/models/manifest.js";
import { sample } from "../faces/samples.js";
import { fileServer, serve, status } from "../models/file-server.js";

const here = fileURLToPath(new URL("../../../", import.meta.url));

/** A package as it is installed, whose manifest names a small model in SFace's place: the real one is 38 MB elsewhere. */
const root = mkdtempSync(join(tmpdir(), "installed-"));
const sface = smallModel();
const photo = join(root, "photo.jpg");
let url: string;
let server: Awaited<ReturnType<typeof fileServer>>;

beforeAll(async () => {
  server = await fileServer(serve(sface));
  url = `${server.url}/sface.onnx`;
  for (const part of ["bin", "dist/src", "package.json", "models/manifest.json"]) cpSync(join(here, part), join(root, part), { recursive: true });
  symlinkSync(join(here, "models/built"), join(root, "models/built"));
  symlinkSync(join(here, "node_modules"), join(root, "node_modules"));
  const identity = { sha256: sha256(sface), bytes: sface.length };
  const optional = manifest().optional.map((model) =>
    model.name === "sface" ? { ...model, ...identity, download: { ...model.download, ...identity, addresses: [url] } } : model,
  );
  writeFileSync(join(root, "models/manifest.json"), JSON.stringify({ ...manifest(), optional }));
  writeFileSync(photo, sample(1));
});
afterAll(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});
beforeEach(() => rmSync(join(root, "models/optional"), { recursive: true, force: true }));

/** As much of SFace as its input and output: the mean colour of a chip, as 128 numbers. */
function smallModel(): Uint8Array {
  const graph = new Graph("sface", { name: "data", shape: [1, 3, 112, 112] });
  const weights = { shape: [3, 128], data: Float32Array.from({ length: 384 }, (_, i) => Math.sin(i)) };
  graph.output(graph.fullyConnected(graph.globalAverage(graph.input), weights), { name: "fc1", shape: [1, 128] });
  return graph.encode();
}

function ossFaces(args: string[], env: Record<string, string> = {}): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [join(root, "bin/oss-faces.js"), ...args], { env: { ...process.env, ...env } }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

describe("models get", () => {
  it("downloads an optional model, says where it is, and does it once", async () => {
    const file = join(root, "models/optional/sface.onnx");
    expect(await ossFaces(["models", "get", "sface"])).toEqual({ code: 0, stdout: `sface is there, verified: ${file}\n`, stderr: "" });
    expect(sha256(readFileSync(file))).toBe(sha256(sface));
    const requests = server.ranges.length;
    expect(await ossFaces(["models", "get", "sface"])).toMatchObject({ code: 0, stdout: `sface is there already, verified: ${file}\n` });
    expect(server.ranges).toHaveLength(requests);
  });

  it("takes a file, another address and another folder", async () => {
    const brought = join(root, "brought.onnx");
    const folder = join(root, "mounted/models");
    writeFileSync(brought, sface);
    expect(await ossFaces(["models", "get", "sface", "--from", brought, "--models", folder])).toMatchObject({ code: 0, stderr: "" });
    rmSync(join(folder, "sface.onnx"));
    expect(await ossFaces(["models", "get", "sface", "--from", url], { MODELS: folder })).toMatchObject({ code: 0, stderr: "" });
    expect([existsSync(join(folder, "sface.onnx")), existsSync(join(root, "models/optional"))]).toEqual([true, false]);
  });

  it("says what to do where nothing can be had, and exits with 1", async () => {
    const gone = await fileServer(status(404));
    const { code, stdout, stderr } = await ossFaces(["models", "get", "sface", "--from", `${gone.url}/x`]);
    await gone.close();
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toBe(
      `sface could not be downloaded:\n  ${gone.url}/x\n    answers 404 Not Found\n` +
        `By hand: bring face_recognition_sface_2021dec.onnx (${sface.length} bytes, sha256 ${sha256(sface)}) to this machine, then\n  oss-faces models get sface --from FILE\n`,
    );
  });

  it.each([
    [[], "models get needs a name: yunet, sface"],
    [["mtcnn"], "models get mtcnn: there is only yunet, sface"],
    [["yunet", "sface", "--from", "x"], "--from is for one model"],
    [["yunet", "--from", "ftp://host/x"], "--from: must be an http or https address"],
    [["yunet", "--from", "https://user:hunter22@host/x"], "--from: must be an address without a user name or password"],
  ])("%o is wrong usage: exit 2", async (args, message) => {
    const { code, stderr } = await ossFaces(["models", "get", ...args]);
    expect([code, stderr]).toEqual([2, `${message}\n`]);
  });
});

describe("models", () => {
  it("lists optional models, too; that they are not here is no failure, and a damaged one is said", async () => {
    mkdirSync(join(root, "models/optional"));
    writeFileSync(join(root, "models/optional/sface.onnx"), "damaged");
    const { code, stdout } = await ossFaces(["models"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^yunet: .*\n {2}MIT, from OpenCV Zoo \(https:.*\n.*\n {2}not here: oss-faces models get yunet$/m);
    expect(stdout).toMatch(/^sface: .*\n {2}Apache-2\.0, .*\n.*\n {2}damaged: oss-faces models get sface$/m);
    const { optional } = JSON.parse((await ossFaces(["models", "--json"])).stdout) as { optional: { name: string; present: boolean }[] };
    expect(optional.map(({ name, present }) => [name, present])).toEqual([["yunet", false], ["sface", false]]);
  });
});

describe("a setting that names an optional model", () => {
  it.each([["detect", photo], ["serve", "--port=0"]])("that is not there ends %s with 1 and the command that gets it", async (...args) => {
    const { code, stdout, stderr } = await ossFaces(args, { DETECTOR: "yunet", METRICS_PORT: "0", STORAGE: root });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(`The model yunet is missing or damaged (${join(root, "models/optional/yunet.onnx")}): oss-faces models get yunet downloads it.`);
    expect(stderr).not.toContain("    at ");
  });

  it("uses it, and the result says so", async () => {
    await ossFaces(["models", "get", "sface"]);
    const { code, stdout } = await ossFaces(["detect", photo, "--json", "--details", "descriptor"], { RECOGNITION: "sface" });
    const { faces, engine } = JSON.parse(stdout) as AnalyzedData;
    expect([code, faces.length, faces[0].descriptor?.length]).toEqual([0, 3, 128]);
    expect(engine.models.map(({ name }) => name)).toEqual(["centerface", "landmarks", "sface"]);
    expect(engine.models[2].sha256).toBe(sha256(sface));
  });
});
