import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The command. */
export const bin = fileURLToPath(new URL("../../../bin/oss-faces.js", import.meta.url));

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the command as a user would, in the folder `cwd` where one is given. */
export function ossFaces(args: string[], env: Record<string, string> = {}, { cwd, stdin = "" }: { cwd?: string; stdin?: string } = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(bin, args, { cwd, env: { ...process.env, ...env }, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
    child.stdin?.on("error", () => undefined).end(stdin); // who reads nothing closes it
  });
}
