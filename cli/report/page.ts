import { html, lineOf, markupText, styleElement, type Markup } from "./markup.ts";
import { style } from "./style.ts";

export type PageParts = {
  readonly title: string;
  readonly head: Markup;
  /** By the id of each section and its name in the navigation; empty ones are left out. */
  readonly sections: readonly { readonly id: string; readonly name: string; readonly body: Markup }[];
  /** The sha256 of a text in base64. */
  readonly digest: (text: string) => string;
};

/** One page that needs nothing but itself: no script, and no style but its own, which the policy names by its digest. */
export const pageOf = ({ title, head, sections, digest }: PageParts): string => {
  const policy = `default-src 'none'; style-src 'sha256-${digest(style)}'; base-uri 'none'; form-action 'none'`;
  const filled = sections.filter(({ body }) => markupText(body) !== "");
  const links = filled.map(({ id, name }) => html`<a href="#${id}">${name}</a>`);
  return markupText(
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta http-equiv="Content-Security-Policy" content="${policy}" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <meta name="referrer" content="no-referrer" />
          <title>${lineOf(title, 120)}</title>
          ${styleElement(style)}
        </head>
        <body>
          <main>
            ${head}
            <nav aria-label="sections">${links}</nav>
            ${filled.map(({ body }) => body)}
          </main>
        </body>
      </html> `,
  );
};
