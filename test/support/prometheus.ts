import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "./free-ports.ts";
import { eventually, startProgram } from "./program.ts";

export type Sample = {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly number[];
};

/** A real Prometheus that belongs to one test. */
export type Prometheus = {
  /** What an expression gives over a stretch of time; the error of a bad one is thrown. Times in seconds since 1970. */
  range(expr: string, fromS: number, toS: number): Promise<readonly Sample[]>;
  /** Any other path of its API, for instance `/api/v1/rules`. */
  api(path: string): Promise<unknown>;
  stop(): Promise<void>;
};

export type PrometheusOptions = {
  /** `host:port` of what is scraped. */
  readonly target: string;
  readonly rules: readonly string[];
};

/** Starts it on a free port; it scrapes four times a second. */
export const startPrometheus = async ({ target, rules }: PrometheusOptions): Promise<Prometheus> => {
  const folder = mkdtempSync(join(tmpdir(), "swarm-prometheus-"));
  const config = {
    global: { scrape_interval: "250ms", scrape_timeout: "250ms", evaluation_interval: "1s" },
    rule_files: rules,
    scrape_configs: [{ job_name: "swarm", static_configs: [{ targets: [target] }] }],
  };
  // JSON is YAML too.
  writeFileSync(join(folder, "prometheus.yml"), JSON.stringify(config));
  const [port = 0] = await freePorts(1);
  const program = startProgram("prometheus", [
    `--config.file=${join(folder, "prometheus.yml")}`,
    `--storage.tsdb.path=${join(folder, "data")}`,
    `--web.listen-address=127.0.0.1:${port}`,
    "--enable-feature=exemplar-storage",
  ]);
  const api = async (path: string): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    const body = (await response.json()) as { status: string; error?: string; data: unknown };
    if (body.status !== "success") throw new Error(`${body.error ?? response.status} in ${path}`);
    return body.data;
  };
  await eventually(
    "Prometheus",
    async () => ((await fetch(`http://127.0.0.1:${port}/-/ready`)).ok ? true : undefined),
    program,
  );
  return {
    api,
    range: async (expr, fromS, toS) => {
      const words = new URLSearchParams({ query: expr, start: String(fromS), end: String(toS), step: "0.5" });
      const { result } = (await api(`/api/v1/query_range?${words.toString()}`)) as {
        result: readonly {
          metric: Readonly<Record<string, string>>;
          values: readonly (readonly [number, string])[];
        }[];
      };
      return result.map(({ metric, values }) => ({
        metric,
        values: values.map(([, value]) => Number(value)),
      }));
    },
    stop: async () => {
      await program.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
