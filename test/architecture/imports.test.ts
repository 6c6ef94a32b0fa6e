import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cruise, type ICruiseResult } from "dependency-cruiser";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readSources, root } from "./sources.ts";

const config = createRequire(import.meta.url)(join(root, ".dependency-cruiser.cjs"));

const cruiseAt = async (baseDir: string): Promise<ICruiseResult> => {
  const { output } = await cruise(["."], {
    ...config.options,
    baseDir,
    ruleSet: { forbidden: config.forbidden },
    validate: true,
  });
  if (typeof output === "string") throw new Error("dependency-cruiser answered with text");
  return output;
};

const violations = (result: ICruiseResult): readonly string[] =>
  result.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`);

/** Each row plants one import: the rule that must fire, the file, and what it imports. */
const planted = [
  ["actors-is-a-ray", "actors/runtime/a1.ts", "../../inference/scheduler.ts"],
  ["actors-is-a-ray", "actors/runtime/a2.ts", "../../coordination/log/lmdb.ts"],
  ["actors-is-a-ray", "actors/runtime/a3.ts", "../../observability/spans.ts"],
  ["actors-is-a-ray", "actors/runtime/a4.ts", "../../coordination/bus/memory.ts"],
  ["inference-is-a-ray", "inference/i1.ts", "../actors/agent/machine.ts"],
  ["inference-is-a-ray", "inference/i2.ts", "../coordination/raft/step.ts"],
  ["observability-is-a-ray", "observability/o1.ts", "../inference/scheduler.ts"],
  ["observability-is-a-ray", "observability/o2.ts", "../coordination/bus/bus.ts"],
  ["coordination-is-the-hub", "coordination/c1.ts", "../actors/agent/machine.ts"],
  ["protocol-stands-alone", "coordination/protocol/p1.ts", "../raft/step.ts"],
  ["protocol-stands-alone", "coordination/protocol/p2.ts", "yaml"],
  ["protocol-stands-alone", "coordination/protocol/p3.ts", "node:crypto"],
  ["xstate-in-actors", "coordination/raft/x1.ts", "xstate"],
  ["pure-has-no-node", "coordination/raft/n1.ts", "node:fs"],
  ["pure-has-no-node", "actors/agent/n2.ts", "node:crypto"],
  ["pure-has-no-node", "inference/scheduling/ledger.ts", "node:os"],
  ["pure-has-no-package", "coordination/decision/k1.ts", "lmdb"],
  ["pure-has-no-package", "actors/workflow/k2.ts", "yaml"],
  ["pure-imports-pure", "coordination/raft/u1.ts", "../log/lmdb.ts"],
  ["pure-imports-pure", "actors/agent/u2.ts", "../runtime/host.ts"],
  ["cli-is-the-top", "actors/runtime/l1.ts", "../../cli/main.ts"],
  ["no-test-code", "actors/runtime/t1.ts", "../../test/support/deep.ts"],
  ["no-dev-package", "cli/d1.ts", "fast-check"],
  ["resolvable", "cli/r1.ts", "./gone.ts"],
  ["no-circular", "cli/circle-a.ts", "./circle-b.ts"],
] as const;

/** Imports that the star allows, in the same small tree: none may be reported. */
const allowed = [
  ["actors/runtime/ok1.ts", "../../coordination/bus/bus.ts"],
  ["actors/runtime/ok2.ts", "../../coordination/log/log.ts"],
  ["actors/agent/ok3.ts", "xstate"],
  ["inference/ok4.ts", "../coordination/protocol/ids.ts"],
  ["cli/ok5.ts", "../coordination/log/lmdb.ts"],
  ["coordination/protocol/ok6.ts", "zod"],
  ["coordination/log/ok7.ts", "node:fs"],
  ["observability/ok8.ts", "../coordination/log/log.ts"],
] as const;

const plain = [
  "cli/main.ts",
  "inference/scheduler.ts",
  "observability/spans.ts",
  "test/support/deep.ts",
  "actors/agent/machine.ts",
  "actors/runtime/host.ts",
  ...["protocol/ids", "raft/step", "log/log", "log/lmdb", "bus/bus", "bus/memory"].map(
    (name) => `coordination/${name}.ts`,
  ),
];

describe("the import graph", () => {
  let tree = "";
  let found: readonly string[] = [];

  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text);
  };

  beforeAll(async () => {
    tree = mkdtempSync(join(tmpdir(), "swarm-star-"));
    symlinkSync(join(root, "node_modules"), join(tree, "node_modules"));
    symlinkSync(join(root, "package.json"), join(tree, "package.json"));
    for (const path of plain) write(path, "export const thing = 1;\n");
    // As types, which vanish when compiled: the rules must see them all the same.
    for (const [path, from] of [...planted.map(([, ...rest]) => rest), ...allowed]) {
      write(path, `import type * as it from "${from}";\nexport type It = typeof it;\nimport "${from}";\n`);
    }
    write("cli/circle-b.ts", 'import "./circle-a.ts";\n');
    found = violations(await cruiseAt(tree));
  });

  afterAll(() => rmSync(tree, { recursive: true, force: true }));

  test.each(planted)("%s fires on %s importing %s", (rule, path) => {
    expect(found.filter((line) => line.startsWith(`${rule}: ${path} `))).not.toEqual([]);
  });

  test.each(allowed)("%s may import %s", (path) => {
    expect(found.filter((line) => line.includes(`: ${path} `))).toEqual([]);
  });

  test("of the project is the star, and every source was seen", async () => {
    const result = await cruiseAt(root);
    expect(violations(result)).toEqual([]);
    const seen = result.modules
      .map(({ source }) => source)
      .filter((path) => path.endsWith(".ts") && !path.includes("node_modules"));
    // Where the compiler cannot be read, dependency-cruiser sees no module and reports success.
    expect(seen).toEqual(expect.arrayContaining(readSources().map(({ path }) => path)));
    const imports = result.modules.reduce((sum, { dependencies }) => sum + dependencies.length, 0);
    expect(imports).toBeGreaterThan(seen.length);
  });
});
