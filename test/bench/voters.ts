import { fileURLToPath } from "node:url";
import { getLlama, LlamaLogLevel } from "node-llama-cpp";
import type { Llama, Token } from "node-llama-cpp";
import { join } from "node:path";
import { measure } from "../../inference/voters/measure.ts";
import { shippedVoters } from "../../inference/voters/manifest.ts";
import type { ShippedVoter } from "../../inference/voters/manifest.ts";
import { LABELS, QUESTIONS, readLabels, voterPrompt } from "../../inference/voters/prompt.ts";
import type { Question } from "../../inference/voters/prompt.ts";
import { keywordArea, keywordSeverity } from "./voters/baselines.ts";
import { generatedSets, realSets } from "./voters/sets.ts";
import type { LogSet, Row } from "./voters/sets.ts";

const SEQUENCES = 16;
const CONTEXT_TOKENS = 512;
const GENERATED_LINES = 2_000;
/** Beyond this a voter's word would count without limit. */
const SUREST = 0.98;

type Opinion = { readonly probabilities: readonly number[] };
type Judged = {
  readonly opinions: ReadonlyMap<string, readonly Opinion[]>;
  readonly decisions: number;
  readonly seconds: number;
};

/** Prints how right, and how honestly sure, each voter is on every set, beside a vote and two baselines. */
const main = async (folder: string | undefined): Promise<void> => {
  const voters = fileURLToPath(new URL("inference/voters/", rootUrl()));
  const models = join(voters, "models");
  const sets = [...generatedSets(voters, GENERATED_LINES), ...realSets(folder)];
  const llama = await getLlama({ gpu: false, build: "never", maxThreads: 1, logLevel: LlamaLogLevel.error });
  for (const question of QUESTIONS) {
    for (const set of sets.filter(({ rows }) => question === "severity" || rows.every(({ area }) => area))) {
      const judged = await judgeAll(llama, shippedVoters(models).voters, models, set, question);
      report(set, question, judged);
    }
  }
  await llama.dispose();
};

/** The command is bundled before it runs, so it finds the models from where it is called: the root of the repository. */
const rootUrl = (): URL => new URL(`file://${process.cwd()}/`);

const judgeAll = async (
  llama: Llama,
  voters: readonly ShippedVoter[],
  models: string,
  { rows }: LogSet,
  question: Question,
): Promise<Judged> => {
  const opinions = new Map<string, readonly Opinion[]>();
  let seconds = 0;
  for (const voter of voters) {
    const model = await llama.loadModel({ modelPath: join(models, voter.file), gpuLayers: 0 });
    const context = await model.createContext({
      contextSize: CONTEXT_TOKENS,
      sequences: SEQUENCES,
      batchSize: 1024,
      threads: 1,
      flashAttention: false,
    });
    const labels = LABELS[question].flatMap((label) => model.tokenize(label));
    const said: Opinion[] = [];
    let next = 0;
    const started = performance.now();
    const work = async (): Promise<void> => {
      const sequence = context.getSequence();
      for (let row = next++; row < rows.length; row = next++) {
        const tokens = [
          model.tokens.bos ?? model.tokenize("")[0],
          ...model.tokenize(voterPrompt(rows[row]?.line ?? "", question)),
        ].filter((token) => token !== undefined);
        await sequence.clearHistory();
        const last: Token[] = tokens.splice(-1);
        const output = await sequence.controlledEvaluate([
          ...tokens,
          ...last.map((token) => askFor(token, labels)),
        ]);
        const logits = output.at(-1)?.next.logits;
        said[row] = readLabels(
          LABELS[question],
          labels.map((label) => logits?.get(label) ?? -Infinity),
          voter.temperature[question],
        );
      }
    };
    await Promise.all(Array.from({ length: SEQUENCES }, work));
    seconds += (performance.now() - started) / 1000;
    opinions.set(voter.name, said);
    await context.dispose();
    await model.dispose();
  }
  return { opinions, decisions: rows.length * voters.length, seconds };
};

const askFor = (
  token: Token,
  labels: readonly Token[],
): [Token, { generateNext: { logits: { filter: { tokens: Token[] } } } }] => [
  token,
  { generateNext: { logits: { filter: { tokens: [...labels] } } } },
];

const report = (
  { name, rows }: LogSet,
  question: Question,
  { opinions, decisions, seconds }: Judged,
): void => {
  const gold = rows.map((row) => goldOf(row, question));
  const counts = LABELS[question].map(
    (label, index) => `${label} ${gold.filter((each) => each === index).length}`,
  );
  console.log(
    `\n${question} on ${name}: ${rows.length} lines (${counts.join(", ")}), ${(decisions / seconds).toFixed(0)} decisions/s`,
  );
  const show = (who: string, guesses: readonly Opinion[]): void => {
    const answers = guesses.map(({ probabilities }, row) => {
      const confidence = Math.max(...probabilities);
      return { choice: probabilities.indexOf(confidence), gold: gold[row] ?? 0, confidence };
    });
    const { macroF1, accuracy, ece } = measure(answers);
    console.log(
      `  ${who.padEnd(14)} macro-F1 ${macroF1.toFixed(3)}  accuracy ${accuracy.toFixed(3)}  ECE ${ece.toFixed(3)}`,
    );
  };
  for (const [who, guesses] of opinions) show(who, guesses);
  show(
    "vote",
    gold.map((_, row) => vote([...opinions.values()].flatMap((each) => each[row] ?? []))),
  );
  const sure = (choice: number): Opinion => ({
    probabilities: LABELS[question].map((_, index) => Number(index === choice)),
  });
  show(
    "keywords",
    rows.map(({ line }) =>
      sure(labelIndex(question, question === "severity" ? keywordSeverity(line) : keywordArea(line))),
    ),
  );
  const most = counts.map((_, index) => gold.filter((each) => each === index).length);
  show(
    "majority class",
    gold.map(() => sure(most.indexOf(Math.max(...most)))),
  );
};

const labelIndex = (question: Question, label: string): number =>
  LABELS[question].findIndex((each) => each === label);
const goldOf = (row: Row, question: Question): number =>
  labelIndex(question, (question === "severity" ? row.severity : row.area) ?? "");

/** Each voter backs its choice with the log-odds of its confidence; the sum is read as a probability again. */
const vote = (opinions: readonly Opinion[]): Opinion => {
  const options = opinions[0]?.probabilities.length ?? 0;
  const weights = Array.from({ length: options }, (_, option) =>
    opinions.reduce((sum, { probabilities }) => {
      const confidence = Math.max(...probabilities);
      const sure = Math.min(SUREST, Math.max(confidence, 0.5));
      return probabilities.indexOf(confidence) === option ? sum + Math.log(sure / (1 - sure)) : sum;
    }, 0),
  );
  const top = Math.max(...weights);
  const total = weights.reduce((sum, weight) => sum + Math.exp(weight - top), 0);
  return { probabilities: weights.map((weight) => Math.exp(weight - top) / total) };
};

await main(process.argv[2] ?? process.env["SWARM_REAL_LOGS"]);
