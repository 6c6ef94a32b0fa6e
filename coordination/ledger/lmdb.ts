import { createHash } from "node:crypto";
import { withMark, type Mark } from "../decision/marks.ts";
import { openEnv, type Env } from "../log/lmdb-env.ts";
import { sealJson, unsealJson } from "../log/records.ts";
import { SwarmError } from "../protocol/errors.ts";
import { canonical } from "../protocol/json.ts";
import {
  byAgentAndModel,
  type Marked,
  type MarkSource,
  type PriorOf,
  type Standing,
  type TrustLedger,
} from "./ledger.ts";

export type LmdbLedgerOptions = {
  /** The folder of the environment; made if need be. */
  readonly dir: string;
  readonly prior: PriorOf;
  /** For tests: runs within each transaction, before it is made durable; what it throws is a failed write. */
  readonly beforeCommit?: () => void;
};

/** The ledger on disk, in an LMDB environment of its own (`docs/adr/0007-trust-ledger.md`). Throws `HOME_UNUSABLE`. */
export const openLmdbLedger = ({ dir, prior, beforeCommit }: LmdbLedgerOptions): TrustLedger => {
  const env = openEnv(dir);

  const sequenceOf = ({ run, decision, agent }: Pick<Mark, "run" | "decision" | "agent">) => {
    const stored = env.get(placeKey(run, decision, agent));
    return stored === undefined ? undefined : stored.readUIntBE(2, 6);
  };
  const standingOf = (agent: string, model: string): Standing | undefined => {
    const stored = env.get(standingKey(agent, model));
    return stored === undefined ? undefined : standingFrom(stored);
  };

  // Within a transaction: what other processes added meanwhile is seen, and they wait.
  const write = (marks: readonly Mark[], source: MarkSource, atUs: number): readonly Mark[] => {
    const added: Mark[] = [];
    const standings = new Map<string, Standing>();
    let sequence = nextSequence(env);
    for (const mark of marks) {
      const { run, decision, agent, model } = mark;
      if (sequenceOf(mark) !== undefined) continue;
      const marked: Marked = { mark, source, atUs };
      env.put(markKey(sequence), sealJson(marked));
      env.put(placeKey(run, decision, agent), numberBytes(sequence));
      const key = canonical([agent, model]);
      const { marks: before, counts } = standings.get(key) ??
        standingOf(agent, model) ?? { marks: 0, counts: prior(model) };
      standings.set(key, { agent, model, marks: before + 1, counts: withMark(counts, mark) });
      added.push(mark);
      sequence += 1;
    }
    for (const standing of standings.values())
      env.put(standingKey(standing.agent, standing.model), sealJson(standing));
    beforeCommit?.();
    return added;
  };

  return {
    add: (marks, source, atUs) => {
      let added: readonly Mark[] = [];
      try {
        env.transact(marks.length * markBytes, () => {
          added = write(marks, source, atUs);
        });
      } catch (cause) {
        if (cause instanceof SwarmError) throw cause;
        const reason = cause instanceof Error ? cause.message : String(cause);
        const message = `the trust ledger in ${dir} cannot be written (${reason}); free space or mend the disk, then do it again`;
        throw new SwarmError("LOG_WRITE_FAILED", message, { cause });
      }
      return added;
    },
    find: (run, decision, agent) => {
      env.refresh();
      const sequence = sequenceOf({ run, decision, agent });
      const stored = sequence === undefined ? undefined : env.get(markKey(sequence));
      return stored === undefined ? undefined : markFrom(stored, `mark ${sequence} of the ledger`);
    },
    standing: (agent, model) => {
      env.refresh();
      return standingOf(agent, model);
    },
    standings: () => {
      env.refresh();
      return env
        .values(allStandings)
        .map((stored) => standingFrom(stored))
        .sort(byAgentAndModel);
    },
    history: function* () {
      env.refresh();
      const end = nextSequence(env);
      for (let from = 0; from < end; from += readAtOnce)
        for (const stored of env.values({
          start: markKey(from),
          end: markKey(Math.min(end, from + readAtOnce)),
        }))
          yield markFrom(stored, "a mark of the ledger");
    },
    close: () => env.close(),
  };
};

/** About what a mark and its place take on disk. */
const markBytes = 1_024;
const readAtOnce = 1_024;

const nextSequence = (env: Env): number => {
  const last = env.lastKey(allMarks);
  return last === undefined ? 0 : Buffer.from(last).readUIntBE(3, 6) + 1;
};

// Sealed with a checksum, and written by this very format version.
const markFrom = (stored: Buffer, what: string): Marked => unsealJson(stored, what) as Marked;
const standingFrom = (stored: Buffer): Standing =>
  unsealJson(stored, "what the ledger knows of an agent") as Standing;

/*
 * Keys: one letter for the kind, then a number (eight bytes, big-endian) or the sha256 of what it is about.
 * `m` sequence: a mark, in the order in which they were taken. `p` run, decision, agent: the sequence of its mark. `s` agent,
 * model: the fold of its marks, which could be made again from them.
 */
const markKey = (sequence: number): Buffer => Buffer.concat([Buffer.from("m"), numberBytes(sequence)]);
const placeKey = (run: string, decision: string, agent: string): Buffer =>
  digestKey("p", [run, decision, agent]);
const standingKey = (agent: string, model: string): Buffer => digestKey("s", [agent, model]);

const allMarks = { start: Buffer.from("m"), end: Buffer.from("n") };
const allStandings = { start: Buffer.from("s"), end: Buffer.from("t") };

const digestKey = (kind: string, parts: readonly string[]): Buffer =>
  Buffer.concat([Buffer.from(kind), createHash("sha256").update(canonical(parts)).digest()]);

const numberBytes = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeUIntBE(value, 2, 6);
  return bytes;
};
