import type { Picture, PictureInfo } from "../image/picture.js";
import type { Detail, Face } from "./face.js";

/** The engines by the names that ENGINE takes. */
export const ENGINES = ["onnx", "face-api"] as const;
export type EngineName = (typeof ENGINES)[number];

/** What finds the faces, by the names that DETECTOR takes; each is a model of the same name. */
export const DETECTORS = ["centerface", "yunet"] as const;
export type DetectorName = (typeof DETECTORS)[number];

/** How people are told apart, by the names that RECOGNITION takes. */
export const RECOGNITIONS = ["single", "fused", "sface"] as const;
export type RecognitionName = (typeof RECOGNITIONS)[number];

/** How faces are looked for. */
export interface FaceOptions {
  details: readonly Detail[];
  /** What a descriptor is made of; counts only where one is asked for. */
  recognition: RecognitionName;
  /** Longer side of the picture that the detector sees, pixels. */
  detectSize: number;
  /** Faces below this score are left out, 0..1. */
  minScore: number;
  /** Faces whose longer side is shorter are left out, pixels of the full picture. */
  minFace: number;
  /** `centerface` where absent; only for the engine onnx, as `models`. */
  detector?: DetectorName;
  /** Folder of the optional models; the package's where absent. */
  models?: string;
}

/** Finds faces in one decoded picture. Lives in a worker thread: its methods may hold the thread. */
export interface FaceEngine {
  /** Faces ordered by box area, largest first. */
  find(picture: Picture): Promise<Face[]>;
  /** Frees the models. */
  close(): Promise<void>;
}

/** Which engine and models gave a result, for the result event. */
export interface EngineInfo {
  name: string;
  version: string;
  models: { name: string; sha256: string }[];
}

/** What became of one photo. Times in milliseconds. */
export interface Analysis {
  picture: PictureInfo;
  faces: Face[];
  timings: { decode: number; detect: number };
}

/** The pool of workers as the pipeline sees it. */
export interface FacePool {
  readonly info: EngineInfo;
  /** Settles once every worker has its models loaded; rejects where they cannot be loaded. */
  ready(): Promise<void>;
  /** Whether a worker lives that has its models loaded. */
  readonly alive: boolean;
  /** Whether no worker lives and none will: so many threads hang that only a new process helps, or one that comes back. */
  readonly lost?: boolean;
  /** Threads that hang and did not end: an exit would wait for them, SIGKILL does not. */
  readonly hanging?: number;
  /**
   * Decodes an encoded picture and finds its faces in a worker thread. `bytes` are transferred: gone for the caller.
   * @throws TooManyPixels, Undecodable, UnsupportedFormat where the picture is unusable
   * @param ended told how the work in a thread ended, also where nobody waits for it any more: by which error, or well
   * @throws WorkerCrashed where the worker ended; DecodingTooSlow; DeadlinePassed where `signal` aborted
   */
  analyze(bytes: Uint8Array<ArrayBuffer>, signal: AbortSignal, ended?: (error?: unknown) => void): Promise<Analysis>;
  close(): Promise<void>;
}
