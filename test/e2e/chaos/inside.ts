/** The chaos run inside the cluster's network: `index.ts` starts it there. */
import { chaosOptions } from "./options.js";
import { reportText } from "./report.js";
import { runChaos } from "./run.js";

const options = chaosOptions(process.argv.slice(2));
process.stdout.write(`seed ${options.seed}\n`);
const report = await runChaos(options);
process.stdout.write(reportText(report));
process.exit(report.wrong.length === 0 ? 0 : 1); // by itself Node 20 may never end: it waits for handles of connections that were reset
