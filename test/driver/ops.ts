import { z } from "zod";
import { defaultRaftOptions, type RaftOptions } from "../../coordination/raft/types.ts";
import { isMembersData, unfitness } from "./data.ts";
import { Refusal } from "./refusal.ts";

/** Strangers write these, so whatever can only mean one thing is taken: a number as its digits, one id for a list. */
const wholeNumber = (said: string) =>
  z
    .union(
      [
        z.number(),
        z
          .string()
          .regex(/^-?\d+$/)
          .transform(Number),
      ],
      said,
    )
    .pipe(z.int(said));
const whole = (least: number, most = Number.MAX_SAFE_INTEGER) => {
  const said = `must be a whole number from ${least}${most < Number.MAX_SAFE_INTEGER ? ` to ${most}` : ""}`;
  return wholeNumber(said).pipe(z.number().min(least, said).max(most, said));
};
const NodeRef = whole(1);
const node = NodeRef.optional();
const orOne = <Item extends z.ZodType>(item: Item) =>
  z.union(
    [z.array(item), item.transform((one): z.output<Item>[] => [one])],
    "must be a list or a single one",
  );
const nodes = orOne(NodeRef);
const groups = z.array(z.array(NodeRef, "must be a list of nodes"), "must be a list of lists of nodes");
const RequestId = z.union([z.string(), z.number()], "must be a string").transform(String).optional();

/** Any JSON that comes back as it was. */
const Data = z.unknown().superRefine((data, context) => {
  const problem = data === undefined ? "must be there" : unfitness(data);
  if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
});

/** Each tick of a time-out may be lived through. */
const ticksMax = 10_000;

const { lazyCommit: flag, ...counts } = defaultRaftOptions;
const optionNames = Object.keys(counts).join(", ");
const Options = z
  .strictObject({
    ...Object.fromEntries(
      Object.keys(counts).map((name) => [
        name,
        whole(0, name.endsWith("Ticks") ? ticksMax : Number.MAX_SAFE_INTEGER).optional(),
      ]),
    ),
    lazyCommit: z.boolean().default(flag),
  })
  .transform((options) => options as Partial<RaftOptions>)
  .catch(() => {
    throw new Refusal(
      `options are whole numbers under these names: ${optionNames}, those of ticks up to ${ticksMax}; and lazyCommit, true or false`,
    );
  });

const StoredNode = z.object({
  term: whole(0).optional(),
  vote: NodeRef.nullish(),
  log: z
    .array(z.union([whole(1), z.tuple([whole(1), Data])], "holds terms from 1, or [term, data]"))
    .optional(),
});

/** Every reply shows all nodes. */
export const nodesMax = 100;

const choice = {
  message: orOne(whole(1)).optional(),
  from: node,
  to: node,
  type: z.string("must be a string").optional(),
};

/** Every operation, in the order in which the documentation has them. */
const shapes = {
  create: z.object({
    nodes: z.union(
      [
        z.array(NodeRef).min(1).max(nodesMax),
        whole(1, nodesMax).transform((size) => Array.from({ length: size }, (_, at) => at + 1)),
      ],
      `must be a list of nodes or how many there are, up to ${nodesMax}`,
    ),
    learners: nodes.default([]),
    seed: wholeNumber("must be a whole number").default(1),
    options: Options.default({}),
    stored: z.record(z.string().regex(/^[1-9]\d*$/, "must be a node"), StoredNode).default({}),
  }),
  campaign: z.object({ node: NodeRef }),
  tick: z.object({ node, count: whole(0, 100_000).default(1) }),
  crash: z.object({ node: NodeRef }),
  restart: z.object({ node: NodeRef }),
  pause: z.object({ node: NodeRef }),
  resume: z.object({ node: NodeRef }),
  stall: z.object({ node: NodeRef }),
  unstall: z.object({ node: NodeRef }),
  propose: z.object({
    node,
    data: Data.refine((data) => data !== null, "must be there; null is what a log shows for a no-op").refine(
      (data) => !isMembersData(data),
      "must not be what a log shows for a change of members",
    ),
    id: RequestId,
  }),
  read: z.object({ node, id: RequestId }),
  transfer: z.object({ node, to: NodeRef, id: RequestId }),
  change: z.object({
    node,
    id: RequestId,
    voters: nodes.optional(),
    learners: nodes.optional(),
    add: nodes.optional(),
    addLearners: nodes.optional(),
    remove: nodes.optional(),
  }),
  partition: z.object({ groups }),
  heal: z.object({}),
  block: z.object({ from: nodes, to: nodes }),
  unblock: z.object({ from: nodes, to: nodes }),
  deliver: z.object(choice),
  drop: z.object(choice),
  duplicate: z.object(choice),
  run: z.object({
    limit: whole(0, 100_000).default(10_000),
    except: orOne(whole(1)).default([]),
  }),
  dump: z.object({}),
  trace: z.object({ on: z.boolean("must be true or false").default(true) }),
} as const;

type Shapes = typeof shapes;
export type Op = {
  [Name in keyof Shapes]: { readonly op: Name } & Readonly<z.output<Shapes[Name]>>;
}[keyof Shapes];

/** Reads one operation, or says in a sentence what is wrong with it. */
export const readOp = (given: unknown): Op => {
  const named = z.looseObject({ op: z.string() }).safeParse(given);
  if (!named.success) throw new Refusal('an operation is an object with a name, as in {"op":"dump"}');
  const name = named.data.op;
  if (!isName(name))
    throw new Refusal(`there is no op ${name.slice(0, 40)}; there are ${Object.keys(shapes).join(", ")}`);
  const read = shapes[name].safeParse(given);
  if (read.success) return { op: name, ...read.data } as Op;
  const problems = read.error.issues
    .slice(0, problemsMax)
    .map(({ path, message }) => `${path.join(".") || "it"} ${message}`);
  throw new Refusal(`${name}: ${problems.join("; ")}`);
};

/** One list can have as many as it has items. */
const problemsMax = 3;

const isName = (name: string): name is keyof Shapes => Object.hasOwn(shapes, name);
