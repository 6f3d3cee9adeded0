/**
 * Whom the photo of a key enrols: `people/王芳/a.jpg` → `王芳`; deeper folders are the same person's. In Unicode's form
 * NFC, for file systems and uploaders write the same name in different forms.
 * @param prefix with its slash
 * @returns nothing where the key has no folder with a name below the prefix
 */
export function personOf(key: string, prefix: string): string | undefined {
  const [folder, ...file] = key.startsWith(prefix) ? key.slice(prefix.length).split("/") : [];
  if (folder === undefined || file.length === 0) return undefined;
  return nameFrom(folder);
}

/** A name as people type it, in the form that the gallery keeps; nothing where there is none. */
export function nameFrom(text: string): string | undefined {
  return text.normalize("NFC").replaceAll(/[\s\p{Cc}]+/gu, " ").trim() || undefined;
}
