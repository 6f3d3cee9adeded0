// Tests are compiled by tsc with the sources and run in plain Node: worker threads, native modules and ESM are the real ones.
export default {
  runner: "jest-light-runner",
  setupFilesAfterEnv: ["<rootDir>/dist/test/kit/time-limit.js"],
  testMatch: ["<rootDir>/dist/test/**/*.test.js"],
  transform: {},
};
