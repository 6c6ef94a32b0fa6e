import { expect, test } from "vitest";
import { keptOutput, runCommand } from "../../../cli/wire/commands.ts";

const say = (script: string, timeoutMs = 30_000, signal = new AbortController().signal) =>
  runCommand(
    {
      type: "runCommand",
      request: "d",
      command: [process.execPath, "-e", script],
      cwd: process.cwd(),
      timeoutMs,
    },
    signal,
  );

test.each([
  ["process.exit(0)", 0],
  ["process.exit(7)", 7],
])("%s ends with %i", async (script, exit) => expect(await say(script)).toMatchObject({ exit }));

test("a time that is longer than a timer of the machine can be does not end it", async () => {
  // 30 days, as a task may write them.
  expect(await say("process.exit(0)", 30 * 86_400_000)).toMatchObject({ exit: 0 });
});

test("what it prints is kept, the end of it", async () => {
  const { output } = await say('console.log("x".repeat(9999)); console.error("the end")');
  expect(output).toHaveLength(keptOutput);
  expect(output).toMatch(/the end\n$/);
});

test("it sees no secret of its caller, and reads nothing", async () => {
  process.env["SWARM_TEST_SECRET"] = "canary";
  const { output, exit } = await say(
    'process.stdin.on("data", () => process.exit(9)).on("end", () => console.log(JSON.stringify(process.env)))',
  );
  delete process.env["SWARM_TEST_SECRET"];
  expect(exit).toBe(0);
  expect(output).toContain("PATH");
  expect(output).not.toContain("canary");
});

test("no shell reads its arguments", async () => {
  const command = [process.execPath, "-e", "console.log(process.argv[1])", "$(id); `id` && id"];
  const body = { type: "runCommand", request: "d", command, cwd: process.cwd(), timeoutMs: 30_000 } as const;
  expect((await runCommand(body, new AbortController().signal)).output).toBe("$(id); `id` && id\n");
});

test("one that does not end is ended, with what it has started", async () => {
  const script = `
    const child = require("node:child_process").spawn(process.execPath, ["-e", "setInterval(() => 0, 1000)"], { stdio: "inherit" });
    child.unref(); setInterval(() => 0, 1000);`;
  // The grandchild holds the output open: the answer comes only once it is gone.
  const { exit, trouble } = await say(script, 2_000);
  expect(exit).toBeNull();
  expect(trouble).toBe("it ran for more than 2 s");
});

test("what has left its group and holds the output open holds up nobody", async () => {
  const script = `
    const child = require("node:child_process").spawn(process.execPath, ["-e", "setTimeout(() => 0, 60_000)"], { stdio: "inherit", detached: true });
    child.unref(); console.log(child.pid);`;
  const { exit, trouble, output } = await say(script, 2_000);
  process.kill(Number(output), "SIGKILL");
  expect(exit).toBeNull();
  expect(trouble).toBe("it ran for more than 2 s");
});

test("an interrupted run ends it", async () => {
  const stop = new AbortController();
  const ended = say("setInterval(() => 0, 1000)", 30_000, stop.signal);
  stop.abort();
  expect(await ended).toMatchObject({ exit: null, trouble: "the run was interrupted" });
});

test("any number of them may run at once, and nobody is warned of a leak", async () => {
  const warnings: string[] = [];
  const onWarning = ({ name }: Error) => void warnings.push(name);
  process.on("warning", onWarning);
  const { signal } = new AbortController();
  const exits = await Promise.all(
    Array.from({ length: 12 }, () => say("process.exit(3)", 120_000, signal).then(({ exit }) => exit)),
  );
  process.off("warning", onWarning);
  expect(exits).toEqual(Array.from({ length: 12 }, () => 3));
  expect(warnings).toEqual([]);
});

test.each([
  ["too long", "x".repeat(3_000_000)],
  ["no text", "a\0b"],
])("one whose argument is %s tells no truth", async (_, word) => {
  const command = [process.execPath, "-e", "0", word];
  const body = { type: "runCommand", request: "d", command, cwd: process.cwd(), timeoutMs: 30_000 } as const;
  const { exit, trouble } = await runCommand(body, new AbortController().signal);
  expect(exit).toBeNull();
  expect(trouble).toMatch(/^it could not be started: /);
  expect(trouble?.length).toBeLessThan(500);
});

test("one that is not there tells no truth", async () => {
  const body = {
    type: "runCommand",
    request: "d",
    command: ["./no-such"],
    cwd: process.cwd(),
    timeoutMs: 1_000,
  } as const;
  const answer = await runCommand(body, new AbortController().signal);
  expect(answer).toMatchObject({ exit: null, output: "" });
  expect(answer.trouble).toContain("could not be started");
});
