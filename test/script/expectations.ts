import type { NodeView } from "../driver/view.ts";
import { fits, Misspelt, number, pattern, sections, type Words } from "./words.ts";

type Message = { readonly id: number; readonly from: number; readonly to: number; readonly type: string };

/** What a line may look at: the last reply, what the last deed brought, and the reads served so far. */
export type Seen = {
  readonly nodes: readonly NodeView[];
  readonly messages: readonly Message[];
  readonly accepted: number;
  readonly rejected: readonly string[];
  readonly reads: ReadonlyMap<string, Words>;
  readonly names: ReadonlyMap<string, readonly number[]>;
};

/** What is wrong, in a sentence, or nothing. */
export const unmet = (words: Words, seen: Seen): string | undefined => {
  const [first = "", ...rest] = words;
  if (first === "no") return unmet(rest, seen) === undefined ? `not expected: ${rest.join(" ")}` : undefined;
  switch (first) {
    case "accepted":
      return seen.accepted > 0 ? undefined : `nothing was accepted${because(seen.rejected)}`;
    case "rejected":
      return seen.rejected.some((reason) => rest.length === 0 || reason === rest[0])
        ? undefined
        : `not rejected so${because(seen.rejected)}`;
    case "message": {
      const wanted = pattern(rest, seen.names);
      return seen.messages.some((message) => fits(wanted, message))
        ? undefined
        : `no such message among ${seen.messages.map(brief).join(", ")}`;
    }
    case "count": {
      const wanted = pattern(rest.slice(1), seen.names);
      return differs([rest[0] ?? ""], [`${seen.messages.filter((message) => fits(wanted, message)).length}`]);
    }
    case "read": {
      const value = seen.reads.get(rest[0] ?? "");
      if (value === undefined) return `read ${rest[0]} was not served`;
      // With no machine told, being served is all that is wanted: else a "no" before it could not fail.
      if (rest.length < 2) return undefined;
      return differs(rest.slice(1), value.length === 0 ? ["empty"] : value);
    }
    case "leaders":
      return differs(rest, orNone(seen.nodes.filter(leads).map(({ id }) => `${id}`)));
    case "one":
      return seen.nodes.filter(leads).length === 1 ? undefined : "not one node leads";
    case "agreed":
      return disagreement(seen.nodes.filter(({ up }) => up));
    default:
      return ofNodes(words, seen.nodes);
  }
};

const leads = ({ up, role }: NodeView): boolean => up && role === "leader";

const because = (reasons: readonly string[]): string =>
  reasons.length === 0 ? "" : `: ${reasons.join(", ")}`;

const brief = ({ from, to, type }: Message): string => `${from}->${to} ${type}`;

const orNone = (words: Words): Words => (words.length === 0 ? ["none"] : words);

const differs = (wanted: Words, actual: Words): string | undefined =>
  wanted.join(" ") === actual.join(" ") ? undefined : `it is ${actual.join(" ")}`;

/** Whether all have the same log, committed to its end. One that has just taken a snapshot may have forgotten all of it. */
const disagreement = (nodes: readonly NodeView[]): string | undefined => {
  const ends = nodes.map(({ first, log }) => first - 1 + log.length);
  if (nodes.some(({ commit }, at) => commit !== ends[at])) return "something is not committed everywhere";
  const lasts = nodes.flatMap(({ log }) => log.slice(-1)).map((entry) => JSON.stringify(entry));
  const machines = nodes.map(({ machine }) => JSON.stringify(machine));
  return [ends, lasts, machines].some((values) => new Set<unknown>(values).size > 1)
    ? "the nodes do not agree"
    : undefined;
};

const ofNodes = (words: Words, nodes: readonly NodeView[]): string | undefined => {
  const at = words.findIndex((word) => !/^(\d+|all)$/.test(word));
  const aspect = words[at];
  if (at < 1 || aspect === undefined) throw new Misspelt(`${words[0]}: expected nodes, then what they show`);
  const ids = words.slice(0, at);
  const meant = nodes.filter(({ id, up }) => (ids.includes("all") ? up : ids.includes(`${id}`)));
  if (meant.length === 0) throw new Misspelt(`${ids.join(" ")}: no such node`);
  for (const node of meant) {
    const problem = ofNode(aspect, words.slice(at + 1), node);
    if (problem !== undefined) return `node ${node.id}: ${problem}`;
  }
  return undefined;
};

const ofNode = (aspect: string, wanted: Words, node: NodeView): string | undefined => {
  switch (aspect) {
    case "up":
      return node.up ? undefined : "it is down";
    case "down":
      return node.up ? "it is up" : undefined;
    case "leader":
    case "follower":
    case "candidate":
    case "preCandidate":
      return node.role === aspect ? undefined : `it is ${node.role}`;
    case "follows":
      return differs(wanted, [`${node.leader ?? "none"}`]);
    case "vote":
      return differs(wanted, [`${node.vote ?? "none"}`]);
    case "term":
    case "commit":
    case "applied":
    case "first":
      return differs(wanted, [`${node[aspect]}`]);
    case "snapshot":
      return differs(wanted, [`${node.snapshot?.index ?? "none"}`]);
    case "machine":
      return differs(wanted, node.machine.length === 0 ? ["empty"] : node.machine.map(String));
    case "log":
      return logDiffers(wanted, node.log);
    case "members": {
      const { outgoing = [], learners = [] } = sections(wanted, ["voters", "outgoing", "learners"]);
      const { voters = [] } = sections(wanted, ["voters", "outgoing", "learners"]);
      const { members } = node;
      return differs(
        [voters.join(" "), outgoing.join(" "), learners.join(" ")].map((list) => `[${list}]`),
        [members.voters, members.outgoing, members.learners].map((list) => `[${list.join(" ")}]`),
      );
    }
    default:
      throw new Misspelt(`${aspect}: no such thing to expect`);
  }
};

/** An entry is wanted by its term alone, or as `4:x`, `4:-` (a no-op), `4:members`. */
const logDiffers = (wanted: Words, log: NodeView["log"]): string | undefined => {
  const words = wanted[0] === "empty" ? [] : wanted;
  const actual = log.map(([term, data]) => `${term}:${dataWord(data)}`);
  const same =
    words.length === actual.length &&
    words.every((word, at) => (word.includes(":") ? word === actual[at] : number(word) === log[at]?.[0]));
  return same ? undefined : `its log is ${actual.join(" ")}`;
};

const dataWord = (data: unknown): string =>
  data === null ? "-" : typeof data === "string" ? data : "members";
