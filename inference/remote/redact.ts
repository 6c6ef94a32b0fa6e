/** A secret that is shorter could be part of any word, and would turn texts into riddles. */
const shortestSecret = 6;

/** Takes secrets out of text, also where they stand as base64 or in a URL. Providers like to quote the key that they refuse. */
export const redactor = (secrets: readonly string[]): ((text: string) => string) => {
  const forms = formsOf(secrets);
  return (text) =>
    forms.reduce((clean, form) => withoutBeginning(clean.replaceAll(form, "[secret]"), form), text);
};

/** How secrets may stand in a text. */
const formsOf = (secrets: readonly string[]): readonly string[] => {
  const isLong = ({ length }: string) => length >= shortestSecret;
  const forms = secrets
    .filter(isLong)
    .flatMap((secret) => [
      secret,
      encodeURIComponent(secret),
      Buffer.from(secret).toString("base64"),
      JSON.stringify(secret).slice(1, -1),
    ])
    // As it stands in what is quoted.
    .flatMap((form) => [form, form.replace(/\s+/g, " ").trim().replaceAll('"', "'")])
    // Of a secret of blanks little is left in a quotation.
    .filter(isLong);
  // The longest first, or a secret that begins like another would leave the other's end behind.
  return [...new Set(forms)].toSorted((a, b) => b.length - a.length);
};

/** A quotation is cut, perhaps in the middle of a secret: then its beginning is taken out. */
const withoutBeginning = (text: string, secret: string): string => {
  const parts = text.split("…");
  return parts.map((part, index) => (index < parts.length - 1 ? withoutEnd(part, secret) : part)).join("…");
};

const withoutEnd = (text: string, secret: string): string => {
  for (let length = secret.length - 1; length >= shortestSecret; length--)
    if (text.endsWith(secret.slice(0, length))) return `${text.slice(0, -length)}[secret]`;
  return text;
};

/** The same for all text in plain data. */
export const redactData = <Data>(data: Data, redact: (text: string) => string): Data => {
  if (typeof data === "string") return redact(data) as Data;
  if (typeof data !== "object" || data === null) return data;
  if (Array.isArray(data)) return data.map((item: unknown) => redactData(item, redact)) as Data;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [redact(key), redactData<unknown>(value, redact)]),
  ) as Data;
};

/** Text on its way, piece by piece. */
export type Pieces = {
  readonly text: (piece: string) => void;
  /** The reply is over. */
  readonly end: () => void;
};

/** As `redactor`, for a text that comes in pieces: what may be the beginning of a secret waits for the piece that tells. */
export const pieceRedactor = (secrets: readonly string[]): ((onText: (text: string) => void) => Pieces) => {
  const redact = redactor(secrets);
  const forms = formsOf(secrets);
  return (onText) => {
    let held = "";
    const handOut = (end: number): void => {
      if (end > 0) onText(redact(held.slice(0, end)));
      held = held.slice(end);
    };
    return {
      text: (piece) => {
        held += piece;
        handOut(safeEnd(held, forms));
      },
      end: () => handOut(held.length),
    };
  };
};

/** Up to where a text can be cut so that no secret, and none that may come to be one, is cut too. */
const safeEnd = (text: string, forms: readonly string[]): number => {
  let end = Math.min(...forms.map((form) => beginningAtEnd(text, form)), text.length);
  for (let before = -1; before !== end;) {
    before = end;
    for (const form of forms) {
      const first = text.indexOf(form, Math.max(0, end - form.length + 1));
      if (first >= 0 && first < end) end = first;
    }
  }
  return end;
};

/** Where the longest end of a text begins that more text could make the secret, or its length. */
const beginningAtEnd = (text: string, form: string): number => {
  for (let start = Math.max(0, text.length - form.length + 1); start < text.length; start += 1) {
    start = text.indexOf(form.charAt(0), start);
    if (start < 0) break;
    if (form.startsWith(text.slice(start))) return start;
  }
  return text.length;
};
