// Tests are compiled by tsc with the sources and run in plain Node: worker threads, native modules and ESM are the real ones.
process.env.ORT_DISABLE_TELEMETRY = "1"; // tests that load onnxruntime by themselves tell nobody, either
export default {
  runner: "jest-light-runner",
  globalSetup: "<rootDir>/dist/test/kit/temporary-folder.js",
  setupFilesAfterEnv: ["<rootDir>/dist/test/kit/time-limit.js"],
  testMatch: ["<rootDir>/dist/test/**/*.test.js"],
  transform: {},
};
