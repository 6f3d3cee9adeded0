import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { DescriptorModel } from "../../src/people/gallery.js";

interface Message {
  person?: number;
  enrolled?: string;
  forgot?: { photo: string };
  done?: boolean;
  nearest?: string;
  count?: { people: number; photos: number };
  failed?: string;
  message?: string;
}

export interface Enrolling {
  location: string;
  model: DescriptorModel;
  from: number;
  to: number;
  /** After so many enrolments the process is killed in the middle of the next one, and started again with the last one. */
  killAfter?: number[];
  environment?: Record<string, string>;
  /** Called after each enrolment. */
  enrolled?: (person: number) => void;
}

/** Enrols people in a process of its own; settles when it ended. @returns what it said of each, and its failure where it had one */
export async function enrolElsewhere({ location, model, from, to, killAfter = [], environment = {}, enrolled }: Enrolling): Promise<Message[]> {
  const [kill, ...later] = killAfter;
  const child = fork(fileURLToPath(new URL("gallery-child.js", import.meta.url)), [location, String(model.length), String(from), String(to)], { env: { ...process.env, ...environment } });
  const messages: Message[] = [];
  let done = 0;
  child.on("message", (message: Message) => {
    messages.push(message);
    if (message.person === undefined) return;
    enrolled?.(message.person);
    if (++done === kill) child.kill("SIGKILL");
  });
  const signal = await new Promise<string | null>((resolve) => child.on("exit", (_code, ended) => resolve(ended)));
  if (signal === null) return messages;
  const last = messages.at(-1)?.person ?? from;
  return [...messages, ...(await enrolElsewhere({ location, model, from: last, to, killAfter: later, environment, enrolled }))];
}
