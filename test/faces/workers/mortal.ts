/** A worker that no photo lets live. */
export function load(): { value: undefined } {
  return { value: undefined };
}

export function analyze(): never {
  process.exit(1);
}
