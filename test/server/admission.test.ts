import { gzipSync } from "node:zlib";
import { notificationEvent, ossRecord, encodeEvent } from "../../src/sources/notification.js";
import { send } from "../kit/service.js";
import { EVENT, HEAD, heldServers, open } from "./support.js";

const held = heldServers();

/** A photo's event, with the size that its record declares. */
function photoEvent(size: number, eventName = "ObjectCreated:PutObject") {
  return encodeEvent(notificationEvent(ossRecord({ bucket: "photos", key: "a.jpg", size, eventName }), { as: "eventbridge", id: "1" }), "binary");
}
/** An event of several photos. */
function photosEvent(...sizes: number[]) {
  const events = sizes.map((size) => ossRecord({ bucket: "photos", key: "a.jpg", size }));
  return { headers: { ...EVENT, "ce-type": "oss:ObjectCreated:PutObject", "content-type": "application/json" }, body: JSON.stringify({ events }) };
}
async function post({ headers, body }: ReturnType<typeof photoEvent>) {
  return send(held.server.url, headers, typeof body === "string" ? body : Buffer.from(body).toString());
}

describe("admission by count", () => {
  beforeEach(() => held.start({ most: 2 }));

  it("answers more than fit 429 at once, its body unread, and probes always", async () => {
    const inside = [send(held.server.url, EVENT), send(held.server.url, EVENT)];
    await held.work.begun(2);
    const refused = await open(held.server.port, `${HEAD}content-length: 5000\r\n\r\n`); // the body does not come
    expect(await refused.until(/"detail":"2 events are in work already"}$/)).toMatch(/^HTTP\/1.1 429 [^]*\r\nRetry-After: 1\r\n/i);
    for (const path of ["livez", "readyz", "healthz"]) expect((await fetch(`${held.server.url}/${path}`)).ok).toBe(true);
    expect((await send(`${held.server.url}/dead-letters`, EVENT)).status).toBe(429);
    held.work.finish();
    expect((await Promise.all(inside)).map(({ status }) => status)).toEqual([204, 204]);
    // What was refused is passed over, and the connection serves the next request.
    refused.socket.write(`${"x".repeat(5000)}GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    expect(await refused.closed).toMatch(/}HTTP\/1.1 204 /);
  });

  it("counts a request whose body is still to come; those have half of the places", async () => {
    const slow = [await open(held.server.port, `${HEAD}content-length: 3\r\n\r\n`), await open(held.server.port, `${HEAD}content-length: 3\r\n\r\n`)];
    const late = await Promise.race(slow.map((connection) => connection.until(/}$/)));
    expect(late).toMatch(/^HTTP\/1.1 429 [^]*"detail":"1 events whose body is not there yet are waited for already"/);
    const inside = await open(held.server.port, `${HEAD}content-length: 3\r\n\r\nabc`);
    await held.work.begun(1);
    expect((await send(held.server.url, EVENT)).status).toBe(429);
    const first = slow.find(({ answer }) => answer() === "")!;
    first.socket.write("abc");
    await held.work.begun(2);
    held.work.finish();
    for (const connection of [first, inside]) expect(await connection.until(/\r\n\r\n/)).toMatch(/^HTTP\/1.1 204 /);
  });

  it("asks a sender that waits to be asked only where its request is let in", async () => {
    const first = await open(held.server.port, `${HEAD}content-length: 3\r\nexpect: 100-continue\r\n\r\n`);
    expect(await first.until(/\r\n\r\n/)).toBe("HTTP/1.1 100 Continue\r\n\r\n");
    first.socket.write("abc");
    const second = send(held.server.url, EVENT);
    await held.work.begun(2);
    const third = await open(held.server.port, `${HEAD}content-length: 3\r\nexpect: 100-continue\r\n\r\n`);
    expect(await third.closed).toMatch(/^HTTP\/1.1 429 [^]*\r\nConnection: close\r\n/i);
    held.work.finish();
    await second;
    first.socket.write("GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"); // kept open
    expect(await first.closed).toMatch(/HTTP\/1.1 204 [^]*HTTP\/1.1 204 /);
  });

  it("counts a sender that hung up until its work is done", async () => {
    const gone = await open(held.server.port, `${HEAD}\r\n`);
    const stays = send(held.server.url, EVENT);
    await held.work.begun(2);
    gone.socket.destroy();
    await gone.closed;
    expect((await send(held.server.url, EVENT)).status).toBe(429);
    held.work.finish();
    await stays;
    await held.server.gate.drain(60_000); // settles: no place leaked
  });
});

describe("admission by bytes", () => {
  beforeEach(() => held.start({ mostBytes: 100_000, maxObjectBytes: 80_000 }));

  it.each([
    ["a photo that fits", photoEvent(50_000), photoEvent(40_000), 204],
    ["a photo that does not fit", photoEvent(50_000), photoEvent(60_000), 429],
    ["a photo beside one that is too large alone", photoEvent(1e9), photoEvent(30_000), 429],
    ["a photo that counts no more than may be read", photoEvent(10_000), photoEvent(1e9), 204],
    ["photos of one event, which are worked on one after the other", photosEvent(30_000, 50_000, 40_000), photoEvent(40_000), 204],
    ["the largest of them", photosEvent(30_000, 50_000, 40_000), photosEvent(10_000, 60_000), 429],
    ["one that is removed", photoEvent(50_000), photoEvent(60_000, "ObjectRemoved:DeleteObject"), 204],
  ])("%s", async (_, first, second, status) => {
    const inside = post(first);
    await held.work.begun(1);
    const answer = post(second);
    if (status === 204) await held.work.begun(2);
    else await answer;
    held.work.finish();
    expect([(await inside).status, (await answer).status]).toEqual([204, status]);
    const again = post(second); // now it is alone
    await held.work.begun(status === 204 ? 3 : 2);
    held.work.finish();
    expect((await again).status).toBe(204);
  });

  it.each([
    ["the announced length", "content-length: 5000\r\n\r\n", 20],
    ["the limit where none is announced", "transfer-encoding: chunked\r\n\r\n", 10],
    ["the limit where the body is compressed", "content-encoding: gzip\r\ncontent-length: 5000\r\n\r\n", 10],
  ])("counts %s of a body that is to come", async (_, headers, fit) => {
    const sockets = await Promise.all(Array.from({ length: fit + 1 }, () => open(held.server.port, HEAD + headers)));
    const refused = await Promise.race(sockets.map((connection) => connection.until(/}$/)));
    expect(refused).toMatch(/^HTTP\/1.1 429 [^]*"detail":"events in work and their photos have 100000 bytes already/);
    expect(sockets.filter((connection) => connection.answer() !== "")).toHaveLength(1);
    for (const { socket } of sockets) socket.destroy();
    await held.server.gate.drain(60_000);
  });

  it("a notification that cannot be read is let in, and displayed before it is refused", async () => {
    const answer = send(held.server.url, { ...EVENT, "ce-type": "oss:ObjectCreated:PutObject", "content-type": "application/json" }, "{}");
    await held.work.begun(1);
    held.work.finish();
    expect((await answer).status).toBe(204); // of the work in this test
  });

  it("ends a body that is compressed nothing, however long", async () => {
    const connection = await open(held.server.port, `${HEAD}content-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n`);
    const nothing = Buffer.concat(Array<Buffer>(100).fill(gzipSync("")));
    const chunk = Buffer.concat([Buffer.from(`${nothing.length.toString(16)}\r\n`), nothing, Buffer.from("\r\n")]);
    const feed = setInterval(() => connection.socket.write(chunk), 1);
    expect(await connection.until(/}/)).toMatch(/^HTTP\/1.1 413 /);
    clearInterval(feed);
  });
});

describe("draining", () => {
  beforeEach(() => held.start({ eventDeadline: 60_000 }));

  it("finishes what is in work, refuses what comes, and closes those connections", async () => {
    const inside = send(held.server.url, EVENT);
    await held.work.begun(1);
    const drained = held.server.gate.drain(60_000);
    expect((await fetch(`${held.server.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${held.server.url}/livez`)).status).toBe(200);
    const refused = await open(held.server.port, `${HEAD}\r\n`);
    expect(await refused.closed).toMatch(/^HTTP\/1.1 503 [^]*"code":"draining"/);
    expect(refused.answer()).toMatch(/\r\nRetry-After: 1\r\n/i);
    expect(refused.answer()).toMatch(/\r\nConnection: close\r\n/i);
    held.work.finish();
    expect([(await inside).status, (await inside).headers.get("connection")]).toEqual([204, "close"]);
    await drained;
  });

  it("waits no longer than its patience for bodies that drip in", async () => {
    const dripping = await open(held.server.port, `${HEAD}content-length: 1000\r\n\r\n`);
    const drip = setInterval(() => dripping.socket.write("x"), 5);
    const inside = send(held.server.url, EVENT);
    await held.work.begun(1);
    const drained = held.server.gate.drain(50);
    expect(await dripping.closed).toMatch(/^HTTP\/1.1 503 [^]*"code":"draining"/);
    clearInterval(drip);
    held.work.finish();
    expect((await inside).status).toBe(204);
    await drained;
  });

  it("answers the rest 503 when it is stopped, whether the work listens or not", async () => {
    const inside = open(held.server.port, `${HEAD}\r\n`);
    const dripping = await open(held.server.port, `${HEAD}content-length: 1000\r\n\r\n`);
    await held.work.begun(1);
    const drained = held.server.gate.drain(60_000);
    held.server.gate.stop();
    for (const connection of [await inside, dripping]) expect(await connection.closed).toMatch(/^HTTP\/1.1 503 [^]*"code":"draining"/);
    await drained;
  });
});
