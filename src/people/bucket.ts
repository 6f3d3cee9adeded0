import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import type { SmallObjects } from "../storage/object-store.js";

/** How the library reaches a bucket: a server on loopback that poses as OSS, of `src/storage` or of a test. */
export interface BucketAccess {
  /** As the library's object store wants them: `oss_endpoint`, `oss_access_key_id`, `oss_secret_access_key`. */
  readonly storageOptions: Record<string, string>;
  /** Objects of the gallery that are not the library's. */
  readonly objects: SmallObjects;
  /** What was last in the way of a request, where that was since then (`performance.now()`); holds no secret. */
  troubleSince(time: number): string | undefined;
  close(): Promise<void>;
}

/**
 * Sets what the library takes from the environment only. It is the process's real one: this counts on the main thread alone.
 * An address has no sub-domains: the bucket goes into the path. Where a role is named the library asks STS by itself,
 * whatever keys it is given; ours has been read by then. No proxy is asked for what is on this machine. And the library's
 * HTTP client panics where a system has no certificates, as slim images do, though it only ever speaks to us, in the clear:
 * it gets those that Node brings.
 * @param folder of this process, for a file
 */
export async function prepareEnvironment(folder: string, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  env.SSL_CERT_FILE = join(folder, "certificates.pem");
  await writeFile(env.SSL_CERT_FILE, rootCertificates.join("\n"));
  env.OSS_ADDRESSING_STYLE = "path";
  delete env.ALIBABA_CLOUD_ROLE_ARN;
  delete env.OSS_ROLE_ARN;
  for (const name of ["NO_PROXY", "no_proxy"]) {
    const hosts = env[name]?.split(",").map((host) => host.trim()).filter(Boolean) ?? [];
    if (!hosts.includes("127.0.0.1")) env[name] = [...hosts, "127.0.0.1"].join(",");
  }
}
