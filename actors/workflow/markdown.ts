import { evaluate } from "./expression/evaluate.ts";
import type { Scope } from "./expression/evaluate.ts";
import { describeValue, isList, isTrue } from "./expression/values.ts";
import { TemplateError, inTemplate, throwFlaw } from "./template/error.ts";
import type { Block } from "./template/blocks.ts";
import { readBlocks } from "./template/blocks.ts";
import { scan } from "./template/scan.ts";
import { textSink, writePiece } from "./template.ts";
import type { TextSink } from "./template.ts";

/** Turns of all loops of one rendering together. */
export const MAX_LOOP_TURNS = 1_000_000;

/** A Markdown template, read. */
export type ParsedMarkdown = { readonly blocks: readonly Block[] };

/**
 * Reads a template with `${{ expression }}`, `{% for x in list %}…{% endfor %}` and
 * `{% if a %}…{% elif b %}…{% else %}…{% endif %}`. A line that holds nothing but one tag leaves no line behind.
 * Throws `TemplateError` with the place of the first mistake; `onFlaw` takes those that one can read on behind.
 */
export const parseMarkdown = (text: string, onFlaw = throwFlaw): ParsedMarkdown => ({
  blocks: readBlocks(text, scan(text, { tags: true, onFlaw }), onFlaw),
});

/** Inside a loop, `loop` has `index` (from 1), `first`, `last` and `length`. */
export const renderMarkdown = (markdown: ParsedMarkdown, scope: Scope): string => {
  const out = textSink();
  writeBlocks(markdown.blocks, { scope, out, fuel: { turns: MAX_LOOP_TURNS } });
  return out.text();
};

type Rendering = { readonly scope: Scope; readonly out: TextSink; readonly fuel: { turns: number } };

const writeBlocks = (blocks: readonly Block[], rendering: Rendering): void => {
  for (const block of blocks) writeBlock(block, rendering);
};

const writeBlock = (block: Block, rendering: Rendering): void => {
  switch (block.type) {
    case "piece":
      writePiece(block.piece, rendering.scope, rendering.out);
      return;
    case "for":
      writeLoop(block, rendering);
      return;
    case "if": {
      const chosen = block.branches.find(({ test }) =>
        isTrue(inTemplate(test.offset, () => evaluate(test.expression, rendering.scope))),
      );
      writeBlocks(chosen?.body ?? block.otherwise, rendering);
    }
  }
};

const writeLoop = (block: Extract<Block, { type: "for" }>, rendering: Rendering): void => {
  const { expression, offset } = block.over;
  const list = inTemplate(offset, () => evaluate(expression, rendering.scope)) ?? [];
  if (!isList(list)) {
    throw new TemplateError(`a loop needs a list, not ${describeValue(list)}`, {
      offset: offset + expression.offset,
      length: expression.length,
    });
  }
  for (const [place, item] of list.entries()) {
    rendering.fuel.turns -= 1;
    if (rendering.fuel.turns < 0)
      throw new TemplateError(`the loops would turn more than ${MAX_LOOP_TURNS} times`, {
        offset,
        length: expression.length,
      });
    const loop = {
      index: place + 1,
      first: place === 0,
      last: place === list.length - 1,
      length: list.length,
    };
    const scope: Scope = (name) =>
      name === block.name ? item : name === "loop" ? loop : lookUp(rendering.scope, name);
    writeBlocks(block.body, { ...rendering, scope });
  }
};

const lookUp = (scope: Scope, name: string): ReturnType<Extract<Scope, (name: string) => unknown>> =>
  typeof scope === "function" ? scope(name) : Object.hasOwn(scope, name) ? scope[name] : undefined;
