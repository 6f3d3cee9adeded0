import { inspect } from "node:util";

/** What must hold whatever comes in: each rule with the sentence of the contract that it is taken from. */
export const RULES = {
  status: "design §4: what came decides the status (the table)",
  answered: "field notes §3: no answer is a retry; no request waits longer than 5 s",
  alive: "design §3: GET /livez is 200 while the process can serve, within a second",
  process: "issue 6: never a crash: no error ends the process",
  defect: "design §4: no row of the table is a 500, and no log line tells of a defect",
  empty: "design §4: a 2xx never carries text: 204 is empty",
  event: "design §5: 200 is one CloudEvent 1.0 whose data fits the published schema",
  identity: "design §5: type, source, subject, causationid and trace say what caused a result",
  sameId: "design §5: a retry gives the same id, anything else another one",
  mode: "design §4: attributes that are not all printable ASCII make a structured reply",
  problem: "design §4: error bodies are application/problem+json with our code, under 768 bytes",
  retryAfter: "design §4: 429 and 503 carry Retry-After",
  secrecy: "issue 6: no stack trace, path of this machine or secret goes outward, and no secret into the log",
  display: "design §4: any other event is displayed, with all of its data",
  skipped: "design §4: an OSS event that asks for nothing is skipped, with the reason",
  terminal: "whoever sent it: no control character reaches the log",
  pollution: "whoever sent it: no object gets a member that it did not have",
  total: "issue 6: a notification is read, or refused with a failure of the catalogue; nothing else is thrown",
  faithful: "field notes §1: what comes out of an encoding is what went in",
  shape: "field notes §1: numbers may be quoted, members null or missing: a record has its types or is none",
  quick: "issue 6: no hang: a megabyte of anything is read within a second of CPU time",
  picture: "issue 6: bytes are a picture, or undecodable, unsupported-format, too-many-pixels; no worker dies",
  pictureTime: "issue 6: no picture takes longer than 5 s",
  memory: "issue 6: memory stays under its bound",
} as const;
export type Rule = keyof typeof RULES;

/** A rule did not hold; the message has the rule's sentence and what was seen. */
export class BrokenRule extends Error {
  constructor(rule: Rule, seen: unknown) {
    super(`${rule}: ${RULES[rule]}\n  seen: ${typeof seen === "string" ? seen.slice(0, 2000) : inspect(seen, { depth: 5, maxStringLength: 500, breakLength: 120 })}`);
    this.name = "BrokenRule";
  }
}

/** What was tried: for the table at the end. */
export class Tally {
  cases = 0;
  readonly statuses = new Map<string, number>();
  readonly checks = new Map<Rule, number>();

  /** @param status of an answer, or another word for how a case ended */
  count(status: string | number): void {
    this.statuses.set(String(status), (this.statuses.get(String(status)) ?? 0) + 1);
  }

  /** @throws BrokenRule unless it holds */
  check(rule: Rule, holds: boolean, seen: unknown): void {
    this.checks.set(rule, (this.checks.get(rule) ?? 0) + 1);
    if (!holds) throw new BrokenRule(rule, typeof seen === "function" ? (seen as () => unknown)() : seen);
  }
}

const PROTOTYPES = { Object: Object.prototype, Array: Array.prototype, String: String.prototype, Number: Number.prototype, Function: Function.prototype };
const shapeOf = () => JSON.stringify(Object.entries(PROTOTYPES).map(([name, prototype]) => [name, Reflect.ownKeys(prototype).map(String)]));
const AT_START = shapeOf();

/** @throws BrokenRule where one of the prototypes that all objects share has grown */
export function checkPollution(tally: Tally): void {
  tally.check("pollution", shapeOf() === AT_START, shapeOf);
}
