import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { names } from "../../../observability/attributes.ts";
import { catalogue } from "../../../observability/metrics/catalogue.ts";
import type { Metric } from "../../../observability/metrics/metric.ts";
import { familyOf, metricsIn } from "../metrics/expressions.ts";
import { mountsOf, readCompose } from "./compose.ts";

// What `docs/deploy.md` says of the deployment, held against its files.
const text = (path: string): string => readFileSync(`deploy/${path}`, "utf8");
const compose = readCompose(text("compose.yaml"));
const commandOf = (service: string): string => (compose.services[service]?.command ?? []).join(" ");

type Tag = { readonly key: string; readonly value: string };
type Source = {
  readonly type: string;
  readonly url: string;
  readonly jsonData: {
    readonly exemplarTraceIdDestinations?: readonly { readonly name: string }[];
    readonly tracesToMetrics?: {
      readonly tags: readonly Tag[];
      readonly queries: readonly { query: string }[];
    };
    readonly tracesToLogsV2?: { readonly query: string };
  };
};
const { datasources } = parse(text("grafana/provisioning/datasources/swarm.yaml")) as {
  readonly datasources: readonly Source[];
};
const sourceOf = (type: string): Source => {
  const found = datasources.find((source) => source.type === type);
  if (found === undefined) throw new Error(`no data source ${type}`);
  return found;
};

test("no two services publish the same port", () => {
  const published = Object.values(compose.services).flatMap(({ ports }) =>
    ports.map((port) => port.slice(0, port.lastIndexOf(":"))),
  );
  expect(published).toHaveLength(2);
  expect(new Set(published).size).toBe(published.length);
});

test("no service has a capability, or can get one", () => {
  for (const [name, { cap_drop, security_opt }] of Object.entries(compose.services)) {
    expect(cap_drop, name).toEqual(["ALL"]);
    expect(security_opt, name).toEqual(["no-new-privileges:true"]);
  }
});

test("each bus server has its own name, and knows the two others", () => {
  const servers = Object.keys(compose.services).filter((name) => name.startsWith("nats-"));
  expect(servers).toHaveLength(3);
  for (const name of servers) {
    const routes = Array.from(commandOf(name).matchAll(/@([\w-]+):6222/g), ([, host]) => host);
    expect(commandOf(name)).toContain(`--name=${name} `);
    expect(new Set(routes), name).toEqual(new Set(servers.filter((other) => other !== name)));
  }
});

test("a message may be larger than where nothing is configured", () => {
  expect(Number(/^max_payload: (\d+)MB$/m.exec(text("nats/nats.conf"))?.[1])).toBeGreaterThan(1);
});

test("a task is run once, and its last metrics are waited for longer than Prometheus takes to come, twice", () => {
  expect(compose.services["swarm"]?.restart).toBe("no");
  const { scrape_configs } = parse(text("prometheus/prometheus.yaml")) as {
    readonly scrape_configs: readonly { readonly job_name: string; readonly scrape_interval?: string }[];
  };
  const every = scrape_configs.find(({ job_name }) => job_name === "swarm")?.scrape_interval;
  expect(every).toBe("5s");
  expect(Number(/--metrics-linger (\d+)/.exec(commandOf("swarm"))?.[1])).toBeGreaterThan(2 * 5);
});

test("metrics, traces and events are kept for 30 days", () => {
  expect(commandOf("prometheus")).toContain("--storage.tsdb.retention.time=30d");
  expect(parse(text("tempo/tempo.yaml"))).toMatchObject({
    compactor: { compaction: { block_retention: `${30 * 24}h` } },
  });
  expect(parse(text("loki/loki.yaml"))).toMatchObject({
    limits_config: { retention_period: `${30 * 24}h` },
    compactor: { retention_enabled: true },
  });
});

test("events are read where they are written, under the name by which they are looked for", () => {
  const { receivers } = parse(text("otel-collector/config.yaml")) as {
    readonly receivers: { readonly filelog: { include: readonly string[]; resource: object } };
  };
  const { include, resource } = receivers.filelog;
  const [folder, ending] = include[0]?.split("*") ?? [];
  expect(commandOf("swarm")).toContain(`>> ${folder}$$HOSTNAME${ending}`);
  const volumes = mountsOf(compose).filter(({ target }) => `${target}/` === folder);
  expect(volumes.map(({ service, source }) => [service, source])).toEqual([
    ["swarm", "events"],
    ["otel-collector", "events"],
  ]);
  const name = compose.services["swarm"]?.environment["OTEL_SERVICE_NAME"];
  expect(resource).toEqual({ "service.name": name });
  const dashboard = text("grafana/dashboards/swarm-run.json");
  for (const query of [dashboard.replaceAll("\\", ""), sourceOf("tempo").jsonData.tracesToLogsV2?.query])
    expect(query).toContain(`{service_name="${name}"}`);
});

test("dashboards are read from where they are mounted", () => {
  const { providers } = parse(text("grafana/provisioning/dashboards/swarm.yaml")) as {
    readonly providers: readonly { readonly options: { readonly path: string } }[];
  };
  const mounted = mountsOf(compose).find(({ source }) => source === "./grafana/dashboards");
  expect(providers.map(({ options }) => options.path)).toEqual([mounted?.target]);
});

test("whoever speaks HTTP is asked at the port for that", () => {
  expect(sourceOf("tempo").url).toBe(
    `http://tempo:${/http_listen_port: (\d+)/.exec(text("tempo/tempo.yaml"))?.[1]}`,
  );
  expect(compose.services["swarm"]?.environment["OTEL_EXPORTER_OTLP_ENDPOINT"]).toBe(
    `http://otel-collector:${/http: \{ endpoint: "0\.0\.0\.0:(\d+)"/.exec(text("otel-collector/config.yaml"))?.[1]}`,
  );
});

test("exemplars are kept, and lead to a trace by the label that they have", () => {
  expect(commandOf("prometheus")).toContain("--enable-feature=exemplar-storage");
  expect(sourceOf("prometheus").jsonData.exemplarTraceIdDestinations).toMatchObject([{ name: "trace_id" }]);
});

test("spans lead to metrics by attributes that they have, and labels that these metrics have", () => {
  const { tags = [], queries = [] } = sourceOf("tempo").jsonData.tracesToMetrics ?? {};
  expect(tags.length).toBeGreaterThan(0);
  const known = new Set<string>(Object.values(names));
  const asked = queries.flatMap(({ query }) => [...metricsIn(query.replace("$$__tags", ""))].map(familyOf));
  expect(asked.length).toBeGreaterThan(0);
  const labels = Object.entries<Metric>(catalogue).flatMap(([name, metric]) =>
    asked.includes(name) ? Object.keys(metric.labels) : [],
  );
  expect(asked.filter((name) => !(name in catalogue))).toEqual([]);
  for (const { key, value } of tags) {
    expect([...known]).toContain(key);
    expect(labels).toContain(value);
  }
});
