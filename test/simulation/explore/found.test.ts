import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { mutants } from "../../mutation/raft/mutants.ts";
import { tryMutant } from "../../mutation/raft/trial.ts";

// An exploration that finds nothing proves nothing: each of these faults of the core shows only in some orders of events.
const faults: readonly (readonly [string, RegExp])[] = [
  ["the outgoing voters are not asked for commits", /which no quorum has on disk/],
  ["a refused vote counts", /both lead term|without the votes of a quorum/],
  ["a vote of an earlier term counts", /without the votes of a quorum/],
  ["a leader of an earlier term is obeyed", /which no quorum has on disk|lacks entry|another entry/],
  ["a read asks nobody", /serves a read at 1 that came when 2 was committed/],
  ["a snapshot is acknowledged before it is on disk", /acknowledges entries up to 2/],
  ["the joint configuration is never left", /no new command comes to all members/],
  ["a longer log beats a later term", /lacks entry \d, which is committed/],
  ["entries of an earlier term are committed by counting", /lacks entry \d, which is committed/],
  ["what is cut from the log still counts as on disk", /which is not on its disk/],
];

const root = fileURLToPath(new URL("../../..", import.meta.url));

test.each(faults)("found: %s", async (name, says) => {
  const mutant = mutants.find((known) => known.name === name) ?? expect.fail(`no fault is called ${name}`);
  expect(await tryMutant({ root, mutant, seeds: 0, judges: ["explorer"] })).toMatch(says);
});
