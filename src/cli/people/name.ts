import { nameFrom } from "../../people/person-folder.js";
import { UsageError } from "../command.js";

/**
 * A person's name from the command line, in the form that the gallery keeps.
 * @throws UsageError where there is none
 */
export function nameOfPerson(text: string | undefined, usage: string): string {
  const name = nameFrom(text ?? "");
  if (name === undefined) throw new UsageError(`A person's name is needed: oss-faces people ${usage}`);
  return name;
}
