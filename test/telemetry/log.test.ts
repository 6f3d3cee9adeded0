import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { StorageTimeout, NotAnEvent } from "../../src/errors.js";
import { keepSecret, keepSettings } from "../../src/secrets.js";
import { createLog, type LogOptions } from "../../src/telemetry/log.js";

function logged(options: Partial<LogOptions>, use: (log: ReturnType<typeof createLog>) => void): string {
  let text = "";
  use(createLog({ format: "text", level: "info", write: (part) => (text += part), ...options }));
  return text;
}
const event = { specversion: "1.0" as const, id: "1", type: "t", source: "/s", extensions: {}, written: {} };

describe("the text log", () => {
  it.each([
    ["debug", ["debug: d", "i", "warn: w", "error: e"]],
    ["info", ["i", "warn: w", "error: e"]],
    ["warn", ["warn: w", "error: e"]],
    ["error", ["error: e"]],
  ] as const)("at level %s", (level, expected) => {
    const text = logged({ level }, (log) => {
      log.line("debug", "d");
      log.line("info", "i");
      log.line("warn", "w");
      log.line("error", "e");
    });
    expect(text.trim().split("\n")).toEqual(expected);
  });

  it("says outcomes in one line each", () => {
    const text = logged({}, (log) => {
      log.skipped("photos/notes.txt", "not-a-picture");
      log.refused("retry", new StorageTimeout("photos/a.jpg: no answer"), "");
      log.refused("rejected", new NotAnEvent("no ce-specversion header"), "text/plain; 2 bytes: hi");
    });
    expect(text).toBe(
      "skipped photos/notes.txt: not-a-picture\n" +
        "warn: retry: storage-timeout: photos/a.jpg: no answer\n" +
        "error: rejected: not-an-event: no ce-specversion header (text/plain; 2 bytes: hi)\n",
    );
  });

  it("is not at the mercy of object names", () => {
    expect(logged({}, (log) => log.skipped("photos/\u001b[2J\nfaked line", "excluded"))).toBe("skipped photos/\\x1b[2J\\x0afaked line: excluded\n");
  });
});

describe("the JSON log", () => {
  it("is one object a line, with level, time and outcome", () => {
    const lines = logged({ format: "json" }, (log) => {
      log.event(event);
      log.skipped("photos/notes.txt", "not-a-picture");
      log.refused("retry", new StorageTimeout("slow"), "");
    }).trim().split("\n").map((line) => JSON.parse(line) as object);
    expect(lines).toEqual([
      { level: "info", time: expect.any(String), outcome: "displayed", event: { specversion: "1.0", id: "1", type: "t", source: "/s" }, msg: "event" },
      { level: "info", time: expect.any(String), outcome: "skipped", what: "photos/notes.txt", reason: "not-a-picture", msg: "skipped photos/notes.txt: not-a-picture" },
      { level: "warn", time: expect.any(String), outcome: "retry", code: "storage-timeout", status: 503, help: expect.any(String), msg: "slow" },
    ]);
  });
});

it("never writes a secret that came after it was made", () => {
  const text = logged({}, (log) => {
    keepSettings(["s3cr3t-key"]);
    keepSecret("s3cr3t-of-a-role");
    log.line("info", "the keys are s3cr3t-key and s3cr3t-of-a-role");
  });
  expect(text).toBe("the keys are [redacted] and [redacted]\n");
});

it.each(["text", "json"] as const)("never writes a secret, whatever carries it: %s", (format) => {
  keepSettings(["s3cr3t-key"]);
  const text = logged({ format }, (log) => {
    log.line("info", "the key is s3cr3t-key", { also: "s3cr3t-key" });
    log.event({ ...event, subject: "s3cr3t-key" });
  });
  expect(text).not.toContain("s3cr3t-key");
  expect(text.match(/\[redacted\]/g)).toHaveLength(3);
});

describe("what nobody has read of standard output", () => {
  /** In a process of its own whose output the test does not read: bytes that it holds after a line of so many. */
  async function writing(bytes: number): Promise<number> {
    const script = `import { backlog, createLog } from ${JSON.stringify(new URL("../../src/telemetry/log.js", import.meta.url).href)};
      createLog({ format: "text", level: "info" }).line("info", "x".repeat(${bytes} - 1));
      setImmediate(() => process.stderr.write(String(backlog()), () => process.exit()));`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "pipe"] });
    const told = await text(child.stderr);
    child.stdout.destroy();
    return Number(told);
  }

  it("is counted, once the pipe is full", async () => {
    expect(await writing(1_000_000)).toBe(1_000_000);
  });

  it("is nothing where the pipe took all of it", async () => {
    expect(await writing(1000)).toBe(0);
  });
});
