import { checkOwnOutput, watchOwnOutput } from "./own-output.js";

/**
 * jest-light-runner knows no timeouts: a test that waits for what never comes would wait for ever. Loaded before each
 * test file (jest.config.js): every test and hook fails after this time, and where it writes a secret.
 */
const LIMIT = 60_000;

watchOwnOutput();

type Body = (...values: never[]) => unknown;

/** The same, but rejecting after the limit. It takes no parameters by name: those would be taken for callbacks. */
function limited(body: Body): () => Promise<unknown> {
  return (...values: unknown[]) => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not done after ${LIMIT / 1000} s`)), LIMIT);
    });
    const work = Promise.resolve().then(() => body(...(values as never[]))).then(checkOwnOutput);
    return Promise.race([work, late]).finally(() => clearTimeout(timer));
  };
}

const plain = globalThis.it;
const each = plain.each.bind(plain) as (table: readonly unknown[]) => (name: string, body: Body) => void;
const limitedIt = Object.assign((name: string, body: Body) => plain(name, limited(body)), plain, {
  each: (table: readonly unknown[]) => (name: string, body: Body) => each(table)(name, limited(body)),
});
Object.assign(globalThis, { it: limitedIt, test: limitedIt });

for (const hook of ["beforeAll", "beforeEach", "afterEach", "afterAll"] as const) {
  const original = globalThis[hook];
  globalThis[hook] = (body) => {
    original(limited(body as Body));
  };
}
