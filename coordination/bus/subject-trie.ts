/** Values under subject patterns, found by literal subject in time that grows with its tokens, not with the patterns. */
export type SubjectTrie<Value> = {
  /** Puts `value` under `pattern`, which must have passed `checkPattern`. */
  add(pattern: string, value: Value): void;
  /** Takes it off again and forgets branches that no pattern uses any more. */
  remove(pattern: string, value: Value): void;
  /** All values whose pattern matches the literal `subject`, in no special order. */
  match(subject: string): Value[];
};

type Branch<Value> = {
  readonly next: Map<string, Branch<Value>>;
  readonly values: Set<Value>;
};

/** An empty trie. A value may stand under several patterns, and once under each. */
export const subjectTrie = <Value>(): SubjectTrie<Value> => {
  const root = emptyBranch<Value>();
  return {
    add(pattern, value) {
      let branch = root;
      for (const token of pattern.split(".")) {
        const next = branch.next.get(token) ?? emptyBranch<Value>();
        branch.next.set(token, next);
        branch = next;
      }
      branch.values.add(value);
    },
    remove(pattern, value) {
      prune(root, pattern.split("."), 0, value);
    },
    match(subject) {
      const found: Value[] = [];
      collect(root, subject.split("."), 0, found);
      return found;
    },
  };
};

// `*` and `>` are ordinary keys here: no literal subject holds a token of that name.
const collect = <Value>(
  branch: Branch<Value>,
  tokens: readonly string[],
  at: number,
  found: Value[],
): void => {
  const token = tokens[at];
  if (token === undefined) {
    found.push(...branch.values);
    return;
  }
  const rest = branch.next.get(">");
  if (rest !== undefined) found.push(...rest.values);
  const any = branch.next.get("*");
  if (any !== undefined) collect(any, tokens, at + 1, found);
  const literal = branch.next.get(token);
  if (literal !== undefined) collect(literal, tokens, at + 1, found);
};

const prune = <Value>(branch: Branch<Value>, tokens: readonly string[], at: number, value: Value): void => {
  const token = tokens[at];
  if (token === undefined) {
    branch.values.delete(value);
    return;
  }
  const next = branch.next.get(token);
  if (next === undefined) return;
  prune(next, tokens, at + 1, value);
  if (next.values.size === 0 && next.next.size === 0) branch.next.delete(token);
};

const emptyBranch = <Value>(): Branch<Value> => ({ next: new Map(), values: new Set() });
