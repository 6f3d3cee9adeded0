/**
 * onnxruntime 1.30 reports its use to Microsoft (and keeps a database in ~/.cache and a log in the temporary folder)
 * unless this is in the process's environment when it is loaded. Nothing of ours leaves for anybody: to be called on the
 * main thread, whose environment is the process's, before any thread loads it.
 */
export function noTelemetry(): void {
  process.env.ORT_DISABLE_TELEMETRY = "1";
}
