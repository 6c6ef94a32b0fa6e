/** One instruction of a Dockerfile, continued lines joined, comments left out. */
export type Instruction = { readonly word: string; readonly rest: string; readonly line: number };

const known = new Set(
  "FROM WORKDIR COPY RUN ENV USER VOLUME EXPOSE ENTRYPOINT CMD ARG LABEL HEALTHCHECK STOPSIGNAL".split(" "),
);

export const instructionsIn = (text: string): readonly Instruction[] => {
  const found: Instruction[] = [];
  let open: { rest: string; line: number } | undefined;
  text.split("\n").forEach((raw, index) => {
    if (raw.trim() === "" || raw.startsWith("#")) return;
    const isContinued = raw.endsWith("\\");
    const part = (isContinued ? raw.slice(0, -1) : raw).trim();
    open = open === undefined ? { rest: part, line: index + 1 } : { ...open, rest: `${open.rest} ${part}` };
    if (isContinued) return;
    const [word = "", ...rest] = open.rest.split(" ");
    found.push({ word, rest: rest.join(" "), line: open.line });
    open = undefined;
  });
  if (open !== undefined) throw new Error(`line ${open.line} goes on and does not end`);
  return found;
};

export type Copy = {
  readonly from: string | undefined;
  readonly sources: readonly string[];
  readonly to: string;
};

const copyOf = (rest: string): Copy => {
  const words = rest.split(" ");
  const from = words.find((word) => word.startsWith("--from="))?.slice("--from=".length);
  const paths = words.filter((word) => !word.startsWith("--"));
  return { from, sources: paths.slice(0, -1), to: paths.at(-1) ?? "" };
};

export type Stage = {
  readonly name: string;
  readonly image: string;
  readonly copies: readonly Copy[];
  readonly instructions: readonly Instruction[];
};

export const stagesIn = (text: string): readonly Stage[] => {
  const stages: { name: string; image: string; copies: Copy[]; instructions: Instruction[] }[] = [];
  for (const instruction of instructionsIn(text)) {
    const { word, rest, line } = instruction;
    if (!known.has(word)) throw new Error(`line ${line}: there is no instruction ${word}`);
    if (word === "FROM") {
      const [image = "", , name = ""] = rest.split(" ");
      stages.push({ name, image, copies: [], instructions: [] });
    } else if (stages.length === 0) throw new Error(`line ${line}: ${word} before FROM`);
    else if (word === "COPY") stages.at(-1)?.copies.push(copyOf(rest));
    stages.at(-1)?.instructions.push(instruction);
  }
  return stages;
};

/** What a Dockerfile has wrong. `exists`: whether the build context has a path; `scripts`: those of package.json. */
export const findingsInDockerfile = (
  text: string,
  { exists, scripts }: { readonly exists: (path: string) => boolean; readonly scripts: readonly string[] },
): readonly string[] => {
  const findings: string[] = [];
  let stages: readonly Stage[];
  try {
    stages = stagesIn(text);
  } catch (error) {
    return [String(error)];
  }
  const earlier: Stage[] = [];
  for (const stage of stages) {
    if (!/^[\w./-]+:\d[\w.-]*$/.test(stage.image)) findings.push(`${stage.image} names no version`);
    for (const copy of stage.copies) findings.push(...findingsInCopy(copy, earlier, exists));
    for (const instruction of stage.instructions)
      findings.push(...findingsInInstruction(instruction, scripts));
    earlier.push(stage);
  }
  const last = stages.at(-1);
  const words = last?.instructions ?? [];
  const user = words.findLast(({ word }) => word === "USER")?.rest;
  if (user === undefined || user === "root" || user === "0") findings.push("it runs as root");
  const [, program = ""] =
    /^\["([^"]+)"/.exec(words.findLast(({ word }) => word === "ENTRYPOINT")?.rest ?? "") ?? [];
  const linked = words.some(
    ({ word, rest }) => word === "RUN" && rest.includes(`/usr/local/bin/${program} `),
  );
  if (program === "" || !linked) findings.push(`nothing puts the entry point ${program} on the PATH`);
  return findings;
};

const findingsInCopy = (
  { from, sources }: Copy,
  earlier: readonly Stage[],
  exists: (path: string) => boolean,
): readonly string[] => {
  if (from === undefined)
    return sources.filter((path) => !exists(path)).map((path) => `COPY ${path}: it is not in the context`);
  return earlier.some(({ name }) => name === from) ? [] : [`COPY --from=${from}: there is no such stage`];
};

const findingsInInstruction = (
  { word, rest }: Instruction,
  scripts: readonly string[],
): readonly string[] => {
  if (word === "RUN")
    return [...rest.matchAll(/npm run ([\w:-]+)/g)]
      .filter(([, script = ""]) => !scripts.includes(script))
      .map(([, script = ""]) => `npm run ${script}: there is no such script`);
  const isStart = word === "ENTRYPOINT" || word === "CMD";
  return isStart && !rest.startsWith("[") ? [`${word} runs through a shell, which hides signals`] : [];
};
