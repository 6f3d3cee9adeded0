/** One record of an OSS notification, in one spelling whatever the source's was. */
export interface OssRecord {
  /** Without the prefix `oss:`, e.g. `ObjectCreated:PutObject`. */
  eventName: string;
  eventTime?: string;
  bucket: string;
  /** As it stands in the record: whether OSS URL-encodes keys is documented nowhere, every sample is raw. */
  key: string;
  /** Bytes, as the event said. */
  size?: number;
  /** Upper-case hex, unquoted, as the event said. */
  etag?: string;
  /** As the event said: `cn-hangzhou`. */
  region?: string;
  mimeType?: string;
  /** User metadata of the object (`x-oss-meta-*` without the prefix), where the event has it. */
  userMeta?: Record<string, string>;
}
