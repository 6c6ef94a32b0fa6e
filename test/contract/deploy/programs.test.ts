import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { onTestFinished, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { freePorts } from "../../support/free-ports.ts";
import { eventually, hasProgram, startProgram } from "../../support/program.ts";

const folder = resolve("deploy/prometheus");

const promtool = (words: readonly string[], cwd: string = folder) => {
  const { status, stdout, stderr } = spawnSync("promtool", words, { cwd, encoding: "utf8" });
  return { isFine: status === 0, said: `${stdout}${stderr}` };
};

/** As many alerts as the file names: a program that reads fewer has lost some. */
const alerts = readFileSync(join(folder, "swarm.rules.yaml"), "utf8").match(/- alert:/g)?.length ?? 0;

const caseFiles = ["swarm.rules.test.yaml", "swarm.budget.test.yaml"];

/** A copy of the rules and their cases, with one piece of text replaced in the rules. */
const withFault = (from: string, to: string): string => {
  const copy = mkdtempSync(join(tmpdir(), "swarm-rules-"));
  onTestFinished(() => rmSync(copy, { recursive: true, force: true }));
  const rules = readFileSync(join(folder, "swarm.rules.yaml"), "utf8");
  expect(rules).toContain(from);
  writeFileSync(join(copy, "swarm.rules.yaml"), rules.replace(from, to));
  for (const file of caseFiles) writeFileSync(join(copy, file), readFileSync(join(folder, file)));
  return copy;
};

type Rules = { readonly groups: readonly { readonly rules: readonly { readonly alert: string }[] }[] };
type Cases = {
  readonly tests: readonly {
    readonly alert_rule_test: readonly {
      readonly alertname: string;
      readonly exp_alerts: readonly unknown[];
    }[];
  }[];
};

describe.skipIf(!hasProgram("promtool"))("promtool", () => {
  test("takes the configuration and the rules", () => {
    const { isFine, said } = promtool(["check", "config", "prometheus.yaml"]);
    expect(alerts).toBeGreaterThan(10);
    expect(said).toContain(`${alerts} rules found`);
    expect(isFine, said).toBe(true);
  });

  test("sees every alert fire and keep quiet as its cases say", () => {
    const { isFine, said } = promtool(["test", "rules", ...caseFiles]);
    expect(isFine, said).toBe(true);
    const rules = parse(readFileSync(join(folder, "swarm.rules.yaml"), "utf8")) as Rules;
    const held = caseFiles
      .flatMap((file) => (parse(readFileSync(join(folder, file), "utf8")) as Cases).tests)
      .flatMap(({ alert_rule_test }) => alert_rule_test);
    const alerts = rules.groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
    for (const alert of alerts) {
      const own = held.filter(({ alertname }) => alertname === alert);
      expect(
        own.some(({ exp_alerts }) => exp_alerts.length > 0),
        `${alert} fires in a case`,
      ).toBe(true);
      expect(
        own.some(({ exp_alerts }) => exp_alerts.length === 0),
        `${alert} is quiet in a case`,
      ).toBe(true);
    }
  });

  test.each([
    ["a threshold", "> 14.4 * 0.01", "> 14.4"],
    ["the short window", 'outcome!="done"}[5m]', 'outcome!="done"}[1h]'],
    ["a label", 'outcome!="settled"', 'result!="settled"'],
    ["a comparison", "== 0\n        for: 30s", "== 1\n        for: 30s"],
    ["a metric", "swarm_log_map_bytes", "swarm_log_maps_bytes"],
    [
      "the quantile",
      "histogram_quantile(0.99, sum by (job, instance, le) (rate(swarm_raft",
      "histogram_quantile(0.5, sum by (job, instance, le) (rate(swarm_raft",
    ],
    [
      "the patience",
      'for: 5m\n        labels: { severity: warning }\n        annotations:\n          summary: "Metrics',
      'for: 1s\n        labels: { severity: warning }\n        annotations:\n          summary: "Metrics',
    ],
  ])("finds a rule that has %s wrong", (_, from, to) => {
    expect(promtool(["test", "rules", ...caseFiles], withFault(from, to)).isFine).toBe(false);
  });

  test("finds bad syntax", () => {
    expect(promtool(["check", "rules", "swarm.rules.yaml"], withFault("== 0", "= 0")).isFine).toBe(false);
  });
});

test.skipIf(!hasProgram("prometheus"))(
  "Prometheus starts with the configuration that is deployed",
  async () => {
    const data = mkdtempSync(join(tmpdir(), "swarm-prometheus-"));
    onTestFinished(() => rmSync(data, { recursive: true, force: true }));
    const [port = 0] = await freePorts(1);
    const server = startProgram("prometheus", [
      "--config.file=deploy/prometheus/prometheus.yaml",
      `--storage.tsdb.path=${data}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--enable-feature=exemplar-storage",
    ]);
    onTestFinished(() => server.stop());
    const api = async (path: string): Promise<unknown> =>
      (await fetch(`http://127.0.0.1:${port}${path}`)).json();
    await eventually(
      "Prometheus",
      async () => ((await api("/api/v1/status/config")) === undefined ? undefined : true),
      server,
    );
    const { data: found } = (await api("/api/v1/rules")) as { data: Rules };
    expect(found.groups.flatMap(({ rules }) => rules).length).toBe(alerts);
  },
);
