/** `${env:NAME}`, and nothing beside it. */
export const secretPattern = /^\$\{env:[A-Za-z_][A-Za-z0-9_]*\}$/;
/** No name and password, no query, no fragment: a secret in there would be recorded. */
export const baseUrlPattern = /^https?:\/\/[^\s/?#@]+(?:\/[^\s?#@]*)?$/;
export const headerPattern = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/;

/** Headers whose value is a secret, by their name. */
const secretHeader = /auth|cookie|key|secret|token|password/i;

/** Each `${env:NAME}` in a text. */
export const secretNames = (text: string): readonly string[] =>
  [...text.matchAll(/\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}/g)].map(([, name = ""]) => name);

/** A text with each `${env:NAME}` replaced. */
export const withSecrets = (text: string, secret: (name: string) => string): string =>
  text.replace(/\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) => secret(name));

/** Where a task may name a secret: the key of a model, and its headers. */
export const mayHoldSecret = (path: readonly (string | number)[]): boolean =>
  path[0] === "models" &&
  ((path.length === 3 && path[2] === "apiKey") || (path.length === 4 && path[2] === "headers"));

/** Whether what stands there must name a secret, and not be one. */
export const mustNameSecret = (path: readonly (string | number)[]): boolean =>
  mayHoldSecret(path) && (path[2] === "apiKey" || secretHeader.test(String(path[3])));
