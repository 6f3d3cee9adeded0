import { type EnrolmentPlace, whatToDo } from "../../src/events/work.js";
import { binary, readNotification } from "./support.js";

/** What is done about an event that has this name, as its type and in its record. */
function outcome(name: string, object: object = {}, people?: EnrolmentPlace): string {
  const data = { eventName: name, eventSource: "acs:oss", oss: { bucket: { name: "photos" }, object: { key: "a.jpg", size: 5, ...object } } };
  const notification = readNotification(binary({ "ce-type": name, "content-type": "application/json" }, JSON.stringify(data)));
  if (notification.kind === "other") return "other";
  const [record] = notification.records;
  if (!record) return "no record";
  const todo = whatToDo(record, people);
  return "work" in todo ? todo.work : todo.skip;
}

const NAMES: Record<string, string> = {
  "ObjectCreated:PutObject": "analyze",
  "ObjectCreated:PostObject": "analyze",
  "ObjectCreated:CopyObject": "analyze",
  "ObjectCreated:AppendObject": "analyze",
  "ObjectCreated:CompleteMultipartUpload": "analyze",
  "ObjectCreated:PutSymlink": "analyze",
  "ObjectCreated:SomethingNew": "analyze",
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
  ObjectCreated: "analyze",
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
    ["ObjectCreated:PutSymlink", { size: 0 }, "analyze"], // says nothing about the object behind the link
    ["ObjectCreated:PutObject", { size: undefined }, "analyze"],
    ["ObjectRemoved:DeleteObject", { size: 0 }, "removed"],
  ])("%s of %j: %s", (name, object, expected) => {
    expect(outcome(name, object)).toBe(expected);
  });
});

describe("by the MIME type", () => {
  it.each([
    [undefined, "analyze"],
    ["", "analyze"],
    ["image/jpeg", "analyze"],
    ["IMAGE/X-Unknown; q=1", "analyze"],
    ["application/octet-stream", "analyze"],
    ["Application/Octet-Stream;charset=utf-8", "analyze"],
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
      expect(outcome("ObjectCreated:PutObject", { key })).toBe("analyze");
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

describe("under PEOPLE_PREFIX, where there is a gallery", () => {
  const people = { prefix: "people/" };
  it.each([
    ["ObjectCreated:PutObject", "people/王芳/a.jpg", people, "enrol"],
    ["ObjectCreated:CopyObject", "people/Bob/2024/a b.jpg", people, "enrol"],
    ["ObjectCreated:PutObject", "people/a.jpg", people, "enrol"], // refused for want of a name, which the uploader has to hear
    ["ObjectCreated:PutObject", "people%2FBob%2Fa.jpg", people, "enrol"],
    ["ObjectCreated:PutObject", "people/100%/a.jpg", people, "enrol"],
    ["ObjectCreated:PutObject", "people/Bob/notes.txt", people, "not-a-picture"],
    ["ObjectCreated:UploadPart", "people/Bob/a.jpg", people, "not-an-upload"],
    ["ObjectRemoved:DeleteObject", "people/Bob/a.jpg", people, "forget"],
    ["ObjectRemoved:DeleteObjects", "people/Bob/a.jpg", people, "forget"],
    ["ObjectRemoved:AbortMultipartUpload", "people/Bob/a.jpg", people, "removed"],
    ["ObjectRemoved:DeleteObject", "photos/Bob/a.jpg", people, "removed"],
    ["ObjectCreated:PutObject", "my/people/Bob/a.jpg", people, "analyze"],
    ["ObjectCreated:PutObject", "people/Bob/a.jpg", { ...people, bucket: "staff" }, "analyze"],
    ["ObjectCreated:PutObject", "people/Bob/a.jpg", { ...people, bucket: "photos" }, "enrol"],
    ["ObjectCreated:PutObject", "people/Bob/a.jpg", undefined, "analyze"],
    ["ObjectRemoved:DeleteObject", "people/Bob/a.jpg", undefined, "removed"],
  ])("%s of %s (%j): %s", (name, key, place, expected) => {
    expect(outcome(name, { key }, place)).toBe(expected);
  });

  it.each([{ size: 0 }, { objectMeta: { mimeType: "text/plain" } }])("%j is looked at: it may have taken a face's place", (object) => {
    expect(outcome("ObjectCreated:PutObject", { key: "people/Bob/a.jpg", ...object }, people)).toBe("enrol");
  });
});
