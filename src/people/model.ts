import type { DescriptorModel } from "./gallery.js";

/** Whether descriptors of the one can be compared with those of the other. */
export function isSameModel(a: DescriptorModel, b: DescriptorModel): boolean {
  return a.name === b.name && a.sha256 === b.sha256 && a.length === b.length;
}

/** `fused (256 numbers, sha256 0123456789ab)` */
export function modelText({ name, length, sha256 }: DescriptorModel): string {
  return `${name} (${length} numbers, sha256 ${sha256.slice(0, 12)})`;
}
