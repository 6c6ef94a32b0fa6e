import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { expect, test } from "vitest";
import { program } from "../../../cli/program.ts";
import { errorCodes, exitCodes } from "../../../coordination/protocol/errors.ts";
import { listeningContext } from "./listening-context.ts";

const page = readFileSync(new URL("../../../docs/cli.md", import.meta.url), "utf8");
const section = (heading: string): string =>
  new RegExp(`^## ${heading}\\n([^]*?)(?=^## |$(?![^]))`, "m").exec(page)?.[1] ?? "";

const pathOf = (command: Command): string =>
  command.parent?.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
const under = (command: Command): readonly Command[] =>
  command.commands.flatMap((inner) => [inner, ...under(inner)]);
const commands = under(program(listeningContext("/nowhere").context, () => undefined, undefined));

/** The row of the table of flags that has both, `all` standing for every command. */
const isTold = (command: string, flag: string): boolean =>
  section("Flags")
    .split("\n")
    .map((line) => line.split("|"))
    .some(
      ([, names = "", flags = ""]) =>
        (names.includes(`\`${command}\``) || names.trim() === "all") &&
        new RegExp(`${flag}(?![\\w-])`).test(flags),
    );

const flagsOf = (command: Command): readonly [string, string][] =>
  command.options.map((option) => [pathOf(command), option.long ?? option.flags]);

test.each(commands.flatMap(flagsOf))("swarm %s %s is in docs/cli.md", (command, flag) =>
  expect(isTold(command, flag)).toBe(true),
);

test.each(commands.filter(({ commands: inner }) => inner.length === 0).map(pathOf))(
  "swarm %s is among the commands",
  (command) => expect(page).toMatch(new RegExp(`^swarm ${command} `, "m")),
);

test.each(commands.map((command) => [pathOf(command), command.helpInformation()]))(
  "the help of swarm %s shows no default that is no word",
  (_, help) => expect(help).not.toMatch(/default: [[{]/),
);

test("every exit code has a row, and every row is one", () => {
  const rows = [...section("Exit codes").matchAll(/^\| ([\d, ]+) \|/gm)].flatMap(([, cell = ""]) =>
    cell.split(",").map(Number),
  );
  expect(rows).toEqual(Object.values(exitCodes));
});

test.each(errorCodes)("the error code %s is told", (code) =>
  expect(section("Errors")).toContain(`\`${code}\``),
);
