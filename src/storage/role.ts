import { readFile } from "node:fs/promises";
import { z } from "zod";
import { CredentialsFailed } from "../errors.js";
import { keepSecret } from "../secrets.js";
import type { CredentialProvider } from "./credentials.js";
import { xmlField } from "./xml-field.js";

export interface RoleSettings {
  /** ALIBABA_CLOUD_ROLE_ARN. */
  role: string;
  /** ALIBABA_CLOUD_OIDC_PROVIDER_ARN. */
  provider: string;
  /** ALIBABA_CLOUD_OIDC_TOKEN_FILE: the kubelet replaces what is in it. */
  tokenFile: string;
  /** Milliseconds that STS has to be reached, and then to answer. */
  deadline: number;
}

/** What is asked for; the least that a role may allow. */
const LIFETIME_SECONDS = 3600;

const sessionSchema = z.object({ accessKeyId: z.string().min(1), accessKeySecret: z.string().min(1), securityToken: z.string().min(1), expiration: z.string().optional() });

/**
 * RRSA: exchanges the token that the file has at that moment for a key of the role (AssumeRoleWithOIDC of STS; host
 * and HTTP are the library's: ALIBABA_CLOUD_STS_REGION and ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED choose the host).
 *
 * One exchange each, without the library's own memory: that gives an ended key for a good one where STS fails, does not
 * say why it failed, and doubles the time to its next attempt with each failure, up to days.
 */
export function roleProvider({ role, provider, tokenFile, deadline }: RoleSettings): CredentialProvider {
  return async () => {
    try {
      keepSecret((await readFile(tokenFile, "utf8")).trim());
      const { OIDCRoleArnCredentialsProvider } = (await import("@alicloud/credentials")).default;
      const asked = OIDCRoleArnCredentialsProvider.builder()
        .withRoleArn(role)
        .withOIDCProviderArn(provider)
        .withOIDCTokenFilePath(tokenFile)
        .withDurationSeconds(LIFETIME_SECONDS)
        .withConnectTimeout(deadline)
        .withReadTimeout(deadline);
      const { accessKeyId, accessKeySecret, securityToken: sessionToken, expiration } = sessionSchema.parse(await asked.build().getCredentialsInternal());
      keepSecret(accessKeyId, accessKeySecret, sessionToken);
      return { accessKeyId, accessKeySecret, sessionToken, lifetime: lifetimeOf(expiration) };
    } catch (error) {
      throw new CredentialsFailed(`The role ${role} could not be assumed: ${stsFault(error, tokenFile)}`);
    }
  };
}

/** Milliseconds: until the end that STS named, but no longer than asked for; where this clock is wrong that end may be past. */
function lifetimeOf(expiration = ""): number {
  const left = Date.parse(expiration) - Date.now();
  return left > 0 ? Math.min(left, LIFETIME_SECONDS * 1000) : LIFETIME_SECONDS * 1000;
}

/** Only names and ids: what STS answered may hold credentials, so neither its message nor the error goes any further. */
function stsFault(error: unknown, tokenFile: string): string {
  const { code, message, name } = error as { code?: unknown; message?: unknown; name?: unknown };
  const text = String(message);
  const said = field(text, "Code");
  const id = field(text, "RequestId");
  if (said) return `STS answered ${said}${id ? `, request id ${id}` : ""}`;
  if (typeof code === "string" && /^(ENOENT|EACCES|EPERM|EISDIR|ENOTDIR)$/.test(code)) return `${code} at ${tokenFile} (ALIBABA_CLOUD_OIDC_TOKEN_FILE)`;
  if (typeof code === "string" && /^\w{1,60}$/.test(code)) return `STS could not be asked: ${code}`;
  return /Timeout/.test(String(name)) ? "STS did not answer in time" : "STS gave no credentials, and no reason in its own words";
}

/** In JSON or XML; only what codes and ids are made of. */
function field(text: string, name: string): string | undefined {
  const said = new RegExp(`"${name}"\\s*:\\s*"([^"]{1,300})"`).exec(text)?.[1] ?? xmlField(text, name);
  return said !== undefined && /^[\w.-]{1,80}$/.test(said) ? said : undefined;
}
