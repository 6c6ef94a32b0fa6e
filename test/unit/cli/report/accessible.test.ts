import { beforeAll, describe, expect, test } from "vitest";
import { style } from "../../../../cli/report/style.ts";
import { livelyTask, pageOfRows, rowsOf } from "../../../support/reports.ts";

let page = "";
beforeAll(async () => void (page = pageOfRows(await rowsOf(livelyTask), { content: true })));

/** Colours by name, of a scheme. */
const schemes = style
  .match(/:root\{[^}]*\}/g)
  ?.map(
    (root) =>
      new Map(Array.from(root.matchAll(/--(\w+):(#\w+)/g), ([, name = "", colour = ""]) => [name, colour])),
  );

/** How bright a colour is, by the formula of the Web Content Accessibility Guidelines. */
const luminance = (colour: string): number => {
  const digits = colour.length === 4 ? colour.replace(/\w/g, "$&$&") : colour;
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(digits.slice(at, at + 2), 16) / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};

const contrast = (one: string, other: string): number => {
  const [dark = 0, bright = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (bright + 0.05) / (dark + 0.05);
};

describe("a report for those who hear it", () => {
  test("has headings of which none skips a level", () => {
    const levels = Array.from(page.matchAll(/<h(\d)/g), ([, level]) => Number(level));
    expect(levels[0]).toBe(1);
    levels.reduce((before, level) => {
      expect(level).toBeLessThanOrEqual(before + 1);
      return level;
    });
  });

  test("has no drawing without words, and no words inside a drawing", () => {
    let depth = 0;
    for (const [tag] of page.matchAll(/<svg[^>]*>|<\/svg>/g)) {
      if (tag !== "</svg>" && depth === 0)
        expect(tag).toMatch(/aria-hidden="true"|role="img"\s+aria-label="[^"]+"/);
      depth += tag === "</svg>" ? -1 : 1;
    }
    // What is inside of an image is not read out.
    expect(page).not.toMatch(/<(?!svg)\w+[^>]* role="img"/);
  });

  test("says who told whom, which the arrows only show", () => {
    expect(page).toMatch(/<small\s*>workflow &rarr; ann<\/small/);
    expect(style).not.toMatch(/\.arrow-row \.what small\{[^}]*display:none/);
  });
});

test.each([
  ["on white", 0],
  ["on black", 1],
] as const)("text and drawings stand out %s", (_, at) => {
  const colours = schemes?.[at] ?? new Map<string, string>();
  const colour = (name: string): string => colours.get(name) ?? "#777777";
  const texts = [
    ["ink", "page"],
    ["quiet", "page"],
    ["quiet", "soft"],
    ["accent", "page"],
    ["good", "goodsoft"],
    ["warn", "warnsoft"],
    ["bad", "badsoft"],
    ["accent", "accentsoft"],
  ] as const;
  for (const [text, ground] of texts)
    expect(contrast(colour(text), colour(ground)), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
  for (const part of "step agent inference tool decision critical queued bad o0 o1 o2 o3 o4 o5".split(" "))
    expect(contrast(colour(part), colour("page")), part).toBeGreaterThanOrEqual(3);
});
