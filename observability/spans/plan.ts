import type { Json } from "../../coordination/protocol/json.ts";
import type { HeaderRow } from "../../coordination/protocol/row.ts";

/** What a step of the task is, as far as a trace tells. */
export type PlannedStep = {
  readonly kind: string;
  /** Addresses of the steps that its expressions read; of a group, which has no span, those that the group reads. */
  readonly reads: readonly string[];
  /** A decision that ends the run where it does not settle. */
  readonly mustSettle: boolean;
};

export type PlannedAgent = { readonly model: string; readonly provider: string | undefined };

/** The part of a header that spans need. */
export type TracedPlan = {
  /** By address: the path of a step without the numbers of items. */
  readonly steps: ReadonlyMap<string, PlannedStep>;
  readonly agents: ReadonlyMap<string, PlannedAgent>;
  /** The provider of each model of the task, by its name there. */
  readonly providers: ReadonlyMap<string, string>;
  /** Where a model is asked over a network. */
  readonly servers: ReadonlyMap<string, Server>;
  /** What a call holds of the memory while it has its turn, in bytes, by its model; absent where nobody counts. */
  readonly sequenceBytes: ReadonlyMap<string, number>;
};

export type Server = { readonly address: string; readonly port: number };

/** Reads the plan in a header. What it does not understand it leaves out: a trace of an odd plan has fewer attributes. */
export const tracedPlan = ({ plan, models }: HeaderRow): TracedPlan => {
  const steps = new Map<string, PlannedStep>();
  readSteps(member(plan, "steps"), "", steps, new Map());
  const providers = new Map(
    membersOf(models).flatMap(([name, model]) => {
      const provider = member(model, "provider");
      return typeof provider === "string" ? [[name, provider] as const] : [];
    }),
  );
  const agents = new Map(
    membersOf(member(plan, "agents")).flatMap(([name, agent]) => {
      const model = member(agent, "model");
      return typeof model === "string" ? [[name, { model, provider: providers.get(model) }] as const] : [];
    }),
  );
  const servers = new Map(
    membersOf(member(plan, "models")).flatMap(([name, model]) => {
      const server = serverOf(member(model, "baseUrl"));
      return server === undefined ? [] : [[name, server] as const];
    }),
  );
  const sequenceBytes = new Map(
    membersOf(models).flatMap(([name, model]) => {
      const bytes = member(member(model, "footprint"), "sequenceBytes");
      return typeof bytes === "number" ? [[name, bytes] as const] : [];
    }),
  );
  return { steps, agents, providers, servers, sequenceBytes };
};

const serverOf = (url: Json | undefined): Server | undefined => {
  if (typeof url !== "string" || !URL.canParse(url)) return undefined;
  const { protocol, hostname, port } = new URL(url);
  const usual = protocol === "https:" ? 443 : 80;
  return { address: hostname, port: port === "" ? usual : Number(port) };
};

/** `triage[17]/severity` names the step `triage/severity`. */
export const addressOf = (path: string): string => path.replace(/\[\d+\]/g, "");

/** Addresses of the steps that may be named at a place, by their ids. An id there means one step only. */
type Visible = ReadonlyMap<string, string>;

/**
 * Reads steps that run one after the other, or `beside` each other as branches. As in the workflow a step sees those before it and their
 * branches, and what is seen around it; a branch does not see its neighbours. Returns what is seen after them.
 */
const readSteps = (
  list: Json | undefined,
  parent: string,
  into: Map<string, PlannedStep>,
  around: Visible,
  order: "in turn" | "beside" = "in turn",
): Visible => {
  const seen = new Map(around);
  for (const step of Array.isArray(list) ? list : []) {
    const id = member(step, "id");
    const kind = member(step, "type");
    if (typeof id !== "string" || typeof kind !== "string") continue;
    const address = parent === "" ? id : `${parent}/${id}`;
    const visible = order === "beside" ? around : seen;
    const mustSettle = member(step, "escalate") === "fail";
    const reads = readsOf(step, visible).flatMap((read) => {
      const earlier = into.get(read);
      return earlier?.kind === "group" ? earlier.reads : [read];
    });
    into.set(address, { kind, reads: [...new Set(reads)], mustSettle });
    const isParallel = kind === "parallel";
    const inner = readSteps(member(step, "steps"), address, into, visible, isParallel ? "beside" : "in turn");
    if (isParallel) for (const [name, branch] of inner) seen.set(name, branch);
    seen.set(id, address);
  }
  return seen;
};

/** The steps whose results the words of a step name. */
const readsOf = (step: Json, visible: Visible): readonly string[] => {
  const ids = new Set([...wordsOf(step).matchAll(/\bsteps\.([A-Za-z_][\w-]*)/g)].map(([, id = ""]) => id));
  return [...ids].flatMap((id) => visible.get(id) ?? []);
};

/** All texts of a step itself; those of steps inside it are theirs. */
const wordsOf = (step: Json): string =>
  JSON.stringify(Object.fromEntries(membersOf(step).filter(([key]) => key !== "steps")));

const membersOf = (value: Json | undefined): readonly (readonly [string, Json])[] =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];

const member = (value: Json | undefined, key: string): Json | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, Json>>)[key]
    : undefined;
