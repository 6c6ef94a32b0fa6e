/** A secret that is shorter could be part of any word, and would turn texts into riddles. */
const shortestSecret = 6;

/** Takes secrets out of text, also where they stand as base64 or in a URL. Providers like to quote the key that they refuse. */
export const redactor = (secrets: readonly string[]): ((text: string) => string) => {
  const forms = secrets
    .filter((secret) => secret.length >= shortestSecret)
    .flatMap((secret) => [
      secret,
      encodeURIComponent(secret),
      Buffer.from(secret).toString("base64"),
      JSON.stringify(secret).slice(1, -1),
    ])
    // As it stands in what is quoted.
    .flatMap((form) => [form, form.replace(/\s+/g, " ").trim().replaceAll('"', "'")])
    // The longest first, or a secret that begins like another would leave the other's end behind.
    .toSorted((a, b) => b.length - a.length);
  return (text) =>
    forms.reduce((clean, form) => withoutBeginning(clean.replaceAll(form, "[secret]"), form), text);
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

/** Hands text on word by word: a secret has no blank in it, and pieces of one could not be told from other words. */
export const wordByWord = (redact: (text: string) => string, onText: (text: string) => void) => {
  let held = "";
  return {
    text: (piece: string): void => {
      held += piece;
      const end = held.search(/\s\S*$/) + 1;
      if (end > 0) onText(redact(held.slice(0, end)));
      held = held.slice(end);
    },
    /** The reply is over. */
    end: (): void => {
      if (held !== "") onText(redact(held));
      held = "";
    },
  };
};
