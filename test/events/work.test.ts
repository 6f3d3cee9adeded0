import { readNotification } from "../../src/events/oss.js";
import { whatToDo } from "../../src/events/work.js";
import { binary } from "./support.js";

/** What is done about an event that has this name, as its type and in its record. */
function outcome(name: string, object: object = {}): string {
  const data = { eventName: name, eventSource: "acs:oss", oss: { bucket: { name: "photos" }, object: { key: "a.jpg", size: 5, ...object } } };
  const notification = readNotification(binary({ "ce-type": name, "content-type": "application/json" }, JSON.stringify(data)));
  if (notification.kind === "other") return "other";
  const work = notification.records.map(whatToDo)[0];
  return work?.work === true ? "work" : (work?.reason ?? "no record");
}

const NAMES: Record<string, string> = {
  "ObjectCreated:PutObject": "work",
  "ObjectCreated:PostObject": "work",
  "ObjectCreated:CopyObject": "work",
  "ObjectCreated:AppendObject": "work",
  "ObjectCreated:CompleteMultipartUpload": "work",
  "ObjectCreated:PutSymlink": "work",
  "ObjectCreated:SomethingNew": "work",
  "ObjectCreated:InitiateMultipartUpload": "not-an-upload",
  "ObjectCreated:UploadPart": "not-an-upload",
  "ObjectCreated:UploadPartCopy": "not-an-upload",
  "ObjectRemoved:DeleteObject": "removed",
  "ObjectRemoved:DeleteObjects": "removed",
  "ObjectRemoved:AbortMultipartUpload": "removed",
  "ObjectModified:PutObjectAcl": "not-an-upload",
  "ObjectReplication:ObjectCreated": "not-an-upload",
  "ObjectRestore:Completed": "not-an-upload",
  "ObjectDownloaded:GetObject": "not-an-upload",
  "BucketCreated:PutBucket": "not-an-upload",
  "BucketRemoved:DeleteBucket": "not-an-upload",
  ObjectCreated: "work",
  "SomethingElse:Happened": "not-an-upload",
};

describe("by the event's name, with and without oss:", () => {
  it.each(Object.entries(NAMES))("%s: %s", (name, expected) => {
    expect([outcome(name), outcome(`oss:${name}`)]).toEqual([expected, expected]);
  });

  it.each(["oss:ActionTrail:ConsoleOperation", "oss:CloudMonitor:PutBucket"])("%s holds no record: it is only displayed", (type) => {
    expect(readNotification(binary({ "ce-type": type, "content-type": "application/json" }, '{"eventName":"PutObject","eventSource":"oss-cn-hangzhou.aliyuncs.com"}')).kind).toBe("other");
  });
});

describe("by the size", () => {
  it.each([
    ["ObjectCreated:PutObject", { size: 0 }, "empty-object"],
    ["ObjectCreated:PutObject", { size: "0" }, "empty-object"],
    ["ObjectCreated:PutSymlink", { size: 0 }, "work"], // says nothing about the object behind the link
    ["ObjectCreated:PutObject", { size: undefined }, "work"],
    ["ObjectRemoved:DeleteObject", { size: 0 }, "removed"],
  ])("%s of %j: %s", (name, object, expected) => {
    expect(outcome(name, object)).toBe(expected);
  });
});

describe("by the MIME type", () => {
  it.each([
    [undefined, "work"],
    ["", "work"],
    ["image/jpeg", "work"],
    ["IMAGE/X-Unknown; q=1", "work"],
    ["application/octet-stream", "work"],
    ["Application/Octet-Stream;charset=utf-8", "work"],
    ["text/plain", "not-a-picture"],
    ["video/mp4", "not-a-picture"],
    ["application/json; image/jpeg", "not-a-picture"],
    ["imagery/x", "not-a-picture"],
  ])("%s: %s", (mimeType, expected) => {
    expect(outcome("ObjectCreated:PutObject", { objectMeta: { mimeType } })).toBe(expected);
  });
});

describe("by the key", () => {
  it.each(["a.jpg", "a.JPEG", "a.png", "a.webp", "a.avif", "a.gif", "a.tiff", "a.heic", "a.HEIF", "a.hif", "a.bmp", "a.cr2", "a.psd", "demo.data", "a.bin", "noextension", "a.", "pdf", "zip/photo", "a.pdf.jpg", "a.jpg!thumbnail", "相册/王芳.jpg", "a.constructor"])(
    "%s is worth a look",
    (key) => {
      expect(outcome("ObjectCreated:PutObject", { key })).toBe("work");
    },
  );

  it.each(["a.pdf", "a.DOCX", "a.tar.gz", "a.zip", "a.mp3", "a.mp4", "IMG_1.MOV", "a.ts", "a.js", "a.csv", "a.json", "a.parquet", "a.jpg.txt", "a.ttf", "x/.DS_Store", "Thumbs.db", "IMG_1.AAE", "相册/说明.txt", "photos/", "/"])(
    "%s is not",
    (key) => {
      expect(outcome("ObjectCreated:PutObject", { key })).toBe("not-a-picture");
    },
  );

  it("even where the MIME type says image", () => {
    expect(outcome("ObjectCreated:PutObject", { key: "a.pdf", objectMeta: { mimeType: "image/jpeg" } })).toBe("not-a-picture");
  });
});
