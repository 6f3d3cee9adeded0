import type { Table } from "@lancedb/lancedb";
import { GalleryUnusable } from "../errors.js";
import type { DescriptorModel } from "./gallery.js";
import type { Calls } from "./lance-calls.js";
import { isSameModel, modelText } from "./model.js";

/** Which model the table is made with, in its newest version. */
export async function modelOf(faces: Table, location: string, calls: Calls): Promise<DescriptorModel> {
  const made = await calls(async () => {
    await faces.checkoutLatest();
    return (await faces.schema()).metadata.get("model");
  });
  if (made === undefined) throw new GalleryUnusable(`${location} is no gallery: its table does not say which model made it.`);
  return JSON.parse(made) as DescriptorModel;
}

/**
 * Whether the table was made with this model: when it is opened, before each write and now and then while searching, for
 * another process may have made it anew.
 * @throws GalleryUnusable where it was not
 */
export async function checkModel(faces: Table, model: DescriptorModel, location: string, calls: Calls): Promise<void> {
  const made = await modelOf(faces, location, calls);
  if (isSameModel(made, model)) return;
  throw new GalleryUnusable(`The gallery ${location} was made with ${modelText(made)}; the model in use is ${modelText(model)}. Descriptors of two models cannot be compared: run \`oss-faces people rebuild\`, or use the RECOGNITION, ENGINE and version that it was made with.`);
}
