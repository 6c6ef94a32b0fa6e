import { expect, test } from "vitest";
import { runScript } from "./runner.ts";

const elected = "nodes 1 2 3\ncampaign 1\nrun\nrounds 1\npropose 1 x\nrun\nread 1 r\nrun\n";

test.each([
  "1 leader",
  "2 3 follower",
  "all up",
  "all log 1:- 1:x",
  "all log 1 1",
  "all commit 2",
  "all follows 1",
  "2 vote 1",
  "1 machine x",
  "1 members voters 1 2 3",
  "1 snapshot none",
  "leaders 1",
  "one leader",
  "agreed",
  "read r x",
  "read r",
  "no read other",
  "no message *->*",
  "count 0 1->2",
])("an expectation that holds is met: %s", (expectation) => {
  expect(runScript(`${elected}expect ${expectation}`)).toEqual({ failures: [] });
});

test.each([
  "1 follower",
  "all follower",
  "2 down",
  "2 log 1:-",
  "2 log 1:- 1:y",
  "2 log 1 2",
  "2 commit 1",
  "2 follows none",
  "2 vote 2",
  "1 machine x x",
  "1 members voters 1 2",
  "1 snapshot 2",
  "leaders none",
  "no one leader",
  "no agreed",
  "read r x y",
  "read other x",
  "read other",
  "no read r",
  "message 1->2 appendRequest",
  "count 1 1->2",
  "accepted",
  "rejected",
  "4 leader",
  "1 happy",
])("an expectation that does not hold is a failure that names its line: %s", (expectation) => {
  const { failures } = runScript(`${elected}expect ${expectation}`);
  expect(failures).toHaveLength(1);
  expect(failures[0]).toContain(`line 9: expect ${expectation}: `);
});

test("a deed that cannot be done ends the transcript", () => {
  expect(runScript("nodes 1 2\ncrash 1\ncrash 1\nexpect 1 leader").failures).toEqual([
    "line 3: crash 1: node 1 is down already",
  ]);
});

test("a word that nobody knows is a failure", () => {
  expect(runScript("nodes 1\njump 1").failures).toEqual(["line 2: jump 1: jump: no such word"]);
});
