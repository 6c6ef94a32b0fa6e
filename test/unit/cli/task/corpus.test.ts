import { readFileSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { checkText } from "../../../../cli/task/check-text.ts";
import { formatProblems } from "../../../../cli/task/problems.ts";

const folder = new URL("../../../corpus/task/", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".yaml"));

describe("every bad task file gets its message at its place", () => {
  test("the corpus is there", () => expect(files.length).toBeGreaterThan(80));

  // `vitest run test/unit/cli/task/corpus.test.ts -u` writes the expected messages again: read the difference.
  test.each(files)("%s", async (name) => {
    const { problems, task } = await checkText(
      readFileSync(new URL(name, folder), "utf8"),
      name,
      `/tasks/${name}`,
    );
    expect(problems).not.toEqual([]);
    expect(task).toBeUndefined();
    await expect(`${formatProblems(problems)}\n`).toMatchFileSnapshot(
      new URL(name.replace(".yaml", ".expected"), folder).pathname,
    );
  });
});
