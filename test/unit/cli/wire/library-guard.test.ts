import { onTestFinished, describe, expect, test } from "vitest";
import { openMetrics, openSwarm, type TaskDefinition } from "../../../../index.ts";
import { scratchFolder } from "../../../support/cli.ts";

const task: TaskDefinition = {
  version: 1,
  name: "one",
  models: { m: { provider: "scripted", replies: [{ text: "yes" }] } },
  agents: { a: { role: "r", model: "m" } },
  workflow: [{ id: "s", ask: "a", prompt: "hi" }],
};

const usage = (message: string) => expect.objectContaining({ code: "BAD_USAGE", message });
const closed = usage("this swarm is closed; open it again with openSwarm");

/** What plain JavaScript may hand over, whatever the types say. */
const untyped = (value: unknown) => value as never;

describe.each(["in a folder", "in memory"])("%s", (place) => {
  const open = () => openSwarm({ home: place === "in memory" ? false : scratchFolder(onTestFinished) });

  test("a swarm that is closed says so, and not that its record is damaged", async () => {
    const swarm = open();
    const { run } = await swarm.run(task);
    await swarm.close();
    await swarm.close();
    await expect(swarm.run(task)).rejects.toEqual(closed);
    await expect(swarm.resume(run)).rejects.toEqual(closed);
    await expect(swarm.approve(run, "s", "yes")).rejects.toEqual(closed);
    expect(() => swarm.replay(run)).toThrow(closed);
    expect(() => swarm.rows(run)).toThrow(closed);
  });
});

test("bad arguments are refused by name, before anything is recorded", async () => {
  const swarm = openSwarm({ home: false });
  onTestFinished(() => swarm.close());
  const refused = (given: Promise<unknown>, message: string) => expect(given).rejects.toEqual(usage(message));
  await refused(swarm.run(task, untyped(null)), "the options of run are null; give an object, or nothing");
  await refused(swarm.run(task, { signal: untyped({}) }), "`signal` is an object; give an AbortSignal");
  await refused(swarm.run(task, { signal: untyped(null) }), "`signal` is null; give an AbortSignal");
  await refused(
    swarm.run(task, { allowCommands: untyped("no") }),
    "`allowCommands` is a string; give a boolean",
  );
  await refused(
    swarm.run(task, untyped({ allowCommand: true })),
    'run has no option `allowCommand`; did you mean "allowCommands"?',
  );
  expect(() => swarm.rows("last")).toThrow("there is no run yet");
  const { run } = await swarm.run(task);
  await refused(
    swarm.resume(run, { allowCommands: untyped(1) }),
    "`allowCommands` is a number; give a boolean",
  );
  await refused(
    swarm.resume(run, untyped({ inputs: {} })),
    "resume has no option `inputs`; known: signal, allowCommands",
  );
  await refused(swarm.approve(run, "s", untyped(undefined)), "`option` is undefined; give a string");
  await refused(swarm.approve(run, "s", "yes", untyped(5)), "`reason` is a number; give a string");
});

test("bad options of openSwarm are refused by name", () => {
  const refused = (options: unknown, message: string) =>
    expect(() => openSwarm(untyped(options))).toThrow(usage(message));
  refused(null, "the options of openSwarm are null; give an object, or nothing");
  refused({ home: true }, "`home` is a boolean; give a string, or false");
  refused({ home: false, cwd: 4 }, "`cwd` is a number; give a string");
  refused({ home: false, nats: 4222 }, "`nats` is a number; give a string");
  refused({ home: false, environment: null }, "`environment` is null; give an object");
  refused({ hom: "runs" }, 'openSwarm has no option `hom`; did you mean "home"?');
  refused(
    { home: false, vram: "8GB" },
    "openSwarm has no option `vram`; known: home, cwd, nats, environment, metrics",
  );
  refused({ home: false, metrics: {} }, "`metrics` is an object; give what openMetrics gives");
});

test("metrics are served on a port and an address that can be, and on no other", async () => {
  const refused = (options: unknown, message: string) =>
    expect(openMetrics(untyped(options))).rejects.toEqual(usage(message));
  await refused(undefined, "the options of openMetrics are undefined; give an object");
  const port = "give a port from 0 to 65535";
  await refused({}, `\`port\` is undefined; ${port}`);
  await refused({ port: 70_000 }, `\`port\` is 70000; ${port}`);
  await refused({ port: Number.NaN }, `\`port\` is NaN; ${port}`);
  await refused(
    { port: 0, address: "::1" },
    "openMetrics has no option `address`; known: port, host, lingers, warn",
  );
  await refused({ port: 0, lingers: 5 }, "`lingers` is a number; give a boolean");
  await refused({ port: 0, warn: "loudly" }, "`warn` is a string; give a function");
  // An empty address would be every address of the machine.
  await refused({ port: 0, host: "" }, "`host` is empty; give an address of this machine");
});

test("a run that broke after it was recorded is named by its error", async () => {
  const swarm = openSwarm({ home: false, nats: "nats://127.0.0.1:1" });
  onTestFinished(() => swarm.close());
  const error = await swarm.run(task).catch((cause: unknown) => cause);
  const [header] = [...swarm.rows("last")];
  expect(error).toMatchObject({
    code: "NO_NATS",
    message: expect.stringContaining(
      `\nthe run is recorded as ${header?.row.run}; go on with: resume("${header?.row.run}")`,
    ),
  });
});
