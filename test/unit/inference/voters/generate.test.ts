import { expect, test } from "vitest";
import { loadCorpus, useOf } from "../../../../inference/voters/corpus.ts";
import { generate } from "../../../../inference/voters/generate.ts";
import { LABELS } from "../../../../inference/voters/prompt.ts";
import { heldOutRecipe, recipeOf } from "../../../../inference/voters/voters.ts";

const corpus = loadCorpus(new URL("../../../../inference/voters", import.meta.url).pathname);

test("the same recipe gives the same lines", () => {
  expect(generate(corpus, recipeOf("network"), 200)).toEqual(generate(corpus, recipeOf("network"), 200));
});

test("another seed gives other lines", () => {
  const recipe = recipeOf("network");
  expect(generate(corpus, recipe, 50)).not.toEqual(
    generate(corpus, { ...recipe, seed: recipe.seed + 1 }, 50),
  );
});

test("a specialist sees its own area most, and something of every area and severity", () => {
  const examples = generate(corpus, recipeOf("storage"), 4_000);
  const share = (area: string): number =>
    examples.filter((each) => each.area === area).length / examples.length;
  expect(share("storage")).toBeGreaterThan(0.4);
  for (const area of LABELS.area) expect(share(area)).toBeGreaterThan(0.05);
  for (const severity of LABELS.severity)
    expect(examples.some((each) => each.severity === severity)).toBe(true);
});

test("a template has one use only, and about a tenth is held out", () => {
  const uses = corpus.templates.map(({ text }) => useOf(text));
  const held = uses.filter((use) => use !== "training").length / uses.length;
  expect(held).toBeGreaterThan(0.07);
  expect(held).toBeLessThan(0.13);
});

test("a corpus without a severity is refused, not silently skipped", () => {
  expect(() => generate({ ...corpus, frames: [], templates: [] }, heldOutRecipe("report"), 10)).toThrow(
    "corpus lacks",
  );
});
