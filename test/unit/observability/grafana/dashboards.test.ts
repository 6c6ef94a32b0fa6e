import { readFileSync, readdirSync } from "node:fs";
import { parser } from "@grafana/lezer-traceql";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { names } from "../../../../observability/attributes.ts";
import { dashboards, fileOf, textOf } from "../../../../observability/grafana/dashboards.ts";
import { catalogue } from "../../../../observability/metrics/catalogue.ts";
import { familiesOf, metricsPage } from "../../../../observability/metrics/page.ts";

const folder = "deploy/grafana/dashboards";

type Target = { readonly expr?: string; readonly query?: string; readonly queryType?: string };
type Panel = {
  readonly type: string;
  readonly title?: string;
  readonly description?: string;
  readonly id?: number;
  readonly gridPos?: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly uid?: string };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly targets?: readonly Target[];
};
const files = dashboards.map(
  (dashboard) =>
    JSON.parse(textOf(dashboard)) as {
      uid: string;
      graphTooltip: number;
      links: readonly { keepTime: boolean; includeVars: boolean; tags: readonly string[] }[];
      tags: readonly string[];
      panels: readonly Panel[];
      templating: { list: readonly { name: string; type: string }[] };
    },
);
const panels = files.flatMap(({ uid, panels }) =>
  panels
    .filter(({ type }) => type !== "row")
    .map((panel) => ({ uid, panel, name: `${uid}: ${panel.title}` })),
);
const traceQueries = panels.flatMap(({ panel }) =>
  (panel.targets ?? []).flatMap(({ query }) =>
    query === undefined || query === "${traceId}" ? [] : [query],
  ),
);
const derived = (
  parse(readFileSync("deploy/grafana/provisioning/datasources/swarm.yaml", "utf8")) as {
    datasources: readonly { jsonData: { derivedFields?: readonly { url: string }[] } }[];
  }
).datasources.flatMap(({ jsonData }) =>
  (jsonData.derivedFields ?? []).map(({ url }) => url.replaceAll("$$", "$")),
);

describe("what is generated", () => {
  test("stands in the repository byte for byte, and nothing else does", () => {
    expect(readdirSync(folder).toSorted()).toEqual(dashboards.map(fileOf).toSorted());
    for (const dashboard of dashboards)
      expect(readFileSync(`${folder}/${fileOf(dashboard)}`, "utf8"), fileOf(dashboard)).toBe(
        textOf(dashboard),
      );
    expect(readFileSync("docs/metrics.md", "utf8")).toBe(metricsPage());
  });

  test("describes every metric in one family", () => {
    for (const name of Object.keys(catalogue)) expect(familiesOf(name), name).toHaveLength(1);
  });
});

describe("conventions of dashboards", () => {
  test("stable names, a shared crosshair, links that keep time and variables", () => {
    expect(files.map(({ uid }) => uid)).toEqual([
      "swarm-overview",
      "swarm-agents",
      "swarm-coordination",
      "swarm-resources",
      "swarm-run",
    ]);
    for (const { graphTooltip, links, tags } of files) {
      expect(graphTooltip).toBe(1);
      expect(tags).toContain("swarm");
      expect(links).toMatchObject([{ keepTime: true, includeVars: true, tags: ["swarm"] }]);
    }
  });

  test("data sources are variables, as provisioning by file needs", () => {
    for (const dashboard of dashboards) expect(textOf(dashboard)).not.toContain("DS_");
    for (const { templating } of files)
      expect(templating.list.filter(({ type }) => type === "datasource").map(({ name }) => name)).toEqual([
        "prometheus",
        "tempo",
        "loki",
      ]);
    for (const { name, panel } of panels)
      expect(panel.datasource?.uid, name).toMatch(/^\$\{(prometheus|tempo|loki)\}$/);
  });

  test("every panel says what is good and bad, in a unit, at a place of its own", () => {
    for (const { name, panel } of panels) {
      expect(panel.description?.length, name).toBeGreaterThan(15);
      if (panel.targets?.some(({ expr, queryType }) => expr !== undefined && queryType === undefined))
        expect(panel.fieldConfig?.defaults.unit, name).toBeTruthy();
      expect(panel.id, name).toBeGreaterThan(0);
    }
    for (const { uid, panels } of files) {
      expect(new Set(panels.map(({ id }) => id)).size, uid).toBe(panels.length);
      const taken = new Set<string>();
      for (const { gridPos = { x: 0, y: 0, w: 0, h: 0 }, title } of panels)
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1)
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
            expect(taken.has(`${x},${y}`), `${uid}: ${title} lies on another`).toBe(false);
            expect(x).toBeLessThan(24);
            taken.add(`${x},${y}`);
          }
    }
  });

  test("rates follow the resolution of the panel", () => {
    for (const { name, panel } of panels)
      for (const { expr = "" } of panel.targets ?? [])
        for (const [, window] of expr.matchAll(/\[([^\]]+)\]/g))
          expect(["$__rate_interval", "$__range"], name).toContain(window);
  });
});

/** What a TraceQL query has wrong: bad syntax, or an attribute that no span has. */
const findingsIn = (query: string): readonly string[] => {
  const known = new Set<string>(Object.values(names));
  const findings: string[] = [];
  parser.parse(query).iterate({
    enter: ({ name, type, from, to }) => {
      if (type.isError) findings.push(`syntax at ${from}`);
      const text = query.slice(from, to);
      if (name !== "AttributeField") return;
      const attribute = /^span\.(.+)$/.exec(text)?.[1];
      if (attribute === undefined || !known.has(attribute)) findings.push(`no attribute ${text}`);
    },
  });
  return findings;
};

describe("TraceQL", () => {
  test.each([...traceQueries, ...derived])("%s", (query) => {
    expect(findingsIn(query)).toEqual([]);
  });

  test("is used, and each kind of mistake in it is found", () => {
    expect(traceQueries.length).toBeGreaterThanOrEqual(8);
    expect(derived).toHaveLength(1);
    expect(findingsIn("{ span.swarm.run.ids != 1 }")).toEqual(["no attribute span.swarm.run.ids"]);
    expect(findingsIn("{ resource.swarm.run.id != 1 }")).toEqual(["no attribute resource.swarm.run.id"]);
    expect(findingsIn("{ span.swarm.run.id = }")[0]).toContain("syntax");
    expect(findingsIn("{ status = error ")[0]).toContain("syntax");
  });
});
