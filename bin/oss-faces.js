#!/usr/bin/env node
// The command. In a checkout it compiles first where that is needed: npm's install scripts are off there.
import { buildWhereStale } from "./build.js";

await buildWhereStale();
const { main } = await import("../dist/src/cli/index.js");
await main(process.argv.slice(2));
