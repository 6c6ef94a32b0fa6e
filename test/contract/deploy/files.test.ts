import { expect, test } from "vitest";
import { planted, readFiles } from "./files.ts";
import { findingsIn } from "./findings.ts";

const files = readFiles("deploy");

test("names, ports, mounts and variables of all files fit together", () => {
  expect(files.size).toBeGreaterThan(15);
  expect(findingsIn(files)).toEqual([]);
});

test.each([
  ["bad YAML", "tempo/tempo.yaml", "storage:", "storage", "tempo/tempo.yaml"],
  ["a key that Docker does not know", "compose.yaml", "expose:", "exposed:", "exposed"],
  ["a port that nobody exposes", "prometheus/prometheus.yaml", "loki:3100", "loki:3101", "loki:3101"],
  [
    "a port that a server does not listen on",
    "nats/nats.conf",
    "http_port: 8222",
    "http_port: 8223",
    "exposes 8222",
  ],
  ["a service that is not there", "otel-collector/config.yaml", "tempo:4317", "tempos:4317", "tempos:4317"],
  [
    "a scraped name that is not there",
    "prometheus/prometheus.yaml",
    "names: [swarm]",
    "names: [swarms]",
    "swarms:9464",
  ],
  [
    "a dependency that is not there",
    "compose.yaml",
    "      loki: { condition",
    "      lokki: { condition",
    "depends on lokki",
  ],
  [
    "a health that nobody checks",
    "compose.yaml",
    "tempo: { condition: service_started }",
    "tempo: { condition: service_healthy }",
    "the health of tempo",
  ],
  [
    "a mount that is not there",
    "compose.yaml",
    "./loki/loki.yaml",
    "./loki/lokki.yaml",
    "mounts ./loki/lokki.yaml",
  ],
  [
    "a file that is mounted elsewhere",
    "compose.yaml",
    "loki.yaml:/etc/loki/",
    "loki.yaml:/etc/locki/",
    "names /etc/loki/loki.yaml",
  ],
  ["a dashboard that is not there", "compose.yaml", "swarm-overview.json", "overview.json", "overview.json"],
  ["a volume that is not declared", "compose.yaml", '"tempo:/var', '"temp:/var', "no volume temp"],
  [
    "a network that is not declared",
    "compose.yaml",
    "networks: [bus, telemetry]",
    "networks: [bus, tele]",
    "no network tele",
  ],
  [
    "a network that does not reach",
    "compose.yaml",
    "networks: [bus, telemetry]",
    "networks: [telemetry]",
    "in no network of swarm",
  ],
  [
    "a port for all the world",
    "compose.yaml",
    '"127.0.0.1:3000:3000"',
    '"0.0.0.0:3000:3000"',
    "to other machines",
  ],
  [
    "an image of any version",
    "compose.yaml",
    "grafana/tempo:2.7.1",
    "grafana/tempo:latest",
    "names no version",
  ],
  [
    "a variable without an example",
    ".env.example",
    "GRAFANA_PASSWORD",
    "GRAFANA_PASSWORT",
    "GRAFANA_PASSWORD is not in",
  ],
  [
    "a variable that a server lacks",
    "nats/nats.conf",
    "$NATS_PASSWORD",
    "$NATS_PASSWORT",
    "NATS_PASSWORT is not in",
  ],
  [
    "a link to no data source",
    "grafana/provisioning/datasources/swarm.yaml",
    "trace_id, datasourceUid: tempo",
    "trace_id, datasourceUid: temp",
    "prometheus to temp,",
  ],
  [
    "a link in one direction",
    "grafana/provisioning/datasources/swarm.yaml",
    "derivedFields",
    "derived",
    "no link from loki to tempo",
  ],
  [
    "a pipeline without its exporter",
    "otel-collector/config.yaml",
    "exporters: [otlp/tempo]",
    "exporters: [otlp]",
    "names otlp,",
  ],
  [
    "a condition where a collector knows none",
    "otel-collector/config.yaml",
    "- type: json_parser",
    '- type: json_parser\n        timestamp: { if: "true" }',
    "the timestamp of json_parser has no setting if",
  ],
  [
    "a collector that reads all again",
    "otel-collector/config.yaml",
    "    storage: file_storage\n",
    "",
    "filelog reads all again",
  ],
  [
    "a place in a file that is lost with the container",
    "otel-collector/config.yaml",
    "directory: /var/lib/otelcol",
    "directory: /var/lib/otel",
    "/var/lib/otel, which is no volume",
  ],
  [
    "an extension that is not there",
    "otel-collector/config.yaml",
    "  file_storage: {",
    "  file_storages: {",
    "keeps what it has read in nothing",
  ],
  [
    "a volume that cannot be written to",
    "compose.yaml",
    '    user: "0:0"\n',
    "",
    "cannot write to /var/lib/otelcol",
  ],
] as const)("%s is found", (_, path, from, to, finding) => {
  expect(findingsIn(planted(files, path, from, to)).join("\n")).toContain(finding);
});
