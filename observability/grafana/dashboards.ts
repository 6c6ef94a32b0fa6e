import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { agents } from "./agents.ts";
import { coordination } from "./coordination.ts";
import { overview } from "./overview.ts";
import { resources } from "./resources.ts";
import { run } from "./run.ts";

export const dashboards: readonly Dashboard[] = [overview, agents, coordination, resources, run];

export const fileOf = (dashboard: Dashboard): string => `${dashboard.uid ?? ""}.json`;

/** The file that Grafana reads. */
export const textOf = (dashboard: Dashboard): string => `${JSON.stringify(dashboard, null, 2)}\n`;
