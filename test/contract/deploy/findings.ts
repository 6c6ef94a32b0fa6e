import { parse } from "yaml";
import { z } from "zod";
import { mountsOf, readCompose, type Compose } from "./compose.ts";
import type { Files } from "./files.ts";

/** What is wrong with the files of deploy/: names, ports, mounts and variables that do not fit together. */
export const findingsIn = (files: Files): readonly string[] => {
  const findings: string[] = [];
  const complain = (what: string): void => void findings.push(what);
  let compose: Compose;
  try {
    compose = readCompose(files.get("compose.yaml") ?? "");
  } catch (error) {
    return [`compose.yaml: ${error instanceof Error ? error.message : String(error)}`];
  }
  for (const [path, text] of files) {
    if (!/\.ya?ml$/.test(path)) continue;
    try {
      parse(text, { merge: true });
    } catch (error) {
      complain(`${path}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  services(compose, complain);
  mounts(compose, files, complain);
  addresses(compose, files, complain);
  variables(compose, files, complain);
  dataSources(files, complain);
  collector(compose, files, complain);
  return findings;
};

type Complain = (what: string) => void;

const services = ({ services, networks, volumes }: Compose, complain: Complain): void => {
  const used = new Set<string>();
  for (const [name, service] of Object.entries(services)) {
    if ((service.image === undefined) === (service.build === undefined))
      complain(`${name}: either an image or a build`);
    if (service.image !== undefined && !/^[\w./-]+:v?\d[\w.-]*$/.test(service.image))
      complain(`${name}: the image ${service.image} names no version`);
    for (const network of service.networks)
      if (!(network in networks)) complain(`${name}: no network ${network}`);
    for (const [other, { condition }] of Object.entries(service.depends_on)) {
      const found = services[other];
      if (found === undefined) complain(`${name}: depends on ${other}, and there is no such service`);
      else if (condition === "service_healthy" && found.healthcheck === undefined)
        complain(`${name}: waits for the health of ${other}, which has no check of it`);
    }
    for (const port of service.ports) {
      const [address, , inside = ""] = port.split(":");
      if (address !== "127.0.0.1") complain(`${name}: publishes ${port} to other machines`);
      if (!service.expose.includes(inside))
        complain(`${name}: publishes ${inside}, which it does not expose`);
    }
    const check = service.healthcheck?.test.join(" ") ?? "";
    for (const [, port = ""] of check.matchAll(/127\.0\.0\.1:(\d+)/g))
      if (!service.expose.includes(port))
        complain(`${name}: its health is asked at ${port}, which it does not expose`);
  }
  for (const { service, source } of mountsOf({ name: "", services, networks, volumes })) {
    if (/^[./]/.test(source)) continue;
    used.add(source);
    if (!(source in volumes)) complain(`${service}: no volume ${source}`);
  }
  for (const volume of Object.keys(volumes))
    if (!used.has(volume)) complain(`nobody uses the volume ${volume}`);
};

const mounts = (compose: Compose, files: Files, complain: Complain): void => {
  for (const { service, source, target } of mountsOf(compose)) {
    if (!source.startsWith("./")) continue;
    const path = source.slice(2);
    if (![...files.keys()].some((file) => file === path || file.startsWith(`${path}/`)))
      complain(`${service}: mounts ${source}, which is not there`);
    if (!target.startsWith("/"))
      complain(`${service}: mounts ${source} to ${target}, which is no absolute path`);
  }
  for (const [name, { command = [], environment }] of Object.entries(compose.services)) {
    const targets = mountsOf(compose).filter(({ service }) => service === name);
    const words = [...command, ...Object.values(environment)].join(" ");
    for (const [path] of words.matchAll(/(?<![\w:/@.])\/(?:etc|task|var|prometheus|data)\b[\w./-]*/g)) {
      const mount = targets.find(({ target }) => path === target || path.startsWith(`${target}/`));
      if (mount === undefined) {
        complain(`${name}: names ${path}, and nothing is mounted there`);
        continue;
      }
      if (!mount.source.startsWith("./")) continue;
      const file = `${mount.source.slice(2)}${path.slice(mount.target.length)}`;
      if (![...files.keys()].some((known) => known === file || known.startsWith(`${file}/`)))
        complain(`${name}: names ${path}, and there is no ${file}`);
    }
  }
};

/** Ports that a configuration makes its service listen on: the file, the service, and where the port stands. */
const listeners: readonly (readonly [file: string, services: RegExp, pattern: RegExp])[] = [
  ["nats/nats.conf", /^nats-\d$/, /^\s*(?:listen: [\d.]+:|http_port: )(\d+)/gm],
  ["otel-collector/config.yaml", /^otel-collector$/, /"0\.0\.0\.0:(\d+)"|port: (\d+)/g],
  ["tempo/tempo.yaml", /^tempo$/, /"0\.0\.0\.0:(\d+)"|http_listen_port: (\d+)/g],
  ["loki/loki.yaml", /^loki$/, /http_listen_port: (\d+)/g],
  ["compose.yaml", /^swarm$/, /--metrics-port 0\.0\.0\.0:(\d+)/g],
];
/** Those that listen where their image does by itself. */
const usual: Readonly<Record<string, readonly string[]>> = { prometheus: ["9090"], grafana: ["3000"] };

/** Which service reads a file, by the folder that it is in. */
const readerOf = (path: string): string =>
  path.startsWith("grafana/") ? "grafana" : path === "compose.yaml" ? "swarm" : (path.split("/")[0] ?? "");

const addresses = ({ services }: Compose, files: Files, complain: Complain): void => {
  for (const [name, { expose }] of Object.entries(services)) {
    const listening = new Set(
      listeners
        .filter(([, pattern]) => pattern.test(name))
        .flatMap(([file, , pattern]) =>
          [...(files.get(file) ?? "").matchAll(pattern)].map(([, one, other]) => one ?? other ?? ""),
        ),
    );
    for (const port of usual[name] ?? []) listening.add(port);
    for (const port of expose)
      if (!listening.has(port)) complain(`${name}: exposes ${port}, where it does not listen`);
    for (const port of listening)
      if (!expose.includes(port)) complain(`${name}: listens on ${port} and does not expose it`);
  }
  for (const [path, text] of files) {
    if (!/\.(ya?ml|conf)$/.test(path) || path.includes(".test.")) continue;
    for (const [, host = "", port = ""] of withoutComments(text).matchAll(
      /(?<=[/@"'\s[{,]|^)([a-z][a-z\d-]*):(\d{2,5})(?=[/"'\s\],}]|$)/gm,
    ))
      reached(path, host, port);
    for (const [, host = "", port = ""] of text.matchAll(/names: \[([\w-]+)\], type: A, port: (\d+)/g))
      reached(path, host, port);
  }
  function reached(path: string, host: string, port: string): void {
    const service = services[host];
    if (host === "localhost") return;
    if (service === undefined) return complain(`${path}: ${host}:${port}, and there is no such service`);
    if (!service.expose.includes(port)) complain(`${path}: ${host}:${port}, which ${host} does not expose`);
    const reader = services[readerOf(path)];
    if (reader !== undefined && !reader.networks.some((network) => service.networks.includes(network)))
      complain(`${path}: ${host} is in no network of ${readerOf(path)}`);
  }
};

const withoutComments = (text: string): string => text.replaceAll(/(^|\s)#.*$/gm, "$1");

const variables = ({ services }: Compose, files: Files, complain: Complain): void => {
  const example = new Set(
    [...(files.get(".env.example") ?? "").matchAll(/^(\w+)=/gm)].map(([, name]) => name),
  );
  const text = withoutComments(files.get("compose.yaml") ?? "");
  const asked = new Set([...text.matchAll(/(?<!\$)\$\{(\w+)/g)].map(([, name]) => name));
  for (const name of asked) if (!example.has(name)) complain(`compose.yaml: ${name} is not in .env.example`);
  for (const name of example) if (!asked.has(name)) complain(`.env.example: nobody reads ${name}`);
  for (const [service, { environment, command = [] }] of Object.entries(services)) {
    const config = service.startsWith("nats-") ? withoutComments(files.get("nats/nats.conf") ?? "") : "";
    for (const [, name = ""] of `${config} ${command.join(" ")}`.matchAll(/(?<!\$)\$\$?([A-Z][A-Z_]+)\b/g))
      if (name !== "HOSTNAME" && !(name in environment))
        complain(`${service}: ${name} is not in its environment`);
  }
};

type Source = {
  readonly uid: string;
  readonly jsonData?: {
    readonly exemplarTraceIdDestinations?: readonly { readonly datasourceUid: string }[];
    readonly tracesToLogsV2?: { readonly datasourceUid: string };
    readonly tracesToMetrics?: { readonly datasourceUid: string };
    readonly derivedFields?: readonly { readonly datasourceUid: string }[];
  };
};

/** Links between data sources: each must lead to one that there is, and back again. */
const dataSources = (files: Files, complain: Complain): void => {
  const path = "grafana/provisioning/datasources/swarm.yaml";
  const { datasources } = parse(files.get(path) ?? "datasources: []") as { datasources: readonly Source[] };
  const links = datasources.flatMap(({ uid, jsonData = {} }) =>
    [
      ...(jsonData.exemplarTraceIdDestinations ?? []),
      ...(jsonData.derivedFields ?? []),
      ...(jsonData.tracesToLogsV2 === undefined ? [] : [jsonData.tracesToLogsV2]),
      ...(jsonData.tracesToMetrics === undefined ? [] : [jsonData.tracesToMetrics]),
    ].map(({ datasourceUid }) => `${uid} to ${datasourceUid}`),
  );
  for (const link of links)
    if (!datasources.some(({ uid }) => link.endsWith(` to ${uid}`)))
      complain(`${path}: ${link}, which is not there`);
  for (const wanted of ["prometheus to tempo", "tempo to prometheus", "tempo to loki", "loki to tempo"])
    if (!links.includes(wanted)) complain(`${path}: no link from ${wanted}`);
};

type Parts = Readonly<Record<string, unknown>>;

/** What the time of a line is read by. A collector refuses what it does not know here; an operator has more settings than these. */
const timeSettings = ["parse_from", "layout", "layout_type", "location"];

type Operator = { readonly type: string; readonly timestamp?: Parts };

type Receiver = {
  readonly start_at?: string;
  readonly storage?: string;
  readonly operators?: readonly Operator[];
};

type Collector = {
  readonly receivers: Readonly<Record<string, Receiver>>;
  readonly processors: Parts;
  readonly exporters: Parts;
  readonly extensions: Parts;
  readonly service: {
    readonly extensions: readonly string[];
    readonly pipelines: Readonly<
      Record<string, Readonly<Record<"receivers" | "processors" | "exporters", readonly string[]>>>
    >;
  };
};

/** Pipelines name parts that there are, and no part is left out of all of them. */
const collector = (compose: Compose, files: Files, complain: Complain): void => {
  const path = "otel-collector/config.yaml";
  const config = parse(files.get(path) ?? "") as Collector;
  const used = new Set(config.service.extensions.map((name) => `extensions ${name}`));
  for (const [name, pipeline] of Object.entries(config.service.pipelines))
    for (const kind of ["receivers", "processors", "exporters"] as const)
      for (const part of pipeline[kind]) {
        used.add(`${kind} ${part}`);
        if (!(part in config[kind]))
          complain(`${path}: ${name} names ${part}, which is not among the ${kind}`);
      }
  for (const kind of ["receivers", "processors", "exporters", "extensions"] as const)
    for (const part of Object.keys(config[kind]))
      if (!used.has(`${kind} ${part}`)) complain(`${path}: nobody uses ${part}`);
  for (const [name, { start_at, storage }] of Object.entries(config.receivers)) {
    if (storage === undefined && start_at === "beginning")
      complain(`${path}: ${name} reads all again whenever the collector starts`);
    if (storage !== undefined) keptIn(compose, name, config.extensions[storage], complain);
  }
  for (const { operators = [] } of Object.values(config.receivers))
    for (const { type, timestamp = {} } of operators)
      for (const setting of Object.keys(timestamp))
        if (!timeSettings.includes(setting))
          complain(`${path}: the timestamp of ${type} has no setting ${setting}`);
};

/** What a receiver has read must be kept in a volume, which its service can write to. */
const keptIn = (compose: Compose, receiver: string, extension: unknown, complain: Complain): void => {
  const { directory } = z.object({ directory: z.string() }).catch({ directory: "" }).parse(extension);
  const service = "otel-collector";
  const mount = mountsOf(compose).find(
    (each) => each.service === service && each.target === directory && !each.isReadOnly,
  );
  if (mount === undefined || /^[./]/.test(mount.source))
    complain(
      `${receiver} keeps what it has read in ${directory || "nothing"}, which is no volume of ${service}`,
    );
  // Where an image has no such folder, a new volume is root's.
  else if (compose.services[service]?.user !== "0:0") complain(`${service}: cannot write to ${directory}`);
};
