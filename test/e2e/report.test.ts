import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { hasChromium, startChromium } from "../support/chromium.ts";
import { scratchFolder, swarm } from "../support/cli.ts";
import { hostileRows, livelyTask, pageOfRows, rowsOf } from "../support/reports.ts";

/** Looks at an open page; a text, since it runs in the browser. */
const look = `(() => {
  for (const details of document.querySelectorAll("details")) details.open = true;
  const root = document.documentElement;
  return {
    overflow: root.scrollWidth - root.clientWidth,
    foreign: document.querySelectorAll("script, img, a:not([href^='#']), iframe, link").length,
    background: getComputedStyle(document.body).backgroundColor,
    sections: [...document.querySelectorAll("section")].map(({ id }) => id),
  };
})()`;

const lively = (): { cwd: string; say: (...words: readonly string[]) => ReturnType<typeof swarm> } => {
  const cwd = scratchFolder(onTestFinished);
  const { name, ...task } = livelyTask;
  // JSON is YAML.
  writeFileSync(join(cwd, "task.yaml"), JSON.stringify({ name, ...task }));
  return { cwd, say: (...words) => swarm(words, { cwd }) };
};

test("a report goes where it is told to, or beside the current folder's files", async () => {
  const { cwd, say } = lively();
  expect((await say("run", "task.yaml")).code).toBe(1);
  const [{ run }] = JSON.parse((await say("runs", "--json")).stdout);

  const usual = await say("report", "last");
  expect(usual, usual.stderr).toMatchObject({ code: 0, stdout: "" });
  const page = readFileSync(join(cwd, `swarm-${run}.html`), "utf8");
  expect(page).toMatch(/^<!doctype html>/);
  // A bundle that is read as another encoding shows itself here.
  expect(page).toContain("·");
  expect(page).not.toMatch(/[ÃÂ]/);

  expect((await say("report", run, "--html", "-")).stdout).toBe(page);
  expect((await say("report", run, "-o", "there.html")).code).toBe(0);
  expect(readFileSync(join(cwd, "there.html"), "utf8")).toBe(page);
  const told = await say("report", run, "--html", "again.html", "--json");
  expect(JSON.parse(told.stdout)).toEqual({
    run,
    file: join(cwd, "again.html"),
    bytes: Buffer.byteLength(page),
  });
});

test("the messages of a run come as a Mermaid diagram, too", async () => {
  const { cwd, say } = lively();
  await say("run", "task.yaml");
  const { stdout } = await say("report", "last", "--mermaid");
  expect(stdout).toMatch(/^sequenceDiagram\n {2}participant p0 as workflow\n/);
  expect(stdout).toContain("task#46;assigned #215;7");
  for (const line of stdout.trimEnd().split("\n").slice(1))
    expect(line).toMatch(
      /^ {2}(participant p\d+ as [\w #;,]+|Note over p\d+(,p\d+)?: [\w #;,]+|p\d+(->>|--x)p\d+: [\w #;,]+)$/,
    );
  await say("report", "last", "--mermaid", "-o", "run.mmd");
  expect(readFileSync(join(cwd, "run.mmd"), "utf8")).toBe(stdout);
  expect((await say("trace", "--mermaid")).stdout).toBe(stdout);
});

test("report and trace write the same file for Perfetto", async () => {
  const { cwd, say } = lively();
  await say("run", "task.yaml");
  await say("report", "last", "--chrome", "a.json");
  await say("trace", "last", "--chrome", "b.json");
  for (const command of ["report", "trace"])
    expect(await say(command, "last", "--chrome", "-")).toEqual({
      code: 0,
      stdout: readFileSync(join(cwd, "a.json"), "utf8"),
      stderr: "",
    });
  expect(existsSync(join(cwd, "-"))).toBe(false);
  const [one, other] = ["a.json", "b.json"].map((file) => readFileSync(join(cwd, file), "utf8"));
  expect(JSON.parse(one ?? "")).toHaveProperty("traceEvents");
  expect(one).toBe(other);
});

test.each([
  [["--html", "a.html", "-o", "b.html"], "both name a file"],
  [["--html", "--mermaid"], "either --html or --mermaid"],
  [["--chrome", "a.json", "-o", "b.html"], "a file of its own"],
  [["--chrome", "a.json", "--json"], "a file of its own"],
  [["--json", "-o", "-"], "give it a file"],
  [["-o", "no/such/folder.html"], "choose another file"],
])("%j is refused with a sentence, and nothing is written", async (flags, words) => {
  const { cwd, say } = lively();
  await say("run", "task.yaml");
  const { code, stdout, stderr } = await say("report", "last", ...flags);
  expect(code).toBe(2);
  if (flags.includes("--json")) expect(JSON.parse(stdout)).toMatchObject({ error: { code: "BAD_USAGE" } });
  else expect(stdout).toBe("");
  expect(stderr).toContain(words);
  expect(existsSync(join(cwd, "a.html"))).toBe(false);
});

describe.skipIf(!hasChromium())("in a browser", () => {
  let browser: Browser | undefined;
  let pages: Readonly<Record<string, string>> = {};
  beforeAll(async () => {
    const rows = await rowsOf(livelyTask);
    const poison = `<img src=x onerror=alert(1)><script>document.title="taken"</script><a href="javascript:alert(1)">${"wide".repeat(60)}</a>`;
    pages = {
      plain: pageOfRows(rows, { content: true }),
      hostile: pageOfRows(hostileRows(rows, poison), { content: true }),
    };
    browser = await startChromium();
  });
  afterAll(() => browser?.close());

  test.each([
    ["plain", 1400, "light"],
    ["plain", 400, "dark"],
    ["hostile", 1400, "dark"],
    ["hostile", 400, "light"],
  ] as const)(
    "the %s one at %i pixels, %s: no error, no request, nothing beside the page",
    async (which, width, colorScheme) => {
      const folder = scratchFolder(onTestFinished);
      writeFileSync(join(folder, "report.html"), pages[which] ?? "");
      const context = await browser?.newContext({ viewport: { width, height: 900 }, colorScheme });
      if (context === undefined) throw new Error("there is no browser");
      onTestFinished(() => context.close());
      const page = await context.newPage();
      const trouble: string[] = [];
      const requests: string[] = [];
      page.on("console", (message) => trouble.push(message.text()));
      page.on("pageerror", (error) => trouble.push(error.message));
      page.on("dialog", (dialog) => {
        trouble.push(dialog.message());
        void dialog.dismiss();
      });
      page.on("request", (request) => requests.push(request.url()));
      const url = pathToFileURL(join(folder, "report.html")).href;
      await page.goto(url);
      // With everything unfolded, as a reader would.
      const seen: unknown = await page.evaluate(look);
      expect(trouble).toEqual([]);
      expect(requests).toEqual([url]);
      expect(seen).toEqual({
        overflow: 0,
        foreign: 0,
        background: colorScheme === "dark" ? "rgb(20, 23, 28)" : "rgb(255, 255, 255)",
        sections: ["failures", "timeline", "decisions", "messages", "models", "conversations", "replay"],
      });
      expect(await page.title()).not.toBe("taken");
    },
  );

  test("what would be wrong is noticed", async () => {
    const page = await browser?.newPage();
    if (page === undefined) throw new Error("there is no browser");
    onTestFinished(() => page.close());
    const folder = scratchFolder(onTestFinished);
    const trouble: string[] = [];
    page.on("console", (message) => trouble.push(message.text()));
    const planted = (pages["plain"] ?? "").replace(
      "<main>",
      '<main><p style="width:3000px">x</p><script>1</script><img src="http://127.0.0.1:1/x">',
    );
    writeFileSync(join(folder, "report.html"), planted);
    await page.goto(pathToFileURL(join(folder, "report.html")).href);
    expect(trouble.length).toBeGreaterThanOrEqual(3);
  });
});
