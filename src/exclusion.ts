import picomatch from "picomatch";
import type { Config } from "./config.js";
import type { OssRecord } from "./events/oss-record.js";
import type { Work } from "./events/work.js";
import { OWN_METADATA } from "./photo.js";

/** Photos that the operator leaves out, and what we wrote ourselves. */
export function exclusion({ include, exclude, outputPrefix }: Config): (record: OssRecord, work: Work) => "excluded" | "own-output" | undefined {
  const matcher = (globs: string[]) => {
    const matchers = globs.map((glob) => picomatch(glob, { dot: true, basename: !glob.includes("/") })); // `*.jpg`: in any folder
    return (key: string) => matchers.some((matches) => matches(key));
  };
  const included = include ? matcher(include) : () => true;
  const excluded = exclude ? matcher(exclude) : () => false;
  return ({ key, userMeta }, work) => {
    if (userMeta?.[OWN_METADATA] !== undefined || (outputPrefix && key.startsWith(outputPrefix))) return "own-output";
    return work !== "analyze" || (included(key) && !excluded(key)) ? undefined : "excluded";
  };
}
