import { InvalidEvent } from "../errors.js";
import type { ReceivedEvent } from "./event.js";
import { quote } from "./quote.js";

type Context = Omit<ReceivedEvent, "data" | "written">;
type Optional = "subject" | "time" | "dataschema" | "datacontenttype" | "datacontentencoding";
type Core = "id" | "type" | "source" | Optional;

const REQUIRED = ["id", "type", "source"] as const;

/** What each version of the specification calls its core attributes; every other name is an extension. */
const CORE: Record<ReceivedEvent["specversion"], Partial<Record<string, Core>>> = {
  "1.0": { id: "id", type: "type", source: "source", subject: "subject", time: "time", dataschema: "dataschema", datacontenttype: "datacontenttype" },
  "0.3": { id: "id", type: "type", source: "source", subject: "subject", time: "time", schemaurl: "dataschema", datacontenttype: "datacontenttype", datacontentencoding: "datacontentencoding" },
  // 0.2 knows no subject, and calls the content type `contenttype`; what was really sent says `datacontenttype`.
  "0.2": { id: "id", type: "type", source: "source", time: "time", schemaurl: "dataschema", contenttype: "datacontenttype", datacontenttype: "datacontenttype", datacontentencoding: "datacontentencoding" },
};

const isVersion = (version: unknown): version is ReceivedEvent["specversion"] =>
  typeof version === "string" && Object.hasOwn(CORE, version);

/**
 * Reads context attributes, extensions included, from names and values (strings, or what JSON may hold).
 * Absent, null and empty are the same, as in Go's SDK. Source: CloudEvents 1.0.2 §3, 0.3 and 0.2 likewise.
 * @throws InvalidEvent which says what is missing or not allowed
 */
export function readAttributes(members: Record<string, unknown>): Context {
  const specversion = Object.hasOwn(members, "specversion") ? members.specversion : undefined;
  if (!isVersion(specversion)) {
    throw new InvalidEvent(typeof specversion === "string" ? `specversion ${quote(specversion)} is unknown` : "specversion is missing or no string");
  }
  const core: Partial<Record<Core, string>> = {};
  const extensions: Context["extensions"] = {};
  for (const [name, value] of Object.entries(members)) {
    if (name === "specversion" || value === null || value === undefined) continue;
    const attribute = Object.hasOwn(CORE[specversion], name) ? CORE[specversion][name] : undefined;
    if (attribute) {
      if (typeof value !== "string") throw new InvalidEvent(`${name} is no string`);
      if (value.trim() !== "") core[attribute] = value;
    } else extensions[extensionName(name, specversion)] = extensionValue(name, value);
  }
  const missing = REQUIRED.filter((name) => core[name] === undefined);
  if (missing.length > 0) throw new InvalidEvent(`missing or empty: ${missing.join(", ")}`);
  const encoding = core.datacontentencoding;
  if (encoding !== undefined && encoding.toLowerCase() !== "base64") throw new InvalidEvent(`datacontentencoding ${quote(encoding)} is not base64`);
  return { specversion, ...(core as Pick<Context, Core>), extensions };
}

/** Upper-case letters are forgiven, as Go's SDK does. */
function extensionName(name: string, specversion: ReceivedEvent["specversion"]): string {
  const lower = name.toLowerCase();
  if (!/^[a-z0-9]+$/.test(lower)) throw new InvalidEvent(`attribute name ${quote(name)}: only letters a to z and digits are allowed`);
  if (lower === "specversion" || lower === "data" || Object.hasOwn(CORE[specversion], lower)) {
    throw new InvalidEvent(`attribute name ${quote(name)}: ${lower} is no extension's name`);
  }
  return lower;
}

function extensionValue(name: string, value: unknown): string | number | boolean {
  if (typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value))) return value;
  throw new InvalidEvent(`attribute ${quote(name)}: only strings, numbers and booleans are allowed`);
}
