import type OSS from "ali-oss";
import { BucketNotFound, StorageUnavailable } from "../errors.js";
import { checkBucketName, ossRegion } from "./names.js";
import type { ObjectRef } from "./object-store.js";
import { cleaned } from "./oss-fault.js";
import type { Reply, Transport } from "./oss-transport.js";
import type { Signing } from "./oss-tries.js";

/** Where objects are asked for. */
export interface OssAddress {
  /** OSS_REGION: for events that name none, and for what is signed where `endpoint` is set. */
  region?: string;
  /** OSS_ENDPOINT: a host, or an http or https address, instead of the region's own. */
  endpoint?: string;
  /** OSS_INTERNAL: the network within a region, free of charge. */
  internal?: boolean;
}

/** Options of ali-oss that its types do not know. */
interface ClientOptions extends OSS.Options {
  bucket: string;
  /** An HTTP client instead of its own. */
  urllib: Transport;
  /** Path style: the bucket is the first segment of the path. */
  sldEnable: boolean;
  /** Milliseconds added to the time that is signed. */
  amendTimeSkewed: number;
}

export interface OssAccess extends Signing {
  address: OssAddress;
  transport: Transport;
}

/**
 * Has ali-oss send one request about an object or its bucket, signed with V4.
 * @throws BucketNotFound where bucket or region cannot be ones; OssFault for what OSS or the network answered
 */
export async function ask<T>({ address, transport, credentials, skew }: OssAccess, ref: ObjectRef, request: (client: OSS) => Promise<T>): Promise<T> {
  const { default: Client } = await import("ali-oss");
  const { sessionToken, ...key } = credentials;
  let reply: Reply | undefined;
  const options: ClientOptions = {
    ...target(address, ref),
    ...key,
    ...(sessionToken && { stsToken: sessionToken, refreshSTSTokenInterval: 1 }), // the interval alone only silences a warning
    authorizationV4: true,
    amendTimeSkewed: skew,
    urllib: { ...transport, request: async (url, asked) => (reply = await transport.request(url, asked)) },
  };
  try {
    // A client holds no connection: one for each request, so that none is left with old credentials.
    return await request(new Client(options));
  } catch (error) {
    throw cleaned(error, reply);
  }
}

type Target = Pick<ClientOptions, "bucket" | "region" | "endpoint" | "internal" | "secure" | "sldEnable">;

/** @throws BucketNotFound where bucket or region cannot be ones: neither becomes part of a host name then */
export function target({ region, endpoint, internal = false }: OssAddress, ref: ObjectRef): Target {
  checkBucketName(ref.bucket);
  const [named, set] = [ossRegion(ref.region), ossRegion(region)];
  const chosen = endpoint ? (set ?? named) : (named ?? set);
  if (chosen === undefined) {
    const said = ref.region === undefined ? "No region is named" : `${JSON.stringify(ref.region.slice(0, 60))} is not a region`;
    throw new BucketNotFound(`${said}, so the bucket ${ref.bucket} cannot be found: set OSS_REGION`);
  }
  return {
    bucket: ref.bucket,
    region: chosen,
    internal,
    secure: true,
    ...(endpoint ? endpointOf(endpoint) : { sldEnable: false }),
  };
}

/**
 * A host of one label and a Kubernetes service have no sub-domains, so the bucket goes into the path. For an address
 * of numbers ali-oss itself names the bucket in the Host header.
 */
function endpointOf(endpoint: string): Pick<Target, "endpoint" | "sldEnable"> {
  const address = endpoint.includes("://") ? endpoint : `https://${endpoint}`; // ali-oss takes `host:` of `host:443` for a scheme
  if (!URL.canParse(address)) throw new StorageUnavailable(`OSS_ENDPOINT ${JSON.stringify(endpoint)} is neither a host nor an address`);
  const { hostname } = new URL(address);
  return { endpoint: address, sldEnable: !hostname.includes(".") || /\.(localhost|svc|svc\.cluster\.local)$/.test(hostname) };
}
