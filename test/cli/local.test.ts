import { startLocal } from "../../src/cli/local.js";
import { readConfig } from "../../src/config.js";
import type { ObjectData } from "../../src/events/result-schema.js";
import { folderBucket } from "../kit/service.js";

it("the system on this machine lets its own events in, whoever else the settings ask who they are", async () => {
  const bucket = await folderBucket();
  await bucket.copySample(1, "team.jpg");
  const config = readConfig({ WORKERS: "1", AUTH_TOKEN: "secret", OIDC_ISSUER: "https://issuer.invalid", OIDC_AUDIENCE: "faces" });
  const answers: (ObjectData | undefined)[] = [];
  let answered: () => void;
  const first = new Promise<void>((resolve) => (answered = resolve));
  const onAnswer = (data: ObjectData | undefined) => {
    answers.push(data);
    answered();
  };
  const local = await startLocal({ config, root: bucket.root, bucket: "photos", existing: true, podLog: false, onAnswer });
  await first;
  await local.close();
  await bucket.remove();
  expect(answers).toEqual([expect.objectContaining({ image: expect.objectContaining({ key: "team.jpg" }) })]);
});
