import { describe, expect, test } from "vitest";
import { findDecision, outcomeOf, standingOf } from "../../../../cli/decisions/find.ts";
import { approveCommand, waitingIn } from "../../../../cli/decisions/waiting.ts";
import { hasEnded } from "../../../../cli/decisions/ended.ts";
import { rulingOn } from "../../../../cli/wire/rule.ts";
import { emptyTrust } from "../../../../coordination/decision/trust.ts";
import { decisionsStep, initialDecisions } from "../../../../coordination/decisions.ts";
import { memoryLog } from "../../../../coordination/log/memory.ts";
import type { DecisionOpened, Entry } from "../../../../coordination/protocol/decision-messages.ts";
import { decisionsActor, effectId, runId, workflowActor } from "../../../../coordination/protocol/ids.ts";
import { cast, openedWith } from "../../coordination/decision/builders.ts";

const run = runId("r");

/** A record in which these entries were committed. */
const recordOf = (entries: readonly Entry[]) => {
  const log = memoryLog();
  const step = decisionsStep(emptyTrust);
  let state = initialDecisions;
  for (const [seq, entry] of entries.entries()) {
    const input = { type: "entry.committed", term: 1, index: seq + 1, leader: 1, entry } as const;
    const { state: next, effects } = step(state, input);
    state = next;
    const cause = effectId(workflowActor, seq, 0);
    log.append({ type: "turn", run, actor: decisionsActor, seq, atUs: seq, cause, input, effects });
  }
  return log;
};

const asking = (more: Partial<DecisionOpened> = {}): DecisionOpened =>
  openedWith(["x", "y"], { rule: "majority", ...more });
const tie = [cast("x", "A", 0.9), cast("y", "B", 0.9)];
const waiting = [asking({ escalate: "human" }), ...tie];
const word = { decision: "d", option: "A", reason: undefined, version: "0.0.0", atUs: 5 };
const end = { type: "finished", run, atUs: 9, outcome: "failed", exit: 1, outputs: {} } as const;

describe("a decision is found by its name", () => {
  const log = recordOf([asking({ decision: "verdict" }), asking({ decision: "other" })]);
  test("and no other one is", () => {
    expect(findDecision(log, run, "verdict").opened.decision).toBe("verdict");
    expect(() => findDecision(log, run, "verdcit")).toThrow(
      'run r has no decision "verdcit"; did you mean "verdict"?',
    );
  });
  test("where there is any", () =>
    expect(() => findDecision(recordOf([]), run, "verdict")).toThrow(/^run r has no decisions$/));
});

describe("how a decision stands", () => {
  const of = (entries: readonly Entry[]) => findDecision(recordOf(entries), run, "d");

  test.each([false, true])("that is over: as it ended, whether the run has (%s)", (isRunOver) => {
    const over = of([asking(), ...tie]);
    expect(outcomeOf(over, isRunOver)).toBe(over.outcome);
    expect(standingOf(over, isRunOver)).toMatchObject({ settled: false, reason: "tie" });
  });

  test("that waits for a person: as the votes left it, but there is no outcome to grade", () => {
    expect(standingOf(of(waiting), false)).toMatchObject({ settled: false, reason: "tie" });
    expect(standingOf(of(waiting), true)).toMatchObject({ settled: false, reason: "tie" });
    expect(() => outcomeOf(of(waiting), false)).toThrow("d waits for a person; rule on it with");
    expect(() => outcomeOf(of(waiting), true)).toThrow("d was open when the run ended; it has no outcome");
  });

  test("that a person has ruled on: as it was ruled", () => {
    const ruled = of([...waiting, { type: "decision.ruled", decision: "d", option: "B" }]);
    expect(ruled.round?.kind).toBe("person");
    for (const standing of [standingOf, outcomeOf])
      expect(standing(ruled, false)).toMatchObject({ settled: true, option: "B", ruling: { by: "person" } });
  });

  test("that is open: not yet, with who has answered", () => {
    const open = of([asking(), ...tie.slice(0, 1)]);
    for (const standing of [standingOf, outcomeOf])
      expect(() => standing(open, false)).toThrow(
        "d is still open (1 of 2 have answered); wait until it is over",
      );
    expect(() => standingOf(open, true)).toThrow("d was open when the run ended");
  });

  test("that is debated: not yet either", () => {
    const debated = of([asking({ rounds: 1 }), ...tie]);
    expect(debated.round?.kind).toBe("debate");
    expect(() => standingOf(debated, false)).toThrow("d is still open");
  });
});

describe("who waits for a person", () => {
  test("is told with its question, why, and what the votes recommend", () => {
    const more = { escalate: "human", decision: "e", thresholdPpm: 900_000, options: ["A", "B"] } as const;
    const two = openedWith(["x", "y", "z"], { rule: "majority", ...more });
    const votes = [cast("x", "A"), cast("y", "A"), cast("z", "B")].map((each) => ({
      ...each,
      decision: "e",
    }));
    const base = { question: "which?", options: ["A", "B"], ruled: null };
    expect(waitingIn(recordOf([...waiting, two, ...votes]), run)).toEqual([
      { ...base, decision: "d", reason: "tie", recommendation: null },
      { ...base, decision: "e", reason: "below-threshold", recommendation: "A" },
    ]);
  });

  test("is nobody where the run has ended, and no decision that is over or still with its voters", async () => {
    expect(waitingIn(recordOf([asking({ escalate: "human" }), ...tie.slice(1)]), run)).toEqual([]);
    expect(waitingIn(recordOf([asking(), ...tie]), run)).toEqual([]);
    const ruled: Entry = { type: "decision.ruled", decision: "d", option: "B" };
    expect(waitingIn(recordOf([...waiting, ruled]), run)).toEqual([]);
    const log = recordOf(waiting);
    await log.durable(run, log.append(end));
    expect([hasEnded(log, run), waitingIn(log, run)]).toEqual([true, []]);
  });

  test("stands with the word of a person once there is one", async () => {
    const log = recordOf(waiting);
    await rulingOn(log, run, { ...word, reason: "so" });
    expect(waitingIn(log, run)).toMatchObject([{ decision: "d", ruled: "A" }]);
    expect([...log.read(run)].at(-1)?.row).toMatchObject({ type: "ruled", option: "A", reason: "so" });
  });
});

test("the command that rules is quoted where a shell would read more into it", () => {
  expect(approveCommand("r", { decision: "d", recommendation: null })).toBe("swarm approve r d OPTION");
  expect(approveCommand("r", { decision: "each[0]/d", recommendation: "not yet" })).toBe(
    "swarm approve r 'each[0]/d' 'not yet'",
  );
});

describe("a person's word", () => {
  test("is taken once: the same again changes nothing, another is refused", async () => {
    const log = recordOf(waiting);
    await rulingOn(log, run, word);
    const rows = [...log.read(run)].length;
    await rulingOn(log, run, word);
    await expect(rulingOn(log, run, { ...word, option: "B" })).rejects.toThrow(
      'd was ruled "A" before, and a ruling is taken once; nothing changed',
    );
    expect([...log.read(run)]).toHaveLength(rows);
  });

  test.each<[string, readonly Entry[], string, string]>([
    ["an option that nobody offered", waiting, "C", '"C" is no option of d; '],
    ["a decision that its voters have", [asking({ escalate: "human" })], "A", "it is still with its voters"],
    ["one that settled", [asking(), cast("x", "A"), cast("y", "A")], "A", "it is over: settled on A"],
    ["one that did not, and asks nobody", [asking(), ...tie], "A", "it is over: not settled, tie"],
  ])("is not taken on %s", async (_, entries, option, message) => {
    const log = recordOf(entries);
    await expect(rulingOn(log, run, { ...word, option })).rejects.toThrow(message);
    expect([...log.read(run)]).toHaveLength(entries.length);
  });
});
