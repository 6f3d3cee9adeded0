import { z } from "zod";
import { CredentialsFailed } from "../errors.js";

/** An access key; a temporary one comes with a session token. */
export interface Credentials {
  accessKeyId: string;
  accessKeySecret: string;
  sessionToken?: string;
}

/** Gives credentials that are valid for some more minutes. */
export type CredentialProvider = () => Promise<Credentials>;

/** Holds the credentials of one store: asks the provider ahead of time and once, however many reads wait. */
export interface CredentialHolder {
  get(): Promise<Credentials>;
  /** Asks the provider again, after OSS turned `refused` down; undefined where it still has the same. */
  renewed(refused: Credentials): Promise<Credentials | undefined>;
}

/** After this time reads go on with the old credentials while new ones are asked for. */
const RENEW_AFTER = 60_000;
/** After this time reads wait for new ones. @alicloud/credentials renews 15 minutes before the end. */
const KEEP_FOR = 10 * 60_000;

/** @param now milliseconds: tests set it */
export function holdCredentials(provider: CredentialProvider, now: () => number = Date.now): CredentialHolder {
  let held: { credentials: Credentials; since: number } | undefined;
  let asking: Promise<Credentials> | undefined;

  function ask(): Promise<Credentials> {
    asking ??= provider()
      .then((credentials) => {
        held = { credentials, since: now() };
        return credentials;
      })
      .finally(() => (asking = undefined));
    return asking;
  }

  return {
    async get() {
      const age = held ? now() - held.since : Infinity;
      if (!held || age > KEEP_FOR) return ask();
      if (age > RENEW_AFTER) ask().catch(() => undefined); // tried again by the next read; these are still good
      return held.credentials;
    },
    async renewed(refused) {
      // Another read may have renewed them meanwhile.
      const current = held && !same(held.credentials, refused) ? held.credentials : await ask();
      return same(current, refused) ? undefined : current;
    },
  };
}

function same(a: Credentials, b: Credentials): boolean {
  return a.accessKeyId === b.accessKeyId && a.accessKeySecret === b.accessKeySecret && a.sessionToken === b.sessionToken;
}

/** The keys from the settings (OSS_*) come before those from the environment (ALIBABA_CLOUD_*). */
export interface CredentialSettings {
  accessKeyId?: string;
  accessKeySecret?: string;
  sessionToken?: string;
  /** ALIBABA_CLOUD_*. */
  env: Record<string, string | undefined>;
}

/**
 * Chooses where credentials come from: the settings, ALIBABA_CLOUD_ACCESS_KEY_*, or RRSA (a Kubernetes service
 * account's token, exchanged for a role's); the order is that of Alibaba's own default chain, which is not used itself:
 * it sticks to a provider that failed.
 */
export function credentialProvider({ env, ...set }: CredentialSettings): CredentialProvider {
  if (set.accessKeyId || set.accessKeySecret) return fixed(set, "OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET");
  const plain = {
    accessKeyId: env.ALIBABA_CLOUD_ACCESS_KEY_ID,
    accessKeySecret: env.ALIBABA_CLOUD_ACCESS_KEY_SECRET,
    sessionToken: env.ALIBABA_CLOUD_SECURITY_TOKEN,
  };
  if (plain.accessKeyId || plain.accessKeySecret) return fixed(plain, "ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET");
  const { ALIBABA_CLOUD_ROLE_ARN: role, ALIBABA_CLOUD_OIDC_PROVIDER_ARN: provider, ALIBABA_CLOUD_OIDC_TOKEN_FILE: file } = env;
  if (role && provider && file) return roleProvider(role, provider, file);
  return refuse(
    "No credentials for OSS: set OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET, or for RRSA let ACK inject " +
      "ALIBABA_CLOUD_ROLE_ARN, ALIBABA_CLOUD_OIDC_PROVIDER_ARN and ALIBABA_CLOUD_OIDC_TOKEN_FILE",
  );
}

function fixed(keys: Partial<Credentials>, idName: string, secretName: string): CredentialProvider {
  // A line end at the end is what `echo … | base64` leaves in a Kubernetes secret.
  const [accessKeyId = "", accessKeySecret = "", sessionToken] = [keys.accessKeyId, keys.accessKeySecret, keys.sessionToken].map((key) => key?.trim());
  if (!accessKeyId) return refuse(`${secretName} is set, but not ${idName}`);
  if (!accessKeySecret) return refuse(`${idName} is set, but not ${secretName}`);
  if (/[^!-~]/.test(accessKeyId + accessKeySecret + (sessionToken ?? ""))) return refuse(`${idName}, ${secretName} or the session token has characters that no key has`);
  return () => Promise.resolve({ accessKeyId, accessKeySecret, ...(sessionToken && { sessionToken }) });
}

function refuse(message: string): CredentialProvider {
  return () => Promise.reject(new CredentialsFailed(message));
}

const roleCredentialsSchema = z.object({ accessKeyId: z.string().min(1), accessKeySecret: z.string().min(1), securityToken: z.string().min(1) });

/** RRSA: @alicloud/credentials reads the token file and asks STS, again before the answer expires. */
function roleProvider(roleArn: string, oidcProviderArn: string, oidcTokenFilePath: string): CredentialProvider {
  const load = async () => {
    const { default: library } = await import("@alicloud/credentials");
    return new library.default(new library.Config({ type: "oidc_role_arn", roleArn, oidcProviderArn, oidcTokenFilePath }));
  };
  let client: ReturnType<typeof load> | undefined;
  return async () => {
    try {
      const answer = await (await (client ??= load())).getCredential();
      const { securityToken: sessionToken, ...key } = roleCredentialsSchema.parse(answer);
      return { ...key, sessionToken };
    } catch (error) {
      throw new CredentialsFailed(`The role ${roleArn} could not be assumed: ${stsFault(error, oidcTokenFilePath)}`);
    }
  };
}

/** Only names and ids: what STS answered may hold credentials, so neither its message nor the error goes any further. */
function stsFault(error: unknown, tokenFile: string): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const text = String(message);
  const said = /"Code"\s*:\s*"([\w.-]{1,80})"/.exec(text)?.[1];
  const id = /"RequestId"\s*:\s*"([\w-]{1,80})"/.exec(text)?.[1];
  if (said) return `STS answered ${said}${id ? `, request id ${id}` : ""}`;
  if (code === "ENOENT" || code === "EACCES") return `${code} at ${tokenFile} (ALIBABA_CLOUD_OIDC_TOKEN_FILE)`;
  return typeof code === "string" ? `STS could not be asked: ${code}` : "STS gave no credentials";
}
