import { z } from "zod";
import { RESULT_SCHEMAS } from "./result-schema.js";

/**
 * The JSON Schema (draft 2020-12) of each result type's data, by type. They are published as `schemas/<type>.json`; the
 * `$id` is that file's name, so it means the address that the file was read from.
 */
export function jsonSchemas(): Record<string, object> {
  return Object.fromEntries(
    Object.entries(RESULT_SCHEMAS).map(([type, schema]) => [type, { $id: `${type}.json`, title: type, ...z.toJSONSchema(schema) }]),
  );
}
