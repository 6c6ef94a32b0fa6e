import type { Finding, TaskPath } from "./finding.ts";
import { stepKinds } from "./step-kinds.ts";

/** What the first pass found, as the second asks for it: nothing that follows from a reported error is reported again. */
export type Flaws = {
  /** Whether a value is reported, by itself or with something around it. */
  readonly isBroken: (path: TaskPath) => boolean;
  /** Whether a step has a finding that may be why it seems to do nothing. */
  readonly mayHideKind: (step: TaskPath) => boolean;
  /** Whether there is a step whose id is not known. */
  readonly hidesStep: boolean;
};

export const flawsOf = (findings: readonly Finding[]): Flaws => {
  const broken = new Set<string>();
  const excused = new Set<string>();
  for (const { path, at } of findings) {
    if (at !== "key") broken.add(JSON.stringify(path));
    if (at === "key" || kinds.has(String(path.at(-1)))) excused.add(JSON.stringify(path.slice(0, -1)));
  }
  return {
    isBroken: (path) =>
      broken.size > 0 && path.some((_, place) => broken.has(JSON.stringify(path.slice(0, place + 1)))),
    mayHideKind: (step) => excused.has(JSON.stringify(step)),
    hidesStep: findings.some(({ path, at }) => at !== "key" && isAboutSteps(path)),
  };
};

const kinds: ReadonlySet<string> = new Set(stepKinds);
const holders: ReadonlySet<string | number | undefined> = new Set(["workflow", "parallel", "map", "do"]);

const isAboutSteps = (path: TaskPath): boolean => {
  if (path[0] !== "workflow") return false;
  const last = path.at(-1);
  return typeof last === "number" ? holders.has(path.at(-2)) : last === "id" || holders.has(last);
};
