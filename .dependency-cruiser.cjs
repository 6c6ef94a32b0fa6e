// The star: siblings talk by message, never by import. `docs/ARCHITECTURE.md` has the table that this file enforces,
// and `test/architecture/imports.test.ts` plants a violation of each rule.

/** What folders other than coordination/ may take from it: the shared language and two ports. */
const ports = "^coordination/(protocol/|log/log\\.ts$)";
const busPort = "^coordination/bus/(bus|subjects)\\.ts$";

/** Pure paths, and the adapters of ports that live among them; the tidy test reads the same lists. */
const { pure, adapters } = require("./test/architecture/pure.json");

const packageNamed = (...names) => `(^|/)node_modules/(${names.join("|")})(/|$)`;

const only = (folder, name, allowed, comment) => ({
  name,
  comment,
  severity: "error",
  from: { path: `^${folder}/` },
  to: {
    path: "^(index\\.ts$|actors/|coordination/|inference/|observability/|cli/|deploy/|test/)",
    pathNot: [`^${folder}/`, ...allowed],
  },
});

module.exports = {
  forbidden: [
    {
      name: "no-circular",
      comment: "A circle is one module in several files.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "resolvable",
      comment: "The import leads nowhere.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    only(
      "actors",
      "actors-is-a-ray",
      [ports, busPort],
      "actors/ imports the protocol and the bus and log ports.",
    ),
    only(
      "inference",
      "inference-is-a-ray",
      [ports, busPort],
      "inference/ imports the protocol and the two ports.",
    ),
    only(
      "observability",
      "observability-is-a-ray",
      [ports, "^coordination/bus/subjects\\.ts$"],
      "observability/ imports the protocol, the log port and the names of subjects.",
    ),
    only("coordination", "coordination-is-the-hub", [], "coordination/ imports nothing but itself."),
    {
      name: "protocol-stands-alone",
      comment: "coordination/protocol is what all others speak, so it imports itself and zod.",
      severity: "error",
      from: { path: "^coordination/protocol/" },
      to: { pathNot: ["^coordination/protocol/", packageNamed("zod")] },
    },
    {
      name: "xstate-in-actors",
      comment: "Only actors are statecharts; the library's types stay there.",
      severity: "error",
      from: { path: "^(coordination|inference|observability)/" },
      to: { path: packageNamed("xstate") },
    },
    {
      name: "pure-has-no-node",
      comment: "A pure file asks by effect and gets its answer as a message: no node: module.",
      severity: "error",
      from: { path: pure, pathNot: adapters },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "pure-has-no-package",
      comment: "A pure file uses no package but zod, and in actors/ xstate.",
      severity: "error",
      from: { path: pure, pathNot: adapters },
      to: { path: "(^|/)node_modules/", pathNot: packageNamed("zod", "xstate") },
    },
    {
      name: "pure-imports-pure",
      comment: "A pure file that imports an adapter is not pure.",
      severity: "error",
      from: { path: pure, pathNot: adapters },
      to: {
        path: "^(actors|coordination|inference)/",
        pathNot: [...pure, "^coordination/(log/log|bus/bus|bus/subjects)\\.ts$"],
        dependencyTypesNot: ["type-only"],
      },
    },
    {
      name: "cli-is-the-top",
      comment: "Only index.ts and tests import cli/.",
      severity: "error",
      from: { pathNot: "^(cli/|index\\.ts$|test/)" },
      to: { path: "^(cli/|index\\.ts$)" },
    },
    {
      name: "no-test-code",
      comment: "The product does not import its tests.",
      severity: "error",
      from: { path: "^(index\\.ts$|actors/|coordination/|inference/|observability/|cli/)" },
      to: { path: "^(test|deploy)/" },
    },
    {
      name: "no-dev-package",
      comment:
        "A package that only developers install cannot be imported by the product. Dashboards are made, not shipped.",
      severity: "error",
      from: {
        path: "^(index\\.ts$|actors/|coordination/|inference/|observability/|cli/)",
        pathNot: "^observability/grafana/",
      },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"], dependencyTypesNot: ["type-only"] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(dist|\\.dist-[^/]*|deploy|docs)/" },
    tsPreCompilationDeps: true,
    parser: "swc",
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
    },
  },
};
