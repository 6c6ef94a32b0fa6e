import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { ChildProcess } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { connect } from "nats";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { eventsIn, scratchFolder, swarm, type CliOptions, type CliResult } from "../support/cli.ts";
import { freePorts } from "../support/free-ports.ts";
import { hasNatsServer, startNatsServer } from "../support/nats-server.ts";
import type { ReceivedSpan } from "../support/otlp.ts";
import {
  accepts,
  flawsOf,
  hangs,
  isBusy,
  objects,
  refuses,
  startOtlpReceiver,
  type Conduct,
} from "../support/otlp-receiver.ts";

// Each test starts the program several times.
vi.setConfig({ testTimeout: 120_000 });

const task = (items: number) => `version: 1
name: traced
models: { canned: { provider: scripted, replies: [{ text: "yes", confidence: 0.9 }] } }
agents: { ann: { role: a, model: canned }, bob: { role: b, model: canned }, cid: { role: c, model: canned } }
workflow:
  - id: all
    map:
      over: [${Array.from({ length: items }, (_, at) => `i${at}`).join(", ")}]
      as: it
      do:
        - { id: label, ask: ann, prompt: "\${{ it }}", options: ["yes", "no"] }
        - { id: vote, decide: { question: "\${{ it }}?", options: ["yes", "no"], voters: [ann, bob, cid], rule: majority, tier: routine } }
outputs: { all: "\${{ steps.all.count }}" }
`;

const folder = (text: string): string => {
  const cwd = scratchFolder(onTestFinished);
  writeFileSync(join(cwd, "task.yaml"), text);
  return cwd;
};

const receiver = async (conduct: Conduct = accepts) => {
  const started = await startOtlpReceiver(conduct);
  onTestFinished(() => started.close());
  return started;
};

const runOf = (stdout: string): string => String(eventsIn(stdout)[0]?.["run"]);
const traceIdOf = (run: string): string => createHash("sha256").update(run).digest("hex").slice(0, 32);
const byId = (spans: readonly ReceivedSpan[]): readonly ReceivedSpan[] =>
  spans.toSorted((a, b) => (a.spanId < b.spanId ? -1 : 1));
const rootOf = (spans: readonly ReceivedSpan[]): ReceivedSpan | undefined =>
  spans.find(({ parentSpanId }) => parentSpanId === "");

describe.each(["http/json", "http/protobuf"])("over %s", (protocol) => {
  const env = { OTEL_EXPORTER_OTLP_PROTOCOL: protocol, OTEL_RESOURCE_ATTRIBUTES: "team=blue" };

  test("a run is one trace, whole, the same live as later, and in the same bytes each time", async () => {
    const cwd = folder(task(8));
    const live = await receiver();
    const { code, stdout } = await swarm(["run", "task.yaml", "--json", "--otlp", live.url], { cwd, env });
    expect(code).toBe(0);
    const run = runOf(stdout);
    expect(flawsOf(live.spans())).toEqual([]);
    expect(rootOf(live.spans())).toMatchObject({
      traceId: traceIdOf(run),
      name: "invoke_workflow traced",
      status: { code: 0 },
      attributes: { "swarm.run.id": run, "swarm.run.outcome": "done" },
    });
    expect(live.requests[0]?.resource).toMatchObject({ "service.name": "swarm", team: "blue" });

    const later = [await receiver(), await receiver()] as const;
    for (const { url } of later)
      expect(await swarm(["trace", run, "--otlp", url], { cwd, env })).toMatchObject({ code: 0, stdout: "" });
    expect(byId(later[0].spans())).toEqual(byId(live.spans()));
    expect(later[1].bodies).toEqual(later[0].bodies);
  });
});

test("parents are those of the table, for every span that arrives", async () => {
  const cwd = folder(task(5));
  const { url, spans } = await receiver();
  await swarm(["run", "task.yaml", "--otlp", url], { cwd });
  const known = new Map(spans().map((span) => [span.spanId, span]));
  const pairs = new Set(
    spans().map(
      ({ name, parentSpanId }) => `${kindOf(name)} in ${kindOf(known.get(parentSpanId)?.name ?? "")}`,
    ),
  );
  expect([...pairs].toSorted((a, b) => a.localeCompare(b))).toEqual([
    "chat in invoke_agent",
    "decision in step",
    "gpu.lease in invoke_agent",
    "invoke_agent in step",
    "invoke_workflow in ",
    "process in raft.propose",
    "raft.election in invoke_workflow",
    "raft.propose in decision",
    "step in invoke_workflow",
    "step in step",
  ]);
});

const kindOf = (name: string): string => name.split(" ")[0] ?? "";

test.skipIf(!hasNatsServer())(
  "the context crosses NATS: the header names the span that sent the message",
  async () => {
    const server = await startNatsServer();
    onTestFinished(() => server.stop());
    const listener = await connect({ servers: server.url });
    onTestFinished(() => listener.close());
    const carried = new Map<string, string>();
    const subscription = listener.subscribe("swarm.*.to.>");
    const listening = (async () => {
      for await (const message of subscription) {
        const { id } = message.json<{ id: string }>();
        // As a client that tells upper from lower case would ask for it.
        carried.set(id, message.headers?.get("traceparent") ?? "none");
      }
    })();
    await listener.flush();
    const cwd = folder(task(5));
    const { url, spans } = await receiver();
    const { stdout } = await swarm(["run", "task.yaml", "--json", "--otlp", url, "--nats", server.url], {
      cwd,
    });
    await listener.flush();
    await subscription.drain();
    await listening;

    expect(flawsOf(spans())).toEqual([]);
    const ofKind = (operation: string) =>
      new Map(
        spans()
          .filter(
            ({ attributes }) =>
              attributes["messaging.operation.name"] === operation &&
              attributes["messaging.system"] === "nats",
          )
          .map((span) => [span.attributes["messaging.message.id"], span]),
      );
    const [published, processed] = [ofKind("publish"), ofKind("process")];
    expect(carried.size).toBe(published.size);
    for (const [id, traceparent] of carried) {
      const sender = published.get(id)?.spanId;
      expect(traceparent).toBe(`00-${traceIdOf(runOf(stdout))}-${sender}-01`);
      expect(processed.get(id)?.parentSpanId ?? sender).toBe(sender);
    }
  },
);

describe("a run that does not end by itself", () => {
  const stopAfter = (
    events: number,
    signal: NodeJS.Signals,
    options: CliOptions,
    words: readonly string[],
  ) => {
    let seen = 0;
    return swarm(words, {
      ...options,
      onLine: (_, child) => {
        seen += 1;
        if (seen === events) child.kill(signal);
      },
    });
  };

  test("and was killed can be exported later, whole, and again after it was resumed", async () => {
    const cwd = folder(task(40));
    const { stdout } = await stopAfter(100, "SIGKILL", { cwd }, ["run", "task.yaml", "--json"]);
    const run = runOf(stdout);
    const [crashed, twice, resumed] = [await receiver(), await receiver(), await receiver()];
    for (const { url } of [crashed, twice])
      expect((await swarm(["trace", run, "--otlp", url], { cwd })).code).toBe(0);
    expect(flawsOf(crashed.spans())).toEqual([]);
    expect(twice.bodies).toEqual(crashed.bodies);
    expect(rootOf(crashed.spans())?.attributes).toMatchObject({ "swarm.run.outcome": "unfinished" });

    const again = await swarm(["resume", run, "--otlp", resumed.url], { cwd });
    expect(again.code).toBe(0);
    expect(again.stderr).not.toContain("incomplete");
    expect(flawsOf(resumed.spans())).toEqual([]);
    const root = rootOf(resumed.spans());
    expect(root?.events.map(({ name }) => name)).toEqual(["accepted", "paused", "resumed"]);
    expect(root?.attributes).toMatchObject({ "swarm.run.outcome": "done" });
    // The same work has the same ids, whoever exports it.
    const ids = new Set(resumed.spans().map(({ spanId }) => spanId));
    expect(crashed.spans().filter(({ spanId }) => !ids.has(spanId))).toEqual([]);
  });

  test("but goes on is told to be running, and what is at work is no failure", async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as AddressInfo;
    const model = `{ provider: openai-compatible, baseUrl: "http://127.0.0.1:${port}/v1", model: far }`;
    const cwd = folder(task(1).replace(/\{ provider: scripted.*\}\] \}/, model));
    let over: Promise<CliResult> | undefined;
    const child = await new Promise<ChildProcess>((resolve) => {
      const onLine = (line: string, asking: ChildProcess) =>
        void (line.includes("step.started") && resolve(asking));
      over = swarm(["run", "task.yaml", "--json"], { cwd, onLine });
    });
    expect((await swarm(["trace"], { cwd })).stdout).toMatch(/^\S+ {2}running {2}/);
    expect((await swarm(["trace", "--errors"], { cwd })).stdout).toBe("nothing failed\n");
    child.kill("SIGKILL");
    await over;
    expect((await swarm(["trace"], { cwd })).stdout).toMatch(/^\S+ {2}interrupted {2}/);
    expect((await swarm(["trace", "--errors"], { cwd })).stdout).toContain("unfinished  agent ann");
  });

  test("but by Ctrl-C has its trace delivered", async () => {
    const cwd = folder(task(40));
    const { url, spans } = await receiver();
    const words = ["run", "task.yaml", "--json", "--otlp", url];
    const { code, stdout } = await stopAfter(100, "SIGINT", { cwd }, words);
    expect(code).toBe(130);
    expect(flawsOf(spans())).toEqual([]);
    expect(rootOf(spans())).toMatchObject({ traceId: traceIdOf(runOf(stdout)) });
    expect(rootOf(spans())?.attributes).toMatchObject({ "swarm.run.outcome": "unfinished" });
  });

  test("but fails has its trace delivered, with what failed", async () => {
    const cwd = folder(task(3).replace('text: "yes"', 'text: "perhaps"'));
    const { url, spans } = await receiver();
    const { code } = await swarm(["run", "task.yaml", "--otlp", url], { cwd });
    expect(code).toBe(1);
    expect(flawsOf(spans())).toEqual([]);
    const failed = spans().filter(({ status }) => status.code === 2);
    expect(new Set(failed.map(({ name }) => kindOf(name)))).toEqual(
      new Set(["invoke_workflow", "step", "invoke_agent"]),
    );
    expect(failed.map(({ attributes }) => attributes["error.type"])).toContain("UNUSABLE_REPLY");
    const { stdout } = await swarm(["trace", "--errors"], { cwd });
    expect(stdout).toContain("UNUSABLE_REPLY");
    expect(stdout).toContain('"perhaps" is none of yes, no');
  });
});

describe("whatever the collector does, the run is the same:", () => {
  const plain = (result: CliResult) => ({
    code: result.code,
    events: eventsIn(result.stdout)
      .map(({ type }) => type)
      .toSorted((a, b) => String(a).localeCompare(String(b))),
  });

  const unreachable = async (): Promise<string> => {
    const [port = 0] = await freePorts(1);
    return `http://127.0.0.1:${port}`;
  };
  /** Takes connections and never reads from them. */
  const blackHole = async (): Promise<string> => {
    const server = createServer({ pauseOnConnect: true });
    const sockets = new Set<{ destroy(): void }>();
    server.on("connection", (socket) => void sockets.add(socket));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const address = server.address();
    return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  };
  test("nobody who reads along learns the password of its address", async () => {
    const cwd = folder(task(1));
    const address = (await unreachable()).replace("//", "//ann:hunter22@");
    for (const words of [["run", "task.yaml"], ["trace"]]) {
      const { stderr } = await swarm([...words, "--otlp", address], { cwd });
      expect(stderr).toContain("//[redacted]@127.0.0.1");
      expect(stderr).not.toContain("hunter22");
    }
  });

  const slow: Conduct = (_, response) => void setTimeout(() => response.end(), 700);
  const garbage: Conduct = (_, response) => void response.end("\u0000not OTLP");
  const cutsOff: Conduct = (request) => void request.socket.destroy();

  test.each<[string, () => Promise<string>, boolean]>([
    ["absent", unreachable, false],
    ["refusing", async () => (await receiver(refuses)).url, false],
    ["busy", async () => (await receiver(isBusy)).url, false],
    ["hanging", async () => (await receiver(hangs)).url, false],
    ["a black hole", blackHole, false],
    ["cutting connections", async () => (await receiver(cutsOff)).url, false],
    ["slow", async () => (await receiver(slow)).url, true],
    ["answering nonsense", async () => (await receiver(garbage)).url, true],
  ])("%s", async (_, collector, mayDeliver) => {
    const cwd = folder(task(10));
    const url = await collector();
    const alone = await swarm(["run", "task.yaml", "--json"], { cwd });
    const watched = await swarm(["run", "task.yaml", "--json", "--otlp", url], { cwd });
    expect(plain(watched)).toEqual(plain(alone));
    if (!mayDeliver) {
      expect(watched.stderr).toMatch(/the trace is incomplete, 0 spans/);
      expect(watched.stderr).toContain(`swarm trace ${runOf(watched.stdout)} --otlp ${url}`);
      const later = await swarm(["trace", "--otlp", url], {
        cwd,
        env: { OTEL_EXPORTER_OTLP_TIMEOUT: "300" },
      });
      expect(later.code).toBe(8);
      expect(later.stderr).toContain("did not take the trace");
    }
  });
});

test("what a collector turned down is told with its words, and the run stays as it is", async () => {
  const cwd = folder(task(1));
  const { url } = await receiver(objects(3, "too \u001b[31mold"));
  const run = await swarm(["run", "task.yaml", "--otlp", url], { cwd });
  expect(run.code).toBe(0);
  expect(run.stderr).toMatch(
    /rejected 3 of \d+ spans: too \\x1b\[31mold\n {2}once it would take them, send it/,
  );
  const later = await swarm(["trace", "--otlp", url], { cwd });
  expect(later.code).toBe(8);
  expect(later.stderr).toMatch(/rejected 3 of \d+ spans: too \\x1b\[31mold; it has the others/);
  const warning = await receiver(objects(0, "slow down"));
  const warned = await swarm(["trace", "--otlp", warning.url], { cwd });
  expect(warned.code).toBe(0);
  expect(warned.stderr).toMatch(/^\d+ spans sent to \S+, which says: slow down\n$/);
  const warnedRun = await swarm(["run", "task.yaml", "--otlp", warning.url], { cwd });
  expect(warnedRun.stderr).toMatch(/\n\d+ spans sent to \S+, which says: slow down\n$/);
});

test("prompts and replies leave only on request, and a secret never", async () => {
  const secret = "sk-canary-0123456789abcdef0123";
  const text = task(2)
    .replace('prompt: "${{ it }}"', `prompt: "canary-prompt \${{ it }} key ${secret}"`)
    .replace('text: "yes"', 'text: "canary-reply password: hunter2hunter2"');
  const cwd = folder(text);
  const outputs = async (
    words: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<string> => {
    const { url, spans } = await receiver();
    await swarm(["run", "task.yaml", "--otlp", url, ...words], { cwd, env });
    const chrome = join(cwd, "trace.json");
    await swarm(["trace", "--chrome", chrome, ...words], { cwd, env });
    const json = await swarm(["trace", "--json", ...words], { cwd, env });
    const shown = await swarm(["trace"], { cwd, env });
    expect(spans().length).toBeGreaterThan(0);
    const sent = JSON.stringify(spans(), (_, value: unknown) =>
      typeof value === "bigint" ? String(value) : value,
    );
    return [sent, readFileSync(chrome, "utf8"), json.stdout, shown.stdout].join("\n");
  };
  const quiet = await outputs([]);
  expect(quiet).not.toContain("canary");
  expect(quiet).not.toContain("hunter2");
  for (const told of [
    await outputs(["--trace-content"]),
    await outputs([], { OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: "true" }),
  ]) {
    expect(told).toContain("canary-prompt");
    expect(told).toContain("canary-reply");
    expect(told).not.toContain(secret);
    expect(told).not.toContain("hunter2");
  }
  expect((await swarm(["trace", "--errors"], { cwd })).stdout).not.toContain("hunter2");
});

describe("the standard variables", () => {
  test("ask for an export by themselves, with their headers and their service name", async () => {
    const cwd = folder(task(2));
    const { url, requests, headers } = await receiver();
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_EXPORTER_OTLP_HEADERS: "x-tenant=blue",
      OTEL_SERVICE_NAME: "triage",
    };
    expect((await swarm(["run", "task.yaml"], { cwd, env })).code).toBe(0);
    expect(requests[0]?.resource).toMatchObject({ "service.name": "triage" });
    expect(headers[0]).toMatchObject({ "x-tenant": "blue", "content-type": "application/x-protobuf" });
  });

  test("what a run says to send its trace again sends the same to the same place", async () => {
    const cwd = folder(task(1));
    const paths = new Set<string | undefined>();
    let isUp = false;
    const { url, spans } = await receiver((request, response) => {
      paths.add(request.url);
      response.writeHead(isUp ? 200 : 400).end();
    });
    const env = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${url}/ingest/otlp` };
    const { stdout, stderr } = await swarm(["run", "task.yaml", "--json", "--trace-content"], { cwd, env });
    const again = /send it again with: swarm (.*)/.exec(stderr)?.[1] ?? "";
    expect(again).toBe(`trace ${runOf(stdout)} --otlp --trace-content`);
    isUp = true;
    expect((await swarm(again.split(" "), { cwd, env })).code).toBe(0);
    expect(paths).toEqual(new Set(["/ingest/otlp"]));
    expect(spans().some(({ attributes }) => "gen_ai.input.messages" in attributes)).toBe(true);
  });

  test.each([
    [{}, 2, /they name no collector; write for instance --otlp http/],
    [{ OTEL_SDK_DISABLED: "true" }, 0, /nothing sent: OTEL_SDK_DISABLED is set/],
    [
      { OTEL_TRACES_EXPORTER: "none", OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" },
      0,
      /^nothing sent: OTEL_TRACES_EXPORTER asks for no export; --otlp URL sends the trace all the same\n$/,
    ],
    [
      { OTEL_TRACES_EXPORTER: "console" },
      0,
      /^OTEL_TRACES_EXPORTER=console: .*; it is not sent\nnothing sent: OTEL_TRACES_EXPORTER asks/,
    ],
  ])("with %j alone `trace --otlp` sends nothing, and says why", async (env, exit, says) => {
    const cwd = folder(task(1));
    await swarm(["run", "task.yaml"], { cwd });
    const { code, stderr } = await swarm(["trace", "last", "--otlp"], { cwd, env });
    expect(code).toBe(exit);
    expect(stderr).toMatch(says);
  });

  test.each([
    ["OTEL_SDK_DISABLED", "true"],
    ["OTEL_TRACES_SAMPLER", "always_off"],
    ["OTEL_TRACES_EXPORTER", "none"],
  ])("%s=%s keeps everything here", async (name, value) => {
    const cwd = folder(task(1));
    const { url, bodies } = await receiver();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: url, [name]: value };
    const { code, stderr } = await swarm(["run", "task.yaml"], { cwd, env });
    expect(code).toBe(0);
    expect(stderr).not.toContain("incomplete");
    expect(bodies).toEqual([]);
  });

  test("--otlp URL stands above OTEL_TRACES_EXPORTER=none", async () => {
    const cwd = folder(task(1));
    const { url, spans } = await receiver();
    await swarm(["run", "task.yaml", "--otlp", url], { cwd, env: { OTEL_TRACES_EXPORTER: "none" } });
    expect(spans().length).toBeGreaterThan(0);
  });

  test("that are not understood are told once, and the run is exported all the same", async () => {
    const cwd = folder(task(1));
    const { url, requests } = await receiver();
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_TRACES_SAMPLER: "always_of",
      OTEL_EXPORTER_OTLP_COMPRESSION: "zstd",
      OTEL_RESOURCE_ATTRIBUTES: "team=blue,oops",
    };
    for (const words of [
      ["run", "task.yaml"],
      ["trace", "--otlp"],
    ]) {
      const before = requests.length;
      const { code, stderr } = await swarm(words, { cwd, env });
      expect(code).toBe(0);
      expect(stderr.match(/always_of |=zstd |holds oops,/g)).toHaveLength(3);
      expect(requests.length).toBeGreaterThan(before);
      expect(requests.at(-1)?.resource).not.toHaveProperty("team");
    }
  });

  test.each([
    [{ OTEL_TRACES_SAMPLER: "always_off" }, 0, "nothing sent: OTEL_TRACES_SAMPLER leaves this run out\n"],
    [{ OTEL_SDK_DISABLED: "true" }, 0, "nothing sent: OTEL_SDK_DISABLED is set\n"],
    [{ OTEL_EXPORTER_OTLP_TIMEOUT: "99999999999" }, 0, /^\d+ spans sent to \S+\/v1\/traces\/\n$/],
    [
      { OTEL_EXPORTER_OTLP_CERTIFICATE: "/absent.pem" },
      2,
      /OTEL_EXPORTER_OTLP_CERTIFICATE names a file that cannot be read: ENOENT/,
    ],
  ])("%j is heeded by an export of the record", async (env, exit, says) => {
    const cwd = folder(task(1));
    const { url } = await receiver();
    await swarm(["run", "task.yaml"], { cwd });
    const address = "OTEL_EXPORTER_OTLP_CERTIFICATE" in env ? "https://127.0.0.1:1" : url;
    const { code, stderr } = await swarm(["trace", "--otlp", `${address}/v1/traces/`], { cwd, env });
    expect(code).toBe(exit);
    expect(stderr).toMatch(says);
  });

  test.each([
    [
      { OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" },
      ["--otlp", "http://127.0.0.1:4317"],
      /gRPC is not supported; set OTEL_EXPORTER_OTLP_PROTOCOL to http/,
    ],
    [
      { OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "smoke" },
      ["--otlp", "http://127.0.0.1:1"],
      /smoke is no protocol of OTLP/,
    ],
    [{}, ["--otlp", "localhost:4318"], /--otlp is no URL of a collector: localhost:4318/],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: "nowhere" }, [], /OTEL_EXPORTER_OTLP_ENDPOINT is no URL/],
  ])("%j with %j is refused before anything is recorded", async (env, words, says) => {
    const cwd = folder(task(1));
    const { code, stderr, stdout } = await swarm(["run", "task.yaml", ...words], { cwd, env });
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(says);
    expect((await swarm(["runs", "--json"], { cwd })).stdout).toBe("[]\n");
  });
});

test.each([
  [["--otlp", "http://127.0.0.1:1", "--chrome", "a.json"], "all of a trace"],
  [["--otlp", "http://127.0.0.1:1", "--json"], "all of a trace"],
  [["--otlp", "http://127.0.0.1:1", "--errors"], "all of a trace"],
  [["--chrome", "a.json", "--errors"], "all of a trace"],
  [["--chrome", "a.json", "--json"], "a file of its own"],
])("%j is refused with a sentence, and nothing is written or sent", async (words, says) => {
  const cwd = folder(task(1));
  const { code, stderr } = await swarm(["trace", ...words], { cwd });
  expect(code).toBe(2);
  expect(stderr).toContain(says);
  expect(existsSync(join(cwd, "a.json"))).toBe(false);
});

test("a profile is written at the end of a run, also of one that is stopped", async () => {
  const cwd = folder(task(40));
  const profileAt = (name: string) => JSON.parse(readFileSync(join(cwd, name), "utf8"));
  expect((await swarm(["run", "task.yaml", "--profile=whole.cpuprofile"], { cwd })).code).toBe(0);
  const { nodes, samples, timeDeltas } = profileAt("whole.cpuprofile");
  const names: string[] = nodes.map(
    ({ callFrame }: { callFrame: { functionName: string } }) => callFrame.functionName,
  );
  expect(names).toContain("takeTurn");
  expect(samples).toHaveLength(timeDeltas.length);
  let seen = 0;
  const { code } = await swarm(["run", "task.yaml", "--json", "--profile=cut.cpuprofile"], {
    cwd,
    onLine: (_, child) => void ((seen += 1) === 100 && child.kill("SIGINT")),
  });
  expect(code).toBe(130);
  expect(profileAt("cut.cpuprofile").samples.length).toBeGreaterThan(0);
  const refused = await swarm(["run", "--profile", "task.yaml"], { cwd });
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain("put --profile behind the task");
});
