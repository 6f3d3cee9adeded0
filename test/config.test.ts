import { type ConfigError, readConfig, secretsOf } from "../src/config.js";
import { SETTINGS } from "../src/settings.js";

function mistakesOf(env: Record<string, string>, flags: Record<string, string> = {}): string[] {
  try {
    readConfig(env, flags);
    return [];
  } catch (error) {
    return (error as ConfigError).mistakes;
  }
}

describe("settings", () => {
  it("have the defaults of the README", () => {
    expect(readConfig({})).toMatchObject({
      port: 8080,
      metricsPort: 9464,
      logFormat: "text",
      results: ["log", "reply"],
      storage: "oss",
      detector: "centerface",
      details: ["pose", "quality"],
      recognition: "single",
      minScore: 0.5,
      maxEventBytes: 2 ** 20,
      maxObjectBytes: 64 * 2 ** 20,
      maxPixels: 150_000_000,
      eventDeadline: 60_000,
      resultTypePrefix: "faces",
    });
  });

  it("send results to K_SINK where there is one, unless RESULTS says otherwise", () => {
    expect(readConfig({ K_SINK: "http://sink/" }).results).toEqual(["log", "sink"]);
    expect(readConfig({ K_SINK: "http://sink/", RESULTS: "reply" }).results).toEqual(["reply"]);
  });

  it("count as not set where they are empty, as Kubernetes often leaves them", () => {
    expect(readConfig({ K_SINK: "", K_CE_OVERRIDES: "", PORT: " " })).toMatchObject({ port: 8080, results: ["log", "reply"] });
  });

  it("are flags, too, and the flags win", () => {
    expect(readConfig({ MIN_SCORE: "0.9" }, { "min-score": "0.4" }).minScore).toBe(0.4);
  });

  it.each([
    ["MAX_OBJECT_BYTES", "64MiB", "maxObjectBytes", 67_108_864],
    ["MAX_OBJECT_BYTES", "64Mi", "maxObjectBytes", 67_108_864],
    ["MAX_OBJECT_BYTES", "5 MB", "maxObjectBytes", 5_000_000],
    ["MAX_OBJECT_BYTES", "1234", "maxObjectBytes", 1234],
    ["EVENT_DEADLINE", "90", "eventDeadline", 90_000],
    ["EVENT_DEADLINE", "500ms", "eventDeadline", 500],
    ["EVENT_DEADLINE", "2m", "eventDeadline", 120_000],
    ["DETAILS", "none", "details", []],
    ["DETAILS", "age, Gender", "details", ["age", "gender"]],
    ["RECOGNITION", "Fused", "recognition", "fused"],
    ["DETECTOR", "YuNet", "detector", "yunet"],
    ["RECOGNITION", "sface", "recognition", "sface"],
    ["MODELS", "/mnt/models", "models", "/mnt/models"],
    ["OSS_INTERNAL", "true", "ossInternal", true],
    ["OSS_BUCKETS", "a,b c", "ossBuckets", ["a", "b", "c"]],
    ["INCLUDE", "in/**/*.{jpg,png},my photos/*", "include", ["in/**/*.{jpg,png}", "my photos/*"]],
    ["K_SINK", "http://broker.example/default/", "sink", "http://broker.example/default/"],
    ["OSS_ENDPOINT", "oss.example.com", "ossEndpoint", "https://oss.example.com"],
    ["OSS_ENDPOINT", "http://127.0.0.1:9000", "ossEndpoint", "http://127.0.0.1:9000"],
    ["K_CE_OVERRIDES", '{"extensions":{"team":"a"}}', "sinkOverrides", { team: "a" }],
    ["K_CE_OVERRIDES", "{}", "sinkOverrides", {}],
    ["GALLERY", "/data/gallery", "gallery", "/data/gallery"],
    ["PEOPLE_PREFIX", "/staff/photos", "peoplePrefix", "staff/photos/"],
    ["PEOPLE_PREFIX", "员工/", "peoplePrefix", "员工/"],
    ["MATCH_DISTANCE", "AUTO", "matchDistance", "auto"],
    ["MATCH_DISTANCE", "0.55", "matchDistance", 0.55],
  ])("%s=%s", (name, text, key, value) => {
    expect(readConfig({ [name]: text })[key as keyof ReturnType<typeof readConfig>]).toEqual(value);
  });

  it.each([
    ["PORT", "eighty"],
    ["PORT", "65536"],
    ["PORT", "-1"],
    ["MIN_SCORE", "1.5"],
    ["MAX_OBJECT_BYTES", "0"],
    ["MAX_OBJECT_BYTES", "5 apples"],
    ["EVENT_DEADLINE", "0"],
    ["DETAILS", "age,height"],
    ["ENGINE", "opencv"],
    ["RECOGNITION", "double"],
    ["DETECTOR", "mtcnn"],
    ["K_SINK", "not an address"],
    ["OSS_ENDPOINT", "file:///etc"],
    ["K_CE_OVERRIDES", "{"],
    ["K_CE_OVERRIDES", '{"extensions":{"A-b":"c"}}'],
    ["LOG_FORMAT", "xml"],
    ["OSS_INTERNAL", "maybe"],
    ["DETAILS", "none,pose"],
    ["K_CE_OVERRIDES", "[]"],
    ["RESULT_SOURCE", "a b"],
    ["RESULT_TYPE_PREFIX", "a b"],
    ["OSS_REGION", "über"],
    ["GALLERY", "s3://bucket/prefix"],
    ["GALLERY", "oss://bucket"],
    ["GALLERY", "oss://Bucket/prefix"],
    ["PEOPLE_PREFIX", "/"],
    ["MATCH_DISTANCE", "0"],
    ["MATCH_DISTANCE", "near"],
    ["FALSE_MATCH_RATE", "1"],
    ["FALSE_MATCH_RATE", "0"],
  ])("refuse %s=%s by name", (name, text) => {
    expect(mistakesOf({ [name]: text })).toEqual([expect.stringContaining(`${name} ${JSON.stringify(text)}: must be`)]);
  });

  it.each([
    [{ DETECTOR: "yunet" }, ["DETECTOR: yunet needs ENGINE onnx, it is face-api"]],
    [{ DETECTOR: "yunet", RECOGNITION: "sface" }, [expect.stringMatching(/^DETECTOR/), "RECOGNITION: sface needs ENGINE onnx, it is face-api"]],
    [{ DETECTOR: "centerface", RECOGNITION: "single" }, []],
  ])("%o contradicts ENGINE=face-api only where it is another than the default", (env, mistakes) => {
    expect(mistakesOf({ ...env, ENGINE: "face-api" })).toEqual(mistakes);
    expect(mistakesOf(env)).toEqual([]);
  });

  it("take a gallery in a bucket, which takes the bucket's region", () => {
    const GALLERY = "oss://my-bucket/faces/gallery/";
    expect(readConfig({ GALLERY, OSS_REGION: "cn-hangzhou" }).gallery).toBe("oss://my-bucket/faces/gallery");
    expect(mistakesOf({ GALLERY })).toEqual(['GALLERY "oss://my-bucket/faces/gallery": needs OSS_REGION, the bucket\'s region']);
  });

  it.each([
    [{}, "single"],
    [{ GALLERY: "g" }, "fused"],
    [{ GALLERY: "g", RECOGNITION: "single" }, "single"],
    [{ GALLERY: "g", ENGINE: "face-api" }, "single"],
  ])("%o: RECOGNITION is %s", (env, recognition) => {
    expect(readConfig(env).recognition).toBe(recognition);
  });

  it.each([
    [{ PEOPLE_BUCKET: "staff", OSS_BUCKETS: "photos" }, ['PEOPLE_BUCKET "staff": is not among OSS_BUCKETS']],
    [{ PEOPLE_BUCKET: "staff", OSS_BUCKETS: "photos,staff" }, []],
    [{ PEOPLE_PREFIX: "out/people", OUTPUT_PREFIX: "out/" }, [expect.stringMatching(/^PEOPLE_PREFIX "out\/people\/": lies under OUTPUT_PREFIX/)]],
  ])("%o contradict each other only where there is a gallery", (env, mistakes) => {
    expect(mistakesOf({ ...env, GALLERY: "g" })).toEqual(mistakes);
    expect(mistakesOf(env)).toEqual([]);
  });

  const OIDC = { OIDC_ISSUER: "https://issuer.example", OIDC_AUDIENCE: "faces" };
  it.each([
    [OIDC, []],
    [{ OIDC_AUDIENCE: "faces" }, ["OIDC_ISSUER: not set, but OIDC_AUDIENCE is"]],
    [{ OIDC_ISSUER: "https://issuer.example" }, ["OIDC_AUDIENCE: not set, but OIDC_ISSUER is"]],
    [{ ...OIDC, OIDC_ISSUER: "issuer.example" }, expect.arrayContaining([expect.stringMatching(/^OIDC_ISSUER "issuer.example": must be an address/)])],
    [{ ...OIDC, OIDC_JWKS: "/etc/keys/jwks.json" }, []],
    [{ ...OIDC, OIDC_JWKS: "https://keys.example/jwks" }, []],
    [{ ...OIDC, OIDC_JWKS: "file:///etc/keys" }, ['OIDC_JWKS "file:///etc/keys": must be an http or https address']],
    [{ ...OIDC, OIDC_JWKS: "http://keys.example/jwks" }, ["OIDC_JWKS: must be https, for OIDC_ISSUER is"]],
    [{ ...OIDC, OIDC_ISSUER: "http://127.0.0.1:1", OIDC_JWKS: "http://127.0.0.1:2/jwks" }, []],
    [{ OIDC_JWKS: "/etc/keys/jwks.json" }, ["OIDC_JWKS: is set, but OIDC_ISSUER and OIDC_AUDIENCE are not"]],
  ])("say whose tokens are taken: %o", (env, mistakes) => {
    expect(mistakesOf(env as Record<string, string>)).toEqual(mistakes);
  });

  it("are not compared where they are wrong already", () => {
    expect(mistakesOf({ PORT: "99999", METRICS_PORT: "x" })).toHaveLength(2);
  });

  it("refuse to fuse with an engine that knows one network only", () => {
    expect(mistakesOf({ RECOGNITION: "fused", ENGINE: "face-api" })).toEqual(["RECOGNITION: fused needs ENGINE onnx, it is face-api"]);
    expect(mistakesOf({ RECOGNITION: "single", ENGINE: "face-api" })).toEqual([]);
  });

  it("name every mistake at once", () => {
    const env = { PORT: "x", MIN_SCORE: "2", RESULTS: "sink", OSS_ACCESS_KEY_ID: "id", ALIBABA_CLOUD_ROLE_ARN: "acs:ram::1:role/r" };
    expect(mistakesOf(env, { workers: "0" }).map((mistake) => mistake.split(/[ :]/)[0])).toEqual([
      "PORT",
      "MIN_SCORE",
      "--workers",
      "OSS_ACCESS_KEY_SECRET",
      "ALIBABA_CLOUD_OIDC_PROVIDER_ARN",
      "RESULTS",
    ]);
  });

  it("never show a secret in a mistake", () => {
    const setting = SETTINGS.ossAccessKeySecret;
    expect(setting.secret).toBe(true);
    expect(mistakesOf({ OSS_ACCESS_KEY_SECRET: "hunter22" }).join()).not.toContain("hunter22");
  });

  it("never show an address that may hold a password, and take none", () => {
    expect(mistakesOf({ K_SINK: "http://user:hunter22@sink/" })).toEqual(["K_SINK: must be an address without a user name or password"]);
  });

  it("know which of their values are secrets", () => {
    expect(secretsOf(readConfig({ OSS_ACCESS_KEY_ID: "LTAI", OSS_ACCESS_KEY_SECRET: "s3cr3t", OSS_REGION: "oss-cn-x" }))).toEqual(["LTAI", "s3cr3t"]);
  });
});
