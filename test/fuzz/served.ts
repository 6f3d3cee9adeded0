import type { Subject } from "./campaign.js";
import type { Known } from "./encode.js";
import { Judge } from "./judge.js";
import type { Rig } from "./rig.js";
import { Tally } from "./rules.js";
import { requestBytes, talk, type TalkOptions, type WireAnswer, type WireRequest } from "./wire.js";

const LIMIT = 6000;
/** An answer usually comes sooner; nothing but the variety of cases depends on it. */
const PATIENCE = 30;

/** The real service, and the ways to ask it. */
export class Served implements Subject {
  readonly tally = new Tally();
  readonly judge: Judge;

  constructor(readonly rig: Rig) {
    this.judge = new Judge(rig, this.tally);
  }

  close(): Promise<void> {
    return this.rig.close();
  }

  async byFetch({ headers, body }: Known): Promise<WireAnswer> {
    const asLatin1 = headers.map(([name, value]): [string, string] => [name, Buffer.from(value).toString("latin1")]);
    const response = await fetch(this.rig.url, { method: "POST", headers: asLatin1, body: new Uint8Array(body), signal: AbortSignal.timeout(LIMIT) });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  /** A request that is whole gets its answer. */
  async bySocket(request: WireRequest): Promise<WireAnswer> {
    const method = request.method ?? "POST";
    const { answers, rest, ended, milliseconds } = await talk(this.rig.port, [requestBytes(request)], { until: 1, methods: [method], limit: LIMIT });
    this.tally.check("answered", ended && answers.length === 1, { rest, milliseconds });
    return answers[0];
  }

  /** A request that says what has to come of it. */
  async known(known: Known, send: Promise<WireAnswer>): Promise<void> {
    const started = performance.now();
    this.judge.known(known, await send);
    await this.judge.after(performance.now() - started);
  }

  /** Any other whole request. */
  async asked(request: WireRequest): Promise<WireAnswer> {
    const started = performance.now();
    const answer = await this.bySocket(request);
    this.judge.answer(answer, { method: request.method, raw: request.method !== undefined && request.method !== "POST" });
    this.judge.log(this.rig.logged());
    await this.judge.after(performance.now() - started);
    return answer;
  }

  /** Sends what may be no HTTP at all: there is an answer or none, but in the end the connection is closed. */
  async anything(bytes: Buffer, { then = "end", patience = PATIENCE }: Pick<TalkOptions, "then" | "patience"> = {}): Promise<void> {
    const { answers, rest, ended, milliseconds } = await talk(this.rig.port, [bytes], { until: 1, then, patience, limit: LIMIT });
    this.tally.check("answered", ended, { rest, milliseconds });
    for (const answer of answers) this.judge.answer(answer, { raw: true });
    if (answers.length === 0) this.tally.count("closed");
    this.judge.log(this.rig.logged());
    await this.judge.after(milliseconds);
  }

  async atOnce(all: Known[]): Promise<void> {
    const started = performance.now();
    const answers = await Promise.all(all.map((known) => this.byFetch(known)));
    all.forEach((known, i) => this.judge.known({ ...known, told: [] }, answers[i]));
    await this.judge.after(performance.now() - started);
  }

  async pipelined(all: Known[]): Promise<void> {
    const { answers, rest, ended, milliseconds } = await talk(this.rig.port, [Buffer.concat(all.map((known) => requestBytes(known)))], { until: all.length, limit: LIMIT });
    this.tally.check("answered", ended && answers.length === all.length, () => ({ rest, answers: answers.map(({ status }) => status), of: all.length }));
    all.forEach((known, i) => this.judge.known({ ...known, told: [] }, answers[i])); // the log of all of them comes with the first
    await this.judge.after(milliseconds);
  }
}
