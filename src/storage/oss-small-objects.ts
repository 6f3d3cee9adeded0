import type { SmallObjects } from "./object-store.js";
import type { OssAccess } from "./oss-client.js";
import type { OssRequest } from "./oss-errors.js";
import { OssFault } from "./oss-fault.js";
import type { Territory } from "./oss-relay-border.js";
import { allPages, erase, page, passOn } from "./oss-requests.js";
import type { Signing, Tries } from "./oss-tries.js";

/**
 * Objects of a territory, by their names below its prefix.
 * @param signal ends all that is under way
 */
export function smallObjects({ bucket, prefix }: Territory, access: (signing: Signing) => OssAccess, tries: Tries, signal: AbortSignal): SmallObjects {
  const request = (name: string, permission: OssRequest["permission"], work: string): OssRequest => ({ ref: { bucket, key: prefix + name }, signal, permission, work });
  const put = async (asked: OssRequest, signing: Signing, text: string, headers: Record<string, string> = {}) => {
    const answer = await passOn(access(signing), asked.ref, { method: "PUT", parameters: {}, headers }, { signal, body: Buffer.from(text) });
    answer.resume();
  };

  return {
    async list(start) {
      const asked = request(start, "oss:ListObjects", "listed");
      const found: Awaited<ReturnType<SmallObjects["list"]>> = [];
      const pages = allPages(asked.ref, (token) => tries(asked, (signing) => page(access(signing), asked.ref, token, signal)));
      for await (const { key, size, etag = "" } of pages) found.push({ name: key.slice(prefix.length), size, etag });
      return found;
    },
    make(name, text) {
      const asked: OssRequest = { ...request(name, "oss:PutObject", "written"), again: "refused" };
      return tries(asked, async (signing) => {
        try {
          await put(asked, signing, text, { "x-oss-forbid-overwrite": "true" });
          return true;
        } catch (error) {
          if (error instanceof OssFault && error.code === "FileAlreadyExists") return false;
          throw error;
        }
      });
    },
    write(name, text) {
      const asked = request(name, "oss:PutObject", "written");
      return tries(asked, (signing) => put(asked, signing, text));
    },
    remove(name) {
      const asked = request(name, "oss:DeleteObject", "removed");
      return tries(asked, (signing) => erase(access(signing), asked.ref, signal));
    },
  };
}
