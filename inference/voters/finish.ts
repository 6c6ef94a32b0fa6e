import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ggufOf } from "./gguf.ts";
import type { Tensor } from "./gguf.ts";
import { CONFIDENCE_EDGES, confidenceBin } from "./confidence-bins.ts";
import { MAX_PRIOR_PER_DOMAIN } from "./manifest.ts";
import { VoterManifest } from "./manifest-schema.ts";
import { measure } from "./measure.ts";
import type { Answer } from "./measure.ts";
import { LABELS, QUESTIONS, readLabels } from "./prompt.ts";
import type { Question } from "./prompt.ts";
import { SHAPE, VOTERS } from "./voters.ts";
import type { VoterName } from "./voters.ts";

const Setup = z.object({
  vocabulary: z.object({
    tokens: z.array(z.string()),
    scores: z.array(z.number()),
    types: z.array(z.number()),
  }),
});
const Tensors = z.array(z.object({ name: z.string(), shape: z.array(z.number()) }));
const TEMPERATURES = Array.from({ length: 91 }, (_, step) => 0.5 + step * 0.05);

/** What training left for one held-out line and one question. */
type Reading = { readonly logits: readonly number[]; readonly gold: number; readonly area: number };

/** Turns what `train.py` wrote into the models and the manifest that are committed. */
export const finish = (folder: string, models: string): void => {
  mkdirSync(models, { recursive: true });
  const { vocabulary } = Setup.parse(JSON.parse(readFileSync(join(folder, "setup.json"), "utf8")));
  const voters = VOTERS.map((name) => {
    const tensors = readTensors(folder, name);
    const bytes = ggufOf(`swarm voter ${name}`, SHAPE, vocabulary, tensors);
    const file = `${name}.gguf`;
    writeFileSync(join(models, file), bytes);
    const parts = { severity: judged(folder, name, "severity"), area: judged(folder, name, "area") };
    return {
      name,
      file,
      bytes: bytes.length,
      sha256: createHash("sha256").update(bytes).digest("hex"),
      params: tensors.reduce((sum, { values }) => sum + values.length, 0),
      labels: LABELS,
      temperature: { severity: parts.severity.temperature, area: parts.area.temperature },
      heldOut: { severity: parts.severity.figures, area: parts.area.figures },
      prior: { severity: parts.severity.prior, area: parts.area.prior },
    };
  });
  const manifest = VoterManifest.parse({ version: 1, edges: CONFIDENCE_EDGES, voters });
  writeFileSync(join(models, "manifest.json"), `${JSON.stringify(manifest, undefined, 1)}\n`);
};

const readTensors = (folder: string, name: VoterName): readonly Tensor[] => {
  const bytes = readFileSync(join(folder, `${name}.f32`));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  return Tensors.parse(JSON.parse(readFileSync(join(folder, `${name}.tensors.json`), "utf8"))).map(
    (tensor) => {
      const size = tensor.shape.reduce((product, side) => product * side, 1);
      const start = at;
      at += size;
      return {
        ...tensor,
        values: Float32Array.from({ length: size }, (_, index) => view.getFloat32((start + index) * 4, true)),
      };
    },
  );
};

/** The temperature comes from the calibration half of the held-out templates; figures and prior from the other. */
const judged = (folder: string, name: VoterName, question: Question) => {
  const temperature = fitTemperature(readings(folder, name, question, "calibration"));
  const report = readings(folder, name, question, "report");
  const answers = report.map((reading) => ({
    ...answerOf(reading, question, temperature),
    area: reading.area,
  }));
  const { macroF1, accuracy, ece } = measure(answers);
  const prior = LABELS.area.map((area, index) => [
    area,
    priorOf(answers.filter((answer) => answer.area === index)),
  ]);
  return {
    temperature,
    figures: { macroF1: rounded(macroF1), accuracy: rounded(accuracy), ece: rounded(ece) },
    prior: Object.fromEntries(prior),
  };
};

const readings = (folder: string, name: VoterName, question: Question, part: string): readonly Reading[] => {
  const bytes = readFileSync(join(folder, `${name}.${part}.logits`));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const labels = readFileSync(join(folder, `${part}.labels`));
  const width = QUESTIONS.reduce((sum, each) => sum + LABELS[each].length, 0);
  const first = question === "severity" ? 0 : LABELS.severity.length;
  return Array.from({ length: labels.length / 2 }, (_, row) => ({
    logits: LABELS[question].map((_label, index) => view.getFloat32((row * width + first + index) * 4, true)),
    gold: labels[row * 2 + QUESTIONS.indexOf(question)] ?? 0,
    area: labels[row * 2 + 1] ?? 0,
  }));
};

const answerOf = ({ logits, gold }: Reading, question: Question, temperature: number): Answer => {
  const { probabilities, confidence } = readLabels(LABELS[question], logits, temperature);
  return { choice: probabilities.indexOf(confidence), gold, confidence };
};

/** The temperature under which the truth was least surprising. */
const fitTemperature = (all: readonly Reading[]): number => {
  const surprise = (temperature: number): number =>
    all.reduce((sum, { logits, gold }) => {
      const scaled = logits.map((logit) => logit / temperature);
      const top = Math.max(...scaled);
      return (
        sum +
        top +
        Math.log(scaled.reduce((total, value) => total + Math.exp(value - top), 0)) -
        (scaled[gold] ?? 0)
      );
    }, 0);
  const scored = TEMPERATURES.map((temperature) => ({ temperature, cost: surprise(temperature) }));
  return rounded(scored.reduce((best, each) => (each.cost < best.cost ? each : best)).temperature);
};

const priorOf = (answers: readonly Answer[]) => {
  const scale = Math.min(1, MAX_PRIOR_PER_DOMAIN / Math.max(1, answers.length));
  return Array.from({ length: CONFIDENCE_EDGES.length + 1 }, (_, bin) => {
    const inBin = answers.filter(({ confidence }) => confidenceBin(confidence) === bin);
    const right = inBin.filter(({ choice, gold }) => choice === gold).length;
    return { right: rounded(right * scale), all: rounded(inBin.length * scale) };
  });
};

const rounded = (value: number): number => Math.round(value * 10_000) / 10_000;
