import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { examine, failure, ok } from "../../../cli/doctor/finding.ts";
import {
  commitFinding,
  freeFinding,
  gitFinding,
  homeFinding,
  syncFinding,
} from "../../../cli/doctor/home.ts";
import { clockFinding, nodeFinding } from "../../../cli/doctor/machine.ts";
import { natsFinding } from "../../../cli/doctor/server.ts";
import { voterFinding } from "../../../cli/doctor/voters.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "swarm-doctor-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const GiB = 1024 ** 3;
const now = Date.UTC(2026, 10, 21);

describe("a finding is", () => {
  test.each([
    ["ok on a new Node", nodeFinding("v24.1.0"), "ok"],
    ["ok on the oldest Node that works", nodeFinding("v20.19.0"), "ok"],
    ["a failure on an older one", nodeFinding("v20.18.3"), "fail"],
    ["a failure on a much older one", nodeFinding("v18.20.0"), "fail"],
    ["ok with room on the disk", freeFinding(5 * GiB), "ok"],
    ["a warning with little room", freeFinding(GiB / 2), "warn"],
    ["a failure with hardly any", freeFinding(1024), "fail"],
    ["ok on a quick disk", commitFinding(0.4), "ok"],
    ["a warning on a slow one", commitFinding(35), "warn"],
    ["ok with a clock after the newest run", clockFinding(now, now - 1), "ok"],
    ["ok without any run", clockFinding(now, undefined), "ok"],
    ["a warning where the newest run is in the future", clockFinding(now, now + 3_600_000), "warn"],
    ["a failure where the clock is at its beginning", clockFinding(0, undefined), "fail"],
  ])("%s", (_, finding, status) => {
    expect(finding.status).toBe(status);
  });

  test("something to do, whenever it is not ok", () => {
    const findings = [
      nodeFinding("v18.0.0"),
      freeFinding(0),
      commitFinding(99),
      clockFinding(0, undefined),
      nodeFinding("v22.0.0"),
    ];
    expect(findings.map(({ status, todo }) => (status === "ok") === (todo === null))).toEqual([
      true,
      true,
      true,
      true,
      true,
    ]);
  });
});

test("a home that does not exist is made, ignores itself, and nothing else stays in it", () => {
  const home = join(folder, "deep", "home");
  expect(homeFinding(home)).toMatchObject({ name: "home", status: "ok" });
  expect(gitFinding(home).status).toBe("ok");
  expect(syncFinding(home).name).toBe("commit");
  expect(readFileSync(join(home, ".gitignore"), "utf8")).toBe("*\n");
});

test("a home that git would pick up is a warning", () => {
  writeFileSync(join(folder, ".gitignore"), "*.tmp\n");
  expect(gitFinding(folder)).toMatchObject({ status: "warn" });
});

test("a home that is a file is a failure and not an exception", async () => {
  const home = join(folder, "file");
  writeFileSync(home, "");
  expect(await examine("home", "do this", () => homeFinding(home))).toMatchObject({
    status: "fail",
    todo: "set SWARM_HOME to a folder that you may write to",
  });
});

test("a check that passes is handed on as it is", async () => {
  expect(await examine("x", "todo", () => ok("x", "fine"))).toEqual({
    name: "x",
    status: "ok",
    detail: "fine",
    todo: null,
  });
});

test("models that are not there are a failure", async () => {
  expect(await examine("voters", "install", () => voterFinding(folder))).toMatchObject({
    name: "voters",
    status: "fail",
    todo: "install swarm again",
  });
});

test("an address where no server answers is a failure that keeps its password to itself", async () => {
  const finding = await natsFinding("nats://user:secret@127.0.0.1:1");
  expect(finding).toMatchObject({ name: "nats", status: "fail" });
  expect(JSON.stringify(finding)).not.toContain("secret");
});

test.each([
  ["no server answers; start one", "no server answers", "start one"],
  ["it is broken", "it is broken", "otherwise"],
])("the words of an error are split into what is wrong and what to do: %s", (message, detail, todo) => {
  expect(failure("x", message, "otherwise")).toEqual({ name: "x", status: "fail", detail, todo });
});
