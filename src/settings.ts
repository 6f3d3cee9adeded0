import { availableParallelism } from "node:os";
import { DETECTORS, ENGINES, RECOGNITIONS } from "./faces/engine.js";
import { DETAILS } from "./faces/face.js";
import { autoOrNumber, bytes, certificates, duration, endpoint, fileOrUrl, galleryLocation, globs, integer, list, matching, onOff, oneOf, overrides, type Parser, prefix, rate, share, someOf, text, url } from "./setting-values.js";

export interface Setting<T> {
  /** The environment variable; the flag is the same in lower case with hyphens. */
  name: string;
  parse: Parser<T>;
  /** As one would write it; absent: not set. */
  default?: string;
  /** One line of help. */
  help: string;
  /** Never shown in a log. */
  secret?: boolean;
}

function required<T>(name: string, parse: Parser<T>, preset: string, help: string): Setting<T> {
  return { name, parse, default: preset, help };
}
function optional<T>(name: string, parse: Parser<T>, help: string): Setting<T | undefined> {
  return { name, parse, help };
}
function secret(name: string, help: string): Setting<string | undefined> {
  return { name, parse: text, help, secret: true };
}

/** Every setting once. */
export const SETTINGS = {
  port: required("PORT", integer(0, 65_535), "8080", "port for events; 0 takes any free one"),
  metricsPort: required("METRICS_PORT", integer(0, 65_535), "9464", "port for /metrics (Prometheus); 0 turns it off"),
  logFormat: required("LOG_FORMAT", oneOf("text", "json"), "text", "text: as event_display prints; json: an object a line"),
  logLevel: required("LOG_LEVEL", oneOf("debug", "info", "warn", "error"), "info", "events and results are info; debug adds a line for each request"),
  publicUrl: optional("PUBLIC_URL", url, "address of this service as others see it; results then name their schema there"),

  results: optional("RESULTS", someOf("log", "reply", "sink"), "where results go: log, reply, sink; log,reply by default, log,sink where K_SINK is set"),
  sink: optional("K_SINK", url, "address that results are sent to (a SinkBinding sets it)"),
  sinkOverrides: optional("K_CE_OVERRIDES", overrides, "extensions added to what goes to K_SINK, as a SinkBinding sets them"),
  sinkCertificates: optional("K_CA_CERTS", certificates, "certificates (PEM) that K_SINK may show beside those that the system trusts (a SinkBinding sets it)"),
  resultTypePrefix: required("RESULT_TYPE_PREFIX", matching(/^[a-z0-9][\w.-]*$/i, "letters, digits, dots and hyphens, such as com.example.faces"), "faces", "first part of the results' type"),
  resultSource: optional("RESULT_SOURCE", matching(/^[^\s"<>\\^`{|}]+$/, "a URI or a path without spaces"), "source of the results; by default the Knative service, else /oss-faces"),
  knativeService: optional("K_SERVICE", text, "name of the Knative service (Knative sets it)"),
  namespace: optional("NAMESPACE", text, "namespace of the Knative service; by default that of the pod's DNS search domain, else default"),

  authToken: secret("AUTH_TOKEN", "shared secret that whoever sends events has to show: Authorization: Bearer …"),
  oidcAudience: optional("OIDC_AUDIENCE", text, "senders have to show an OIDC token for this audience, as Knative's Triggers do where OIDC is on; needs OIDC_ISSUER"),
  oidcIssuer: optional("OIDC_ISSUER", url, "who signs those tokens, such as https://kubernetes.default.svc.cluster.local"),
  oidcKeys: optional("OIDC_JWKS", fileOrUrl, "the issuer's keys: an address or a file (JWKS); by default what the issuer's discovery document names"),

  storage: required("STORAGE", text, "oss", "oss, or a folder whose sub-folders are buckets"),
  ossRegion: optional("OSS_REGION", matching(/^(oss-)?[a-z]{2}(-[a-z0-9]+){1,4}$/, "a region such as oss-cn-hangzhou"), "region of buckets whose events name none, such as oss-cn-hangzhou"),
  ossEndpoint: optional("OSS_ENDPOINT", endpoint, "host or address of a private OSS; by default that of the region"),
  ossInternal: required("OSS_INTERNAL", onOff, "off", "use the region's internal endpoint (free traffic within Alibaba Cloud)"),
  ossBuckets: optional("OSS_BUCKETS", list, "the only buckets that may be read; all by default"),
  ossAccessKeyId: secret("OSS_ACCESS_KEY_ID", "access key; without one RRSA or ALIBABA_CLOUD_ACCESS_KEY_ID is used"),
  ossAccessKeySecret: secret("OSS_ACCESS_KEY_SECRET", "its secret"),
  ossSessionToken: secret("OSS_SESSION_TOKEN", "its STS token, for temporary keys"),
  roleArn: optional("ALIBABA_CLOUD_ROLE_ARN", text, "RRSA: the role (ACK's pod identity sets it)"),
  oidcProviderArn: optional("ALIBABA_CLOUD_OIDC_PROVIDER_ARN", text, "RRSA: the cluster's identity provider"),
  oidcTokenFile: optional("ALIBABA_CLOUD_OIDC_TOKEN_FILE", text, "RRSA: file of the pod's token"),
  accessKeyId: secret("ALIBABA_CLOUD_ACCESS_KEY_ID", "access key under Alibaba Cloud's own name"),
  accessKeySecret: secret("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "its secret"),
  securityToken: secret("ALIBABA_CLOUD_SECURITY_TOKEN", "its STS token"),

  include: optional("INCLUDE", globs, "globs of object keys that are analysed (*.jpg: in any folder; in/**); all by default"),
  exclude: optional("EXCLUDE", globs, "globs of object keys that are not"),
  outputPrefix: optional("OUTPUT_PREFIX", text, "objects under this prefix are our own output and never analysed"),

  engine: required("ENGINE", oneOf(...ENGINES), "onnx", "onnx, or face-api (the library itself: slower, needs @tensorflow/tfjs)"),
  details: required("DETAILS", someOf(...DETAILS), "pose,quality", `what is said of a face beyond box, score and points: ${DETAILS.join(", ")}, or none`),
  detector: required("DETECTOR", oneOf(...DETECTORS), "centerface", "what finds faces: centerface, or yunet (faster, more false faces: MIN_SCORE 0.8 suits it; oss-faces models get yunet)"),
  models: optional("MODELS", text, "folder of the optional models yunet and sface; by default models/optional in the package"),
  recognition: optional("RECOGNITION", oneOf(...RECOGNITIONS), "fused where GALLERY is set and ENGINE is onnx, else single; how people are told apart: single: one network's 128 numbers; fused: SFace's 128 behind them (errs far less, takes three times as long; onnx only); sface: SFace's alone, in float32 (oss-faces models get sface)"),
  gallery: optional("GALLERY", galleryLocation, "where enrolled people are kept: a folder (on a volume), or oss://bucket/prefix; without it nobody is recognised and nothing is enrolled"),
  peoplePrefix: required("PEOPLE_PREFIX", prefix, "people/", "photos below it enrol people: people/NAME/FILE; only where GALLERY is set"),
  peopleBucket: optional("PEOPLE_BUCKET", text, "the only bucket whose photos enrol people; any by default"),
  matchDistance: required("MATCH_DISTANCE", autoOrNumber, "auto", "faces farther than this from every person are unknown; auto follows the gallery, so that about FALSE_MATCH_RATE of strangers get a name"),
  falseMatchRate: required("FALSE_MATCH_RATE", rate, "0.01", "the share of strangers that may be given a name; counts where MATCH_DISTANCE is auto"),
  repeatPeople: required("REPEAT_PEOPLE", onOff, "off", "let one person be named on several faces of a photo (collages, mirrors); off: only on the face that fits best"),
  detectSize: required("DETECT_SIZE", integer(64, 4096), "512", "longer side of the picture that the detector sees, pixels (onnx only)"),
  minScore: required("MIN_SCORE", share, "0.5", "faces with a lower score are left out, 0 to 1"),
  minFace: required("MIN_FACE", integer(0, 100_000), "0", "faces whose longer side is shorter are left out, pixels"),
  workers: required("WORKERS", integer(1, 256), String(availableParallelism()), "threads that analyse photos; by default one a core"),
  queue: required("QUEUE", integer(1, 100_000), "100", "requests in work at once; more are answered 429"),
  queueBytes: required("QUEUE_BYTES", bytes, "1GiB", "bytes of the requests in work and of the photos they declare; more are answered 429"),
  eventDeadline: required("EVENT_DEADLINE", duration, "60s", "the longest that one event may take"),
  gracePeriod: required("GRACE_PERIOD", duration, "60s", "the longest that what is in work may take after SIGTERM; then the rest is answered 503"),
  maxEventBytes: required("MAX_EVENT_BYTES", bytes, "1MiB", "larger requests are refused"),
  maxObjectBytes: required("MAX_OBJECT_BYTES", bytes, "64MiB", "larger objects are not read"),
  maxPixels: required("MAX_PIXELS", integer(1, 2 ** 31 - 1), "150000000", "larger pictures are not decoded"),
  pictureMemory: required("PICTURE_MEMORY", bytes, "1GiB", "pictures that would take more memory while they are decoded are not; large ones are decoded one at a time"),
} satisfies Record<string, Setting<unknown>>;

export type SettingKey = keyof typeof SETTINGS;

/** The flag of a setting: `MIN_SCORE` → `min-score`. */
export function flagOf(setting: Setting<unknown>): string {
  return setting.name.toLowerCase().replaceAll("_", "-");
}
