/**
 * A field of an XML document without white space around it; undefined where there is none, or it is longer than any
 * that counts. In time that grows with the document, whatever stands in it: a stranger may have written it.
 */
export function xmlField(document: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]{1,300})</${name}>`).exec(document)?.[1].trim() || undefined;
}
