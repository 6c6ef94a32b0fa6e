/** A secret that is shorter could be part of any word, and would turn texts into riddles. */
const shortestSecret = 6;

/** Takes secrets out of text, also where they stand as base64 or in a URL. Providers like to quote the key that they refuse. */
export const redactor = (secrets: readonly string[]): ((text: string) => string) => {
  const forms = secrets
    .filter((secret) => secret.length >= shortestSecret)
    .flatMap((secret) => [secret, encodeURIComponent(secret), Buffer.from(secret).toString("base64")])
    // The longest first, or a secret that begins like another would leave the other's end behind.
    .toSorted((a, b) => b.length - a.length);
  return (text) => forms.reduce((clean, form) => clean.replaceAll(form, "[secret]"), text);
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
