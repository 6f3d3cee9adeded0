/** The text with percent-encoding undone; as it is where it has none that can be. */
export function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
