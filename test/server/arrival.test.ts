import { once } from "node:events";
import type { Socket } from "node:net";
import { send } from "../kit/service.js";
import { EVENT, HEAD, heldServers, open, startApp } from "./support.js";

const held = heldServers();

describe("a body that does not come", () => {
  it.each([
    ["in time", { whole: 100, silence: 60_000 }, "the body did not arrive within 0.1 s"],
    ["at all", { whole: 60_000, silence: 100 }, "nothing of the body came for 0.1 s"],
  ])("%s is waited for no longer, and its place is free", async (_, bodyPatience, detail) => {
    await held.start({ most: 2, bodyPatience });
    const connection = await open(held.server.port, `${HEAD}content-length: 1000\r\n\r\n`);
    const drip = bodyPatience.whole < bodyPatience.silence && setInterval(() => connection.socket.write("x"), 5);
    expect(await connection.closed).toMatch(new RegExp(`^HTTP/1.1 503 [^]*"code":"deadline","detail":"${detail}"`));
    if (drip) clearInterval(drip);
    await held.server.gate.drain(60_000);
  });
});

it("of the requests that a connection sends without waiting for answers a few are in work, and all are answered", async () => {
  await held.start({});
  const connection = await open(held.server.port, `${HEAD}content-length: 3\r\n\r\nabc`.repeat(30) + "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
  await held.work.begun(8);
  for (let moment = 0; moment < 3; moment++) await fetch(`${held.server.url}/livez`);
  expect(held.work.count()).toBe(8);
  for (let done = 8; done <= 30; done++) {
    await held.work.begun(done);
    held.work.finish();
  }
  expect((await connection.closed).match(/HTTP\/1.1 204 /g)).toHaveLength(31);
});

it("nobody is let in while more than 16 MiB of the log are unread", async () => {
  let unread = 16 * 1024 * 1024;
  await held.start({ unread: () => unread });
  const inside = send(held.server.url, EVENT);
  const late = await open(held.server.port, `${HEAD}content-length: 3\r\n\r\n`);
  await held.work.begun(1);
  unread += 1;
  const refused = { status: 429, text: expect.stringMatching(/"code":"busy","detail":"16777217 bytes of the log are still unread"/) as string };
  expect(await send(held.server.url, EVENT)).toMatchObject(refused);
  late.socket.write("abc");
  expect(await late.until(/}$/)).toMatch(/^HTTP\/1.1 429 /);
  expect(held.server.log()).not.toContain("busy"); // a line more would not be read either
  unread = 0;
  held.work.finish();
  expect((await inside).status).toBe(204);
});

it.each([
  ["is sent to its end where that is read late", (socket: Socket) => void socket.resume(), true],
  ["is given up where the service is stopped", () => held.server.gate.stop(), false],
])("an answer that nobody reads yet holds a drain up: it %s", async (_, then, whole) => {
  const length = 20_000_000; // more than the buffers between two sockets hold
  const reply = { specversion: "1.0", id: "1", source: "/s", type: "t", datacontenttype: "application/json", data: { text: "x".repeat(length) } } as const;
  held.server = await startApp({}, () => Promise.resolve(reply));
  const { socket, closed } = await open(held.server.port, `${HEAD}\r\n`);
  await once(socket, "data");
  socket.pause();
  let isDrained = false;
  const ended = held.server.gate.drain(60_000).then(() => (isDrained = true)).then(() => held.server.close());
  for (let moment = 0; moment < 3; moment++) await fetch(`${held.server.url}/livez`);
  expect(isDrained).toBe(false);
  then(socket);
  await ended;
  socket.resume();
  expect((await closed).length > length).toBe(whole);
});
