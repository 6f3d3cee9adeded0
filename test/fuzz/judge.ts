import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { readdirSync, readFileSync } from "node:fs";
import type { Known } from "./encode.js";
import type { ExpectedResult } from "./requests.js";
import { type Rig, SECRETS } from "./rig.js";
import { checkPollution, type Tally } from "./rules.js";
import type { WireAnswer } from "./wire.js";

/** Statuses of design §3 and §4; those below are Node's own, for what is no HTTP or breaks its limits. */
const CONTRACT = [200, 204, 400, 404, 405, 413, 415, 429, 503];
const PROTOCOL = [400, 408, 413, 417, 431];
const LONGEST = 5000;

const folder = new URL("../../../schemas/", import.meta.url);
const ajv = new Ajv2020({ strict: false, validateFormats: false });
const schemas = new Map(readdirSync(folder).map((file): [string, ValidateFunction] => [
  file.replace(/\.json$/, ""),
  ajv.compile(JSON.parse(readFileSync(new URL(file, folder), "utf8")) as object),
]));

type Json = Record<string, unknown>;

/** Holds every answer against the rules; remembers which ids results had. */
export class Judge {
  readonly #idOf = new Map<string, string>();
  readonly #causeOf = new Map<string, string>();

  constructor(readonly rig: Rig, readonly tally: Tally) {}

  /** What holds for any answer, whatever was asked. `raw`: the request may not even have been HTTP. */
  answer(answer: WireAnswer, { raw = false, method = "POST" } = {}): void {
    const { tally } = this;
    const { status, headers, text } = answer;
    tally.count(status);
    tally.check("defect", status !== 500, text);
    tally.check("status", CONTRACT.includes(status) || (raw && PROTOCOL.includes(status)), { status, text });
    if (status === 204) tally.check("empty", text === "" && !headers.has("content-type"), { text, headers });
    if (status === 200 && method === "POST") this.#event(answer);
    if (status === 429 || status === 503) tally.check("retryAfter", method !== "POST" || /^\d+$/.test(headers.get("retry-after") ?? ""), headers);
    if (status >= 400 && !((raw && text === "") || method !== "POST")) this.#problem(status, headers, text);
    const told = [...this.rig.paths, ...SECRETS, "    at "].filter((secret) => text.includes(secret) || JSON.stringify([...headers]).includes(secret));
    tally.check("secrecy", told.length === 0, { told, text });
  }

  #problem(status: number, headers: Headers, text: string): void {
    const { tally } = this;
    tally.check("problem", headers.get("content-type") === "application/problem+json" && Buffer.byteLength(text) < 768, { status, headers, text });
    const document = parsed(text) as Json | undefined;
    tally.check("problem", typeof document?.code === "string" && document.code !== "" && document.status === status, { status, text });
  }

  /** What holds for the answer to a request that was understood. */
  known(known: Known, answer: WireAnswer): void {
    const { expected, told } = known;
    this.answer(answer);
    this.tally.check("status", answer.status === expected.status, () => ({ status: answer.status, text: answer.text, expected }));
    if (expected.status === 200) this.#reply(expected.results, answer);
    const log = this.rig.logged();
    this.log(log);
    if (expected.status >= 400) return;
    for (const { expected: of, data = Buffer.alloc(0) } of told) {
      if (of.status === 204 && of.shown) this.#displayed(data, log);
      for (const reason of "skipped" in of ? (of.skipped ?? []) : []) this.tally.check("skipped", new RegExp(`^skipped .*: ${reason}$`, "m").test(log), { reason, log });
    }
  }

  /** A 200 is a result of ours, whatever was asked. */
  #event(answer: WireAnswer): void {
    const { tally } = this;
    const { event, mode } = replied(answer);
    const { specversion, type, id, time, datacontenttype } = event;
    const sound = specversion === "1.0" && typeof id === "string" && id !== "" && datacontenttype === "application/json" && String(new Date(String(time)).toJSON()) === time;
    tally.check("event", sound, event);
    const attributes = Object.entries(event).filter(([name]) => name !== "data").map(([, value]) => String(value));
    tally.check("mode", mode === "structured" || attributes.every((value) => /^[ -~]*$/.test(value)), event);
    const fits = schemas.get(String(type));
    tally.check("event", event.source === "/oss-faces" && fits?.(event.data) === true, () => ({ event, errors: fits?.errors }));
  }

  /** The results that were expected, each about its own cause. */
  #reply(results: ExpectedResult[], answer: WireAnswer): void {
    const { tally } = this;
    const { event } = replied(answer);
    const { id, type } = event;
    const data = event.data as Json;
    const several = results.length > 1;
    tally.check("identity", type === (several ? "faces.batch.analyzed" : typeOf(results[0])), event);
    const causes = new Set(results.map(({ cause }) => cause.id));
    tally.check("identity", event.causationid === (causes.size === 1 ? results[0].cause.id : undefined), { event, causes });
    if (!several) {
      const [{ bucket, key, cause }] = results;
      tally.check("identity", event.subject === `${bucket}/${key}` && event.traceparent === cause.traceparent, event);
      this.#sameId(String(id), String(type), results[0]);
    }
    const members = several ? (data.results as Json[]) : [data];
    tally.check("identity", members.length === results.length, { members, results });
    results.forEach((result, i) => this.#about(result, members[i], several));
  }

  /** One result's data is of its own record and event. */
  #about({ cause, bucket, key, failed, ...rest }: ExpectedResult, data: Json, several: boolean): void {
    const { tally } = this;
    const { id, source, type, time } = cause;
    const image = data.image as Json;
    const event = data.event as Json;
    const same = event.id === id && event.source === source && event.type === type && event.time === time;
    tally.check("identity", same && image.bucket === bucket && (failed === undefined || image.key === key), { event, image, cause });
    tally.check("status", (data.error as Json | undefined)?.code === failed && Array.isArray(data.faces) === (failed === undefined), () => ({ failed, data }));
    const areas = ((data.faces ?? []) as { box: { width: number; height: number } }[]).map(({ box }) => box.width * box.height);
    tally.check("event", areas.every((area, i) => i === 0 || area <= areas[i - 1] + 10), areas); // boxes are rounded to 0.1 px
    if (several) tally.check("event", data.type === typeOf({ cause, bucket, key, failed, ...rest }), data);
  }

  #sameId(id: string, type: string, { cause, bucket, key, etag }: ExpectedResult): void {
    const what = JSON.stringify([type, cause.source, cause.id, bucket, key, etag]);
    const before = { id: this.#idOf.get(what) ?? id, what: this.#causeOf.get(id) ?? what };
    this.tally.check("sameId", before.id === id && before.what === what, { id, what, before });
    this.#idOf.set(what, id);
    this.#causeOf.set(id, what);
  }

  /** The display may indent JSON, escape control characters, or dump bytes. */
  #displayed(data: Buffer, log: string): void {
    const text = data.toString();
    if (!Buffer.from(text).equals(data)) {
      const hex = log.split("\n").flatMap((line) => /^ {2}[0-9a-f]{8} ((?: {1,2}[0-9a-f]{2}){1,16}) *\|/.exec(line)?.[1].replaceAll(" ", "") ?? []);
      this.tally.check("display", hex.join("").includes(data.toString("hex")), () => ({ data, log }));
    } else {
      const shown = dense(log);
      this.tally.check("display", [text, JSON.stringify(text)].some((one) => shown.includes(dense(one))), () => ({ text, log }));
    }
  }

  /** What holds for anything that was logged. */
  log(log: string): void {
    const { tally } = this;
    tally.check("defect", !/^(error: )?defect: |^ {4}at .*:\d+:\d+\)?$/m.test(log), log);
    tally.check("terminal", !/[\0-\x08\x0b-\x1f\x7f-\x9f]/.test(log), log);
    tally.check("secrecy", SECRETS.every((secret) => !log.includes(secret)), log);
  }

  /** What holds after every case. */
  async after(milliseconds: number): Promise<void> {
    const { tally, rig } = this;
    tally.check("answered", milliseconds < LONGEST, `${milliseconds} ms`);
    const alive = await fetch(`${rig.url}/livez`, { signal: AbortSignal.timeout(1000) }).then(({ status }) => status, String);
    tally.check("alive", alive === 200, alive);
    const crashes = rig.crashed();
    tally.check("process", crashes.length === 0, crashes);
    checkPollution(tally);
    tally.cases += 1;
  }
}

const typeOf = ({ failed }: ExpectedResult) => (failed === undefined ? "faces.image.analyzed" : "faces.image.failed");
/** Without white space and what the display escapes. */
const dense = (text: string) => text.replace(/\\x[0-9a-f]{2}|\\u20(?:2[a-e]|6[6-9])|[\s\0-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g, "");

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The event of a reply, in either mode. */
function replied({ headers, text }: WireAnswer): { event: Json; mode: "binary" | "structured" } {
  const body = parsed(text);
  if (/^application\/cloudevents\+json\b/.test(headers.get("content-type") ?? "")) return { event: { ...(body as Json) }, mode: "structured" };
  const attributes = [...headers].filter(([name]) => name.startsWith("ce-")).map(([name, value]) => [name.slice(3), value]);
  return { event: { ...(Object.fromEntries(attributes) as Json), datacontenttype: headers.get("content-type"), data: body }, mode: "binary" };
}
