import { randomUUID } from "node:crypto";
import type { Table } from "@lancedb/lancedb";
import { Field, Schema, Utf8 } from "apache-arrow";
import { GalleryUnavailable } from "../errors.js";
import { KEY, quoted, texts } from "./lance-table.js";
import type { LastTurn, Turns } from "./writer-lock.js";

/** A row for each lock: who has the turn. */
export const TURNS_SCHEMA = new Schema([new Field("name", new Utf8(), false, KEY), new Field("turn", new Utf8(), false)]);
/** Begins the text of a turn that was given back. */
const FREE = "free";
/** Every so many turns what they left behind is removed, but for what is younger than this, in milliseconds: others may be reading it, or writing on top of it. */
const TIDIED = 100;
const KEPT = 60_000;

/** How often a change of one's own turn is tried. */
const TRIES = 5;

interface TableTurn extends LastTurn {
  /** Undefined where there never was one. */
  turn: string | undefined;
}

/** Turns as a row of a small table, for where there are no files to share: the row is changed only by who knows its last text. */
export function tableTurns(table: Table, name: string): Turns<TableTurn> {
  let changes = 0;

  async function last(): Promise<TableTurn> {
    await table.checkoutLatest();
    const { batches } = await table.query().where(`name = ${quoted(name)}`).select(["turn"]).toArrow();
    const [turn] = batches.flatMap((batch) => texts(batch, "turn")) as (string | undefined)[];
    return { turn, over: turn === undefined || turn.startsWith(FREE), key: turn ?? "" };
  }

  /** True where the row had this text and has the other one now. */
  async function change(before: string | undefined, after: string): Promise<boolean> {
    const row = [{ name, turn: after }];
    const merge = table.mergeInsert("name");
    const { numInsertedRows, numUpdatedRows } = await (before === undefined ? merge.whenNotMatchedInsertAll() : merge.whenMatchedUpdateAll({ where: `target.turn = ${quoted(before)}` })).execute(row);
    if (++changes % TIDIED === 0) await table.optimize({ cleanupOlderThan: new Date(Date.now() - KEPT) }).catch(() => undefined); // the next time
    return numInsertedRows + numUpdatedRows === 1;
  }

  return {
    last,
    async take({ turn }) {
      const me = randomUUID();
      let signs = 0;
      const text = (state: string) => `${state} ${me} ${++signs}`;
      let mine = text("held");
      // Where the answer was lost the next look shows our own turn, and its silence ends it.
      if (!(await change(turn, mine))) return undefined;
      const renew = async (state: string): Promise<void> => {
        for (let tries = 1; tries <= TRIES; tries++) {
          const next = text(state);
          if (await change(mine, next)) return void (mine = next);
          const found = (await last()).turn;
          if (!found?.includes(me)) break;
          mine = found; // the answer to an earlier sign was lost, or the library did not see the newest row
        }
        throw new GalleryUnavailable(`It is another process's turn by now: ${name}`);
      };
      return { sign: () => renew("held"), giveBack: () => renew(FREE) };
    },
  };
}
