import { equal } from "node:assert/strict";
import type { Face } from "../../../src/faces/face.js";
import { notification, sendEvent } from "../../kit/service.js";
import { serveProcess } from "../../kit/service-process.js";
import type { OssServer } from "../../storage/oss-server.js";
import { ossEnv } from "../knative/world.js";
import { BUCKET, type Content, type Contents } from "./photos.js";

/** The faces of each content where nothing goes wrong. @throws Error where it is not what it has to be */
export async function quietRun({ bytes, expected }: Contents, oss: OssServer): Promise<Map<Content, Face[]>> {
  const service = await serveProcess({ ...ossEnv(oss) });
  const faces = new Map<Content, Face[]>();
  for (const [name, content] of bytes) {
    const key = `quiet/${name}.jpg`;
    oss.put(BUCKET, key, content ?? Buffer.alloc(0));
    if (!content) oss.remove(BUCKET, key);
    const { status, text } = await sendEvent(service.url, notification({ bucket: BUCKET, key }, "eventbridge", name));
    const data = (text ? JSON.parse(text) : {}) as { faces?: Face[]; error?: { code: string } };
    const wanted = expected.get(name)!;
    const seen = "faces" in wanted ? { faces: data.faces?.length } : "code" in wanted ? { code: data.error?.code } : { skipped: status === 204 && wanted.skipped };
    equal(JSON.stringify(seen), JSON.stringify(wanted), `${name}, in a quiet run`);
    if (data.faces) faces.set(name, data.faces);
  }
  await service.stop();
  return faces;
}
