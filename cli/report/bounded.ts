import { html, markupText, type Content, type Markup } from "./markup.ts";

/** The first of some things, as many as fit into so many bytes of markup; one of them at least. */
export const bounded = <Thing>(
  things: readonly Thing[],
  bytes: number,
  draw: (thing: Thing) => Markup,
): { readonly markup: Content; readonly shown: number } => {
  const drawn: Markup[] = [];
  let size = 0;
  for (const thing of things) {
    const markup = draw(thing);
    size += Buffer.byteLength(markupText(markup));
    if (size > bytes && drawn.length > 0) break;
    drawn.push(markup);
  }
  return { markup: html`${drawn}`, shown: drawn.length };
};
