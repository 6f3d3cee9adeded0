import fc from "fast-check";
import { keepSecret, keepSettings, redactor } from "../src/secrets.js";
import { ossFaces } from "./kit/cli.js";
import { secretIn } from "./kit/test-secrets.js";

describe("secrets in texts", () => {
  it("are taken out as they are, in JSON, in addresses, and in base64 wherever they stand", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 12, maxLength: 60 }), fc.string({ maxLength: 20 }), fc.string({ maxLength: 20 }), (secret, before, after) => {
        const carried = `${before}${secret}${after}`;
        const texts = [carried, JSON.stringify({ carried }), encodeURIComponent(carried), Buffer.from(carried).toString("base64"), Buffer.from(carried).toString("base64url")];
        for (const text of texts) expect(secretIn(redactor([secret])(text), [secret])).toBeUndefined();
      }),
    );
  });

  it("that came later are taken out, too, the newest ones of them", () => {
    const redact = redactor(["told to it alone"]);
    keepSettings(["from the settings"]);
    keepSecret("came-later-1", "came-later-2");
    expect(redact("came-later-1, came-later-2, from the settings, told to it alone")).toBe("[redacted], [redacted], [redacted], [redacted]");
    for (let n = 10; n < 100; n++) keepSecret(`came-later-${n}`);
    expect(redact("came-later-1 came-later-99 from the settings")).toBe("came-later-1 [redacted] [redacted]");
  });

  it.each(["", "abc"])("texts stay as they are where the secret is %j: it would be found in everything", (secret) => {
    expect(redactor([secret])("abc of abc")).toBe("abc of abc");
  });

  it("that the settings have are taken out of the error that a command ends with, too", async () => {
    const secret = "hidden-in-settings";
    const { code, stdout, stderr } = await ossFaces(["serve"], { STORAGE: `/nowhere/${secret}`, AUTH_TOKEN: secret });
    expect([code, stdout, stderr]).toEqual([2, "", 'A setting is wrong:\n  STORAGE "/nowhere/[redacted]": must be oss or a folder\n']);
  });
});
