import { openSync, writeSync } from "node:fs";
import { SwarmError } from "../../coordination/protocol/errors.ts";
import { openJournalRaftStore } from "../../coordination/raft/store-journal.ts";
import { openLmdbRaftStore } from "../../coordination/raft/store-lmdb.ts";
import type { RaftStore } from "../../coordination/raft/store.ts";
import { digestOf, modelOf, perform, scriptOf } from "./raft-store-script.ts";

/*
 * `write DIR SEED FROM TO [ACKS]` does the steps FROM to TO (not included) of a script, and for each that is on disk writes a
 * line with its number, to stdout or to the file ACKS. `read DIR` prints `node N SHA256` for each replica.
 * Both end with `error CODE` if the world breaks. The store is on LMDB, or with RAFT_STORE=journal in a journal.
 */
const [task, dir = "", seed = "0", from = "0", to = "0", acks] = process.argv.slice(2);

const openStore = process.env["RAFT_STORE"] === "journal" ? openJournalRaftStore : openLmdbRaftStore;

/** What nobody may do after a write that failed, whatever the disk says by then. */
const goOn = (store: RaftStore): void => {
  const vote = {
    token: 1,
    hardState: { term: 1_000, vote: 1 },
    snapshot: null,
    truncateFrom: null,
    entries: [],
  };
  try {
    store.write([{ node: 1, write: vote }]);
    console.log("went on");
  } catch {
    // As it must be.
  }
};

const write = async (): Promise<void> => {
  const store = openStore({ dir, group: "g" });
  const out = acks === undefined ? 1 : openSync(acks, "a");
  let at = 0;
  for (const { step } of scriptOf(Number(seed))) {
    if (at === Number(to)) break;
    if (at >= Number(from)) {
      try {
        perform(store, step);
      } catch (error) {
        goOn(store);
        throw error;
      }
      writeSync(out, `${at}\n`);
    }
    at += 1;
  }
  await store.close();
};

const read = async (): Promise<void> => {
  const store = openStore({ dir, group: "g" });
  for (const [node, expected] of modelOf(store)) console.log(`node ${node} ${digestOf(expected)}`);
  await store.close();
};

try {
  await (task === "write" ? write() : read());
} catch (error) {
  console.log(`error ${error instanceof SwarmError ? error.code : String(error)}`);
  process.exitCode = 1;
}
