import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { metricsPage } from "../metrics/page.ts";
import { dashboards, fileOf, textOf } from "./dashboards.ts";

// `npm run dashboards`: writes what is made of the code, from the project's root.
const folder = join("deploy", "grafana", "dashboards");
mkdirSync(folder, { recursive: true });
for (const dashboard of dashboards) writeFileSync(join(folder, fileOf(dashboard)), textOf(dashboard));
writeFileSync(join("docs", "metrics.md"), metricsPage());
