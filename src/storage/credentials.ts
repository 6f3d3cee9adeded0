import { CredentialsFailed } from "../errors.js";
import { roleProvider } from "./role.js";

/** An access key; a temporary one comes with a session token. */
export interface Credentials {
  accessKeyId: string;
  accessKeySecret: string;
  sessionToken?: string;
}

/** Credentials as they were given. */
export interface GivenCredentials extends Credentials {
  /** Milliseconds that they are good for; absent: until they are replaced. */
  lifetime?: number;
}

/** Asks for credentials. @throws CredentialsFailed */
export type CredentialProvider = () => Promise<GivenCredentials>;

/** The keys from the settings (OSS_*) come before those from the environment (ALIBABA_CLOUD_*). */
export interface CredentialSettings {
  accessKeyId?: string;
  accessKeySecret?: string;
  sessionToken?: string;
  /** ALIBABA_CLOUD_*. */
  env: Record<string, string | undefined>;
  /** Milliseconds that STS has, first to be reached and then to answer; 5 s each. */
  stsDeadline?: number;
}

/**
 * Chooses where credentials come from: the settings, ALIBABA_CLOUD_ACCESS_KEY_*, or RRSA (a Kubernetes service
 * account's token, exchanged for a role's); the order is that of Alibaba's own default chain, which is not used itself:
 * it sticks to a provider that failed.
 */
export function credentialProvider({ env, stsDeadline = 5_000, ...set }: CredentialSettings): CredentialProvider {
  if (set.accessKeyId || set.accessKeySecret) return fixed(set, "OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET");
  const plain = {
    accessKeyId: env.ALIBABA_CLOUD_ACCESS_KEY_ID,
    accessKeySecret: env.ALIBABA_CLOUD_ACCESS_KEY_SECRET,
    sessionToken: env.ALIBABA_CLOUD_SECURITY_TOKEN,
  };
  if (plain.accessKeyId || plain.accessKeySecret) return fixed(plain, "ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET");
  const { ALIBABA_CLOUD_ROLE_ARN: role, ALIBABA_CLOUD_OIDC_PROVIDER_ARN: provider, ALIBABA_CLOUD_OIDC_TOKEN_FILE: tokenFile } = env;
  if (role && provider && tokenFile) return roleProvider({ role, provider, tokenFile, deadline: stsDeadline });
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
