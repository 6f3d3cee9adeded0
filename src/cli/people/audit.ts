import type { Config } from "../../config.js";
import { createLog, type Log } from "../../telemetry/log.js";
import { tell } from "../output.js";

/** Who was enrolled or forgotten by command: lines as in the service's log, on stderr, for there is no log here. */
export function auditOf({ logFormat }: Config): Log["audit"] {
  const log = createLog({ format: logFormat, level: "error", write: tell });
  return (message, fields) => log.audit(message, fields);
}
