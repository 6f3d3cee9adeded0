/**
 * The catalogue of failures: one class each. What a failure means for the event that met it is its kind:
 *
 * | kind       | HTTP | who can mend it                                   |
 * |------------|------|---------------------------------------------------|
 * | `rejected` | 4xx  | the sender: the request is no event we can read   |
 * | `unusable` | 200  | nobody by retrying: a `faces.image.failed` result |
 * | `trouble`  | 503  | a retry may                                       |
 * | `busy`     | 429  | a later retry will                                |
 */
export type FailureKind = "rejected" | "unusable" | "trouble" | "busy";

/** Base of all failures that have an outcome in the design; anything else that is thrown is a defect (500). */
export abstract class Failure extends Error {
  /** Stable name used in logs, problem documents and result events. */
  abstract readonly code: string;
  abstract readonly kind: FailureKind;
  /** HTTP status of the answer to the request. */
  abstract readonly status: number;
  /** One line: what the reader can do about it. */
  abstract readonly help: string;

  /** True where delivering the same event again may end better. */
  get retry(): boolean {
    return this.kind === "trouble" || this.kind === "busy";
  }

  override get name(): string {
    return this.constructor.name;
  }
}

const STATUS: Record<FailureKind, number> = { rejected: 400, unusable: 200, trouble: 503, busy: 429 };

interface Definition {
  code: string;
  kind: FailureKind;
  help: string;
  /** Only where it differs from the kind's usual status. */
  status?: number;
}

function failure({ code, kind, help, status = STATUS[kind] }: Definition) {
  return class extends Failure {
    readonly code = code;
    readonly kind = kind;
    readonly status = status;
    readonly help = help;
  };
}

/** Something that was left out of this install; the message says how to get it. */
export class MissingPart extends Error {}

/** A file for a command is not in its form; the message names the entry or line and what is wrong with it. */
export class BadInput extends Error {}

// --- the request is no event we can read -----------------------------------------------------------------------
export class NotAnEvent extends failure({ code: "not-an-event", kind: "rejected", status: 415, help: "Send a CloudEvent: ce-* headers, application/cloudevents+json or application/cloudevents-batch+json." }) {}
export class InvalidEvent extends failure({ code: "invalid-event", kind: "rejected", help: "A CloudEvent needs id, source, type and specversion 1.0, 0.3 or 0.2; a structured one must be valid JSON." }) {}
export class InvalidNotification extends failure({ code: "invalid-notification", kind: "rejected", help: "An OSS event's data must hold at least one record with eventName, oss.bucket.name and oss.object.key." }) {}
export class EventTooLarge extends failure({ code: "event-too-large", kind: "rejected", status: 413, help: "Send the object's notification, not the object; MAX_EVENT_BYTES sets the limit." }) {}
export class Unauthorized extends failure({ code: "unauthorized", kind: "rejected", status: 401, help: "Send Authorization: Bearer with the shared secret (AUTH_TOKEN) or an OIDC token for this service (OIDC_AUDIENCE)." }) {}
export class MethodNotAllowed extends failure({ code: "method-not-allowed", kind: "rejected", status: 405, help: "Events are sent by POST to /." }) {}
export class BodyCutShort extends failure({ code: "body-cut-short", kind: "rejected", help: "The body ended before its Content-Length." }) {}

// --- the photo is unusable ---------------------------------------------------------------------------------------
export class ObjectNotFound extends failure({ code: "object-not-found", kind: "unusable", help: "The object was deleted or renamed before it could be read." }) {}
export class FileUnreadable extends failure({ code: "file-unreadable", kind: "unusable", help: "Give whoever runs the command the right to read the file." }) {}
export class BucketNotFound extends failure({ code: "bucket-not-found", kind: "unusable", help: "Check the bucket's name and region." }) {}
export class ObjectArchived extends failure({ code: "object-archived", kind: "unusable", help: "Restore the object, then send its event again." }) {}
export class ObjectTooLarge extends failure({ code: "object-too-large", kind: "unusable", help: "MAX_OBJECT_BYTES sets the limit." }) {}
export class TooManyPixels extends failure({ code: "too-many-pixels", kind: "unusable", help: "MAX_PIXELS sets the limit." }) {}
export class Undecodable extends failure({ code: "undecodable", kind: "unusable", help: "The picture is damaged: upload it again." }) {}
export class UnsupportedFormat extends failure({ code: "unsupported-format", kind: "unusable", help: "Convert it to JPEG, PNG, WebP, AVIF, HEIC, GIF or TIFF." }) {}
export class BadKey extends failure({ code: "bad-key", kind: "unusable", help: "Object keys with . or .. segments or a leading / cannot be read safely: rename the object." }) {}
export class BucketNotAllowed extends failure({ code: "bucket-not-allowed", kind: "unusable", help: "OSS_BUCKETS names the buckets that may be read." }) {}
/** The same photo ended two workers: it is not tried a third time. */
export class PoisonedPhoto extends failure({ code: "worker-crash", kind: "unusable", help: "This photo ended the inference worker twice; please report it." }) {}

// --- trouble that a retry may mend -------------------------------------------------------------------------------
export class StorageUnavailable extends failure({ code: "storage-unavailable", kind: "trouble", help: "The object store answered with an error or cut the connection; the event may be retried." }) {}
export class StorageTimeout extends failure({ code: "storage-timeout", kind: "trouble", help: "The object store was too slow; the event may be retried." }) {}
export class AccessDenied extends failure({ code: "access-denied", kind: "trouble", help: "Grant the permission that the message names (oss:GetObject, oss:ListObjects or oss:DeleteObject) on the bucket to the service's role or key." }) {}
export class CredentialsFailed extends failure({ code: "credentials", kind: "trouble", help: "Check OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET, or the RRSA settings ALIBABA_CLOUD_*." }) {}
export class DeadlinePassed extends failure({ code: "deadline", kind: "trouble", help: "EVENT_DEADLINE sets how long one event may take." }) {}
/** The machine may have been slow, or the picture is made to be: the second time it is `Undecodable`. */
export class DecodingTooSlow extends failure({ code: "deadline", kind: "trouble", help: "The machine was too slow for this picture; the event may be retried." }) {}
export class BodyLate extends failure({ code: "deadline", kind: "trouble", help: "A request's body has to come within seconds after its headers, without a long pause." }) {}
export class WorkerCrashed extends failure({ code: "worker-crash", kind: "trouble", help: "The inference worker ended and was replaced; the event may be retried." }) {}
export class GalleryUnavailable extends failure({ code: "gallery-unavailable", kind: "trouble", help: "The gallery (GALLERY) could not be read or written; the event may be retried." }) {}
/** Made with another model, or no gallery at all: an operator has to see to it, and the events wait for them. */
export class GalleryUnusable extends failure({ code: "gallery-unusable", kind: "trouble", help: "Rebuild the gallery with oss-faces people rebuild, or use the settings (GALLERY, RECOGNITION, ENGINE) and the version that it was made with." }) {}
/** For what the gallery sorts while it makes its index. */
export class TemporaryFolderUnusable extends GalleryUnusable {
  override readonly help = "Mount a volume that can be written (service.yaml has an emptyDir) and name it in TMPDIR.";
}
export class IssuerUnavailable extends failure({ code: "issuer-unavailable", kind: "trouble", help: "The keys of OIDC_ISSUER could not be had, so no token can be checked; the event may be retried." }) {}
export class ClocksApart extends failure({ code: "clocks-apart", kind: "trouble", help: "The sender's token is valid from a moment that this machine's clock has yet to reach: set the clocks; the event may be retried." }) {}
export class SinkFailed extends failure({ code: "sink", kind: "trouble", help: "K_SINK did not accept the result; the event may be retried." }) {}
export class Draining extends failure({ code: "draining", kind: "trouble", help: "This instance is shutting down; another one will take the event." }) {}

// --- more than fits ----------------------------------------------------------------------------------------------
export class Busy extends failure({ code: "busy", kind: "busy", help: "More events than fit are in work; QUEUE and QUEUE_BYTES set how many may be." }) {}
export class LogUnread extends failure({ code: "busy", kind: "busy", help: "Nobody reads the service's output, and what is not read takes memory." }) {}
