import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const DIR = fileURLToPath(new URL("../../../inference/voters/corpus/", import.meta.url));

const SEVERITIES = ["info", "warning", "error", "critical"];
const AREAS = ["auth", "database", "network", "storage", "application"];
const SLOTS = new Set(
  (
    "user ip port num bytes ms pct path file host dev iface blk uuid hex db table class method pod url pid " +
    "version code word mac service queue node signal date"
  ).split(" "),
);

interface Row {
  readonly at: string;
  readonly family: string;
  readonly line: string;
  readonly severity: string;
  readonly area: string;
  readonly system: string;
  readonly template: string;
}

function load(): Row[] {
  const rows: Row[] = [];
  for (const name of readdirSync(DIR).sort()) {
    if (!name.endsWith(".txt")) continue;
    const lines = readFileSync(DIR + name, "utf8").split("\n");
    lines.forEach((line, index) => {
      if (line === "" || line.startsWith("#")) return;
      const [severity = "", area = "", system = "", template = ""] = line.split("\t");
      const at = `${name}:${String(index + 1)}`;
      rows.push({ at, family: name.slice(0, -".txt".length), line, severity, area, system, template });
    });
  }
  return rows;
}

const rows = load();

function share(keep: (row: Row) => boolean): number {
  return rows.filter(keep).length / rows.length;
}

describe("corpus of log message templates", () => {
  it("holds only lines of four filled, trimmed fields", () => {
    const bad = rows.filter((row) => {
      const fields = row.line.split("\t");
      return fields.length !== 4 || fields.some((field) => field === "" || field !== field.trim());
    });
    expect(bad.map((row) => row.at)).toEqual([]);
  });

  it("uses only the four severities, the five areas and lower-case system names", () => {
    const bad = rows.filter(
      (row) =>
        !SEVERITIES.includes(row.severity) ||
        !AREAS.includes(row.area) ||
        !/^[a-z][a-z0-9-]*$/.test(row.system),
    );
    expect(bad.map((row) => row.at)).toEqual([]);
  });

  it("uses only slots of the closed set, and no other braces", () => {
    const bad = rows.filter((row) => {
      const rest = row.template.replace(/\{([a-z]+)\}/g, (all, slot: string) => (SLOTS.has(slot) ? "" : all));
      return /[{}]/.test(rest);
    });
    expect(bad.map((row) => `${row.at} ${row.template}`)).toEqual([]);
  });

  it("uses every slot somewhere", () => {
    const used = new Set(rows.flatMap((row) => [...row.template.matchAll(/\{([a-z]+)\}/g)].map((m) => m[1])));
    expect([...SLOTS].filter((slot) => !used.has(slot))).toEqual([]);
  });

  it("says nothing twice, whatever the case", () => {
    const first = new Map<string, string>();
    const again: string[] = [];
    for (const row of rows) {
      const key = row.template.toLowerCase();
      const other = first.get(key);
      if (other === undefined) first.set(key, row.at);
      else again.push(`${row.at} repeats ${other}`);
    }
    expect(again).toEqual([]);
  });

  it("has at least 2,500 templates", () => {
    expect(rows.length).toBeGreaterThanOrEqual(2500);
  });

  it.each(SEVERITIES)("gives %s at least 18 percent of all templates", (severity) => {
    expect(share((row) => row.severity === severity)).toBeGreaterThanOrEqual(0.18);
  });

  it.each(AREAS)("gives %s at least 15 percent of all templates, in all four severities", (area) => {
    expect(share((row) => row.area === area)).toBeGreaterThanOrEqual(0.15);
    for (const severity of SEVERITIES) {
      const count = rows.filter((row) => row.area === area && row.severity === severity).length;
      expect(count, `${area} ${severity}`).toBeGreaterThanOrEqual(50);
    }
  });

  it("shows several severities in each family and at least two for each system", () => {
    const families = new Map<string, Set<string>>();
    const systems = new Map<string, Set<string>>();
    for (const row of rows) {
      families.set(row.family, (families.get(row.family) ?? new Set()).add(row.severity));
      systems.set(row.system, (systems.get(row.system) ?? new Set()).add(row.severity));
    }
    expect([...families].filter(([, seen]) => seen.size < 3).map(([name]) => name)).toEqual([]);
    expect([...systems].filter(([, seen]) => seen.size < 2).map(([name]) => name)).toEqual([]);
  });
});
