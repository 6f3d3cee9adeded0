import pino from "pino";
import { displayJson, displayText } from "../events/display.js";
import type { ReceivedEvent } from "../events/event.js";
import { resultText } from "../events/reply.js";
import type { ResultEvent } from "../events/result.js";
import { forTerminalLine } from "../events/terminal.js";
import type { Failure } from "../errors.js";
import { redactor } from "../secrets.js";

/** What became of an object, as its result's type ends. */
export type Outcome = "analyzed" | "failed" | "enrolled" | "refused" | "forgotten";

export type Level = "debug" | "info" | "warn" | "error";

/** What the service writes: to people who read `kubectl logs`, or as one JSON object a line. */
export interface Log {
  /** Any event, as Knative's event_display prints it. */
  event(event: ReceivedEvent): void;
  /** A result under its one-line summary. */
  result(outcome: Outcome, summary: string, event: ResultEvent): void;
  /** An event or record that asks for nothing. */
  skipped(what: string, reason: string): void;
  /** Why a request was not answered with a result: `outcome` is `retry`, `busy`, `draining` or `rejected`. */
  refused(outcome: string, failure: Failure, about: string): void;
  /** Who was enrolled or forgotten, and why: written whatever LOG_LEVEL and RESULTS say. */
  audit(message: string, fields: Record<string, unknown>): void;
  /** Anything else worth a line. */
  line(level: Level, message: string, fields?: Record<string, unknown>): void;
}

export interface LogOptions {
  format: "text" | "json";
  level: Level;
  /** Where whole lines go; standard output by default. */
  write?: (text: string) => void;
}

/** A log that writes none of the secrets that src/secrets.ts knows, whatever carries them. */
export function createLog({ format, level, write = toStdout }: LogOptions): Log {
  const redact = redactor();
  const out = (text: string) => write(redact(text));
  const levels: Level[] = ["debug", "info", "warn", "error"];
  const enabled = (of: Level) => levels.indexOf(of) >= levels.indexOf(level);
  return format === "json" ? jsonLog(level, enabled, out) : textLog(enabled, out);
}

/** Each entry is one write, so that entries of concurrent events never mix. */
function textLog(enabled: (level: Level) => boolean, out: (text: string) => void): Log {
  const line: Log["line"] = (level, message, fields) => {
    const extra = fields === undefined ? "" : ` ${JSON.stringify(fields)}`;
    if (enabled(level)) out(`${level === "info" ? "" : `${level}: `}${forTerminalLine(message + extra)}\n`);
  };
  return {
    line,
    audit: (message, fields) => out(`audit: ${forTerminalLine(`${message} ${JSON.stringify(fields)}`)}\n`),
    event: (event) => enabled("info") && out(displayText(event)),
    result: (_outcome, summary, event) => enabled("info") && out(`${forTerminalLine(summary)}\n${resultText(event)}`),
    skipped: (what, reason) => line("info", `skipped ${what}: ${reason}`),
    refused: (outcome, failure, about) => line(levelOf(failure), `${outcome === failure.code ? "" : `${outcome}: `}${failure.code}: ${failure.message}${about && ` (${about})`}`),
  };
}

function jsonLog(level: Level, enabled: (level: Level) => boolean, out: (text: string) => void): Log {
  const options: pino.LoggerOptions = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  };
  const logger = pino(options, { write: out });
  const audits = pino({ ...options, level: "info" }, { write: out });
  return {
    line: (at, message, fields) => logger[at](fields ?? {}, message),
    audit: (message, fields) => audits.info({ audit: true, ...fields }, message),
    event: (event) => enabled("info") && logger.info({ outcome: "displayed", event: displayJson(event) }, "event"),
    result: (outcome, summary, event) => logger.info({ outcome, result: event }, summary),
    skipped: (what, reason) => logger.info({ outcome: "skipped", what, reason }, `skipped ${what}: ${reason}`),
    refused: (outcome, failure, about) => {
      const { code, help, status } = failure;
      logger[levelOf(failure)]({ outcome, code, status, help, ...(about && { about }) }, failure.message);
    },
  };
}

function levelOf(failure: Failure): "warn" | "error" {
  return failure.kind === "rejected" ? "error" : "warn";
}

/** Bytes of standard output that nobody has read yet: they are held in memory. */
export function backlog(): number {
  return process.stdout.writableLength;
}

function toStdout(text: string): void {
  process.stdout.write(text);
}
