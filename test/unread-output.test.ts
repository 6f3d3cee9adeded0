import { folderBucket, send } from "./kit/service.js";
import { serveProcess } from "./kit/service-process.js";

it("while nobody reads the output events are answered 429, and let in again when it is read", async () => {
  const bucket = await folderBucket();
  const service = await serveProcess({ STORAGE: bucket.root });
  const headers = { "ce-specversion": "1.0", "ce-id": "1", "ce-type": "com.example.t", "ce-source": "/s", "content-type": "text/plain" };
  const knock = () => send(service.url, headers, "x".repeat(1_000_000));
  service.child.stdout!.pause();
  const statuses: number[] = [];
  while (!statuses.includes(429) && statuses.length < 40) statuses.push((await knock()).status);
  expect(statuses.length).toBeLessThan(25); // the limit is 16 MiB, and there are buffers on the way
  expect((await knock()).text).toMatch(/"code":"busy","detail":"\d+ bytes of the log are still unread"/);
  service.child.stdout!.resume();
  while ((await knock()).status !== 204);
  expect(await service.stop()).toEqual({ code: 0, signal: null });
  await bucket.remove();
});
