import { BucketNotFound, StorageUnavailable } from "../../src/errors.js";
import { ossRegion } from "../../src/storage/names.js";
import type { OssAddress } from "../../src/storage/oss-client.js";
import { OssFault } from "../../src/storage/oss-fault.js";
import { download } from "../../src/storage/oss-requests.js";
import { failureOf, KEY } from "./support.js";

/** The request that ali-oss makes of our options: its URL, its Host header and the region it is signed for. */
async function requestOf(address: OssAddress, region?: string): Promise<{ url: string; host?: string; signedFor?: string }> {
  const seen: { url: string; host?: string; signedFor?: string }[] = [];
  const transport = {
    request: (url: string, { headers }: { headers: Record<string, string> }) => {
      seen.push({ url, host: headers.host, signedFor: /\/\d{8}\/([^/]+)\/oss\//.exec(headers.authorization ?? "")?.[1] });
      return Promise.reject(new OssFault("seen"));
    },
    close: () => {},
  };
  const error: unknown = await download({ address, transport, credentials: KEY, skew: 0 }, { bucket: "photos", key: "k", region }, new AbortController().signal).catch((error: unknown) => error);
  if (seen[0]) return seen[0];
  throw error;
}

describe("where an object is asked for", () => {
  it.each([
    ["the event's region", {}, "cn-hangzhou", "https://photos.oss-cn-hangzhou.aliyuncs.com/k"],
    ["the event's region before the setting", { region: "cn-beijing" }, "cn-hangzhou", "https://photos.oss-cn-hangzhou.aliyuncs.com/k"],
    ["the setting", { region: "cn-beijing" }, undefined, "https://photos.oss-cn-beijing.aliyuncs.com/k"],
    ["the setting, where the event's is none", { region: "oss-cn-beijing" }, "evil.com/x", "https://photos.oss-cn-beijing.aliyuncs.com/k"],
    ["a full name", {}, "oss-ap-southeast-1", "https://photos.oss-ap-southeast-1.aliyuncs.com/k"],
    ["the internal network", { internal: true }, "cn-hangzhou", "https://photos.oss-cn-hangzhou-internal.aliyuncs.com/k"],
    ["a private cloud", { endpoint: "oss.cloud.example" }, "cn-hangzhou", "https://photos.oss.cloud.example/k"],
    ["a private cloud without TLS", { endpoint: "http://oss.cloud.example:8080" }, "cn-hangzhou", "http://photos.oss.cloud.example:8080/k"],
    ["a host with its port", { endpoint: "oss.cloud.example:8443" }, "cn-hangzhou", "https://photos.oss.cloud.example:8443/k"],
    ["an address", { endpoint: "http://10.0.0.7" }, "cn-hangzhou", "http://10.0.0.7/k"],
    ["a host of one label", { endpoint: "http://oss:9000" }, "cn-hangzhou", "http://oss:9000/photos/k"],
    ["a Kubernetes service", { endpoint: "http://oss.storage.svc.cluster.local" }, "cn-hangzhou", "http://oss.storage.svc.cluster.local/photos/k"],
  ] satisfies [string, OssAddress, string | undefined, string][])("%s", async (_, address, region, url) => {
    expect((await requestOf(address, region)).url).toBe(url);
  });

  it("signs for the set region where an endpoint is set, and names the bucket to an address in the Host header", async () => {
    const request = await requestOf({ endpoint: "http://10.0.0.7", region: "cn-beijing" }, "cn-hangzhou");
    expect(request).toEqual({ url: "http://10.0.0.7/k", host: "photos.oss-cn-beijing.aliyuncs.com", signedFor: "cn-beijing" });
  });

  it.each([undefined, "evil.com/x", "", "cn-hangzhou.evil.com", "cn hangzhou", `cn-${"x".repeat(60)}`])("asks nobody where %j is all that is known of the region", async (region) => {
    const failure = await failureOf(requestOf({}, region));
    expect(failure).toBeInstanceOf(BucketNotFound);
    expect(failure.message).toContain("OSS_REGION");
  });

  it("reports an endpoint that is none", async () => {
    expect(await failureOf(requestOf({ endpoint: "http://" }, "cn-hangzhou"))).toBeInstanceOf(StorageUnavailable);
  });

  it.each([
    ["cn-hangzhou", "oss-cn-hangzhou"],
    ["oss-us-west-1", "oss-us-west-1"],
    ["cn-hangzhou-internal", "oss-cn-hangzhou"], // the network is the setting's matter, not the event's
    ["cn-north-2-gov-1", "oss-cn-north-2-gov-1"],
    ["rg-china-mainland", "oss-rg-china-mainland"],
    ["CN-Hangzhou", undefined],
    ["oss-", undefined],
    ["cn-hangzhou\n", undefined],
  ])("takes the region %j for %s", (name, region) => {
    expect(ossRegion(name)).toBe(region);
  });
});
