/**
 * A CloudEvent as it was received, before anybody looks into its data.
 * Unlike the SDK's class it keeps the data as it came (the display prints it unchanged) and accepts what older
 * sources send: specversion 0.3 and 0.2, and times that are not RFC 3339.
 * Source: CloudEvents 1.0.2 §3, HTTP binding §3, JSON format §3.
 */
export interface ReceivedEvent {
  specversion: "1.0" | "0.3" | "0.2";
  id: string;
  type: string;
  source: string;
  subject?: string;
  /** As sent: it need not be RFC 3339. */
  time?: string;
  /** 0.3 and 0.2 call it schemaurl. */
  dataschema?: string;
  datacontenttype?: string;
  /** Only in 0.3 and 0.2, where it says that `data` was base64. */
  datacontentencoding?: string;
  extensions: Record<string, string | number | boolean>;
  /** W3C trace context of the request that carried it: a Broker forwards it beside the event's own extensions. */
  trace?: { traceparent?: string; tracestate?: string };
  /** Absent where the event has no data. */
  data?: EventData;
  /** Attribute headers as they stood on the wire, only those that percent-decoding or unquoting changed. */
  written: Record<string, string>;
}

export interface EventData {
  /**
   * Binary mode: the body. Structured mode: the JSON text of `data` as it stood in the envelope, right behind the colon
   * (a string's value where datacontenttype is not JSON), or the decoded bytes of `data_base64`.
   */
  bytes: Uint8Array;
  /** True where a structured event carried `data_base64`, or `data` with datacontentencoding base64. */
  base64: boolean;
}
