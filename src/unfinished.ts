/**
 * Whether a file of a folder that stands for a bucket is passed over: dot files, and the names that browsers and others
 * give to what is not complete yet.
 * @param file its path within the bucket, with `/` or `\`
 */
export function isUnfinished(file: string): boolean {
  return file.split(/[/\\]/).some((name) => name.startsWith(".") && name !== "..") || /\.(part|tmp|crdownload)$/i.test(file);
}
