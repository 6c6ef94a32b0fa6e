import { randomBytes } from "node:crypto";
import { systemClock } from "../../actors/runtime/clock.ts";
import type { RunPlan } from "../../actors/workflow/plan.ts";
import type { TrustLedger } from "../../coordination/ledger/ledger.ts";
import type { EventLog } from "../../coordination/log/log.ts";
import { runId, type RunId } from "../../coordination/protocol/ids.ts";
import type { ModelStoreConfig } from "../../inference/llama/model-store.ts";
import { headerParts } from "./basis.ts";
import { sourceDigest } from "./digest.ts";
import { identifyModels, voterShelf } from "./identify.ts";
import { startingTrust } from "./trust.ts";

export type TaskSource = { readonly name: string; readonly path: string | null; readonly text: string };

/** `20261121-095512-k3f9a2xq`: sorts by time, and runs of one second differ. */
export const newRunId = (now: Date): RunId => {
  const stamp = now.toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  return runId(`${stamp}-${randomBytes(6).readUIntBE(0, 6).toString(36).padStart(8, "0").slice(-8)}`);
};

export type Records = { readonly log: EventLog; readonly ledger: TrustLedger };

/** What goes into the rows of a process about itself, and where models that are named by reference come from. */
export type RunProcess = {
  readonly version: string;
  readonly nats: string | undefined;
  readonly downloads?: ModelStoreConfig;
};

/**
 * Writes the header of a new run: from here on the run is what its rows say, and its trust is that of this moment. Resolves when it
 * is on disk.
 */
export const createRun = async (
  { log, ledger }: Records,
  run: RunId,
  plan: RunPlan,
  source: TaskSource,
  { version, nats, downloads }: RunProcess,
): Promise<void> => {
  const shelf = voterShelf();
  const models = await identifyModels(plan, shelf, downloads);
  const trust = startingTrust(plan, models, shelf, ledger);
  const position = log.append({
    type: "header",
    run,
    atUs: systemClock().nowUs(),
    swarm: version,
    task: { name: source.name, path: source.path, digest: sourceDigest(source.text) },
    seed: randomBytes(4).readUInt32BE(),
    ...busOf(nats),
    ...headerParts({ plan, models, trust }),
  });
  await log.durable(run, position);
};

/** What the rows of a process say about its bus. */
export const busOf = (nats: string | undefined): { readonly bus?: "nats" } =>
  nats === undefined ? {} : { bus: "nats" };
