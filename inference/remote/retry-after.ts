/**
 * Milliseconds that a provider asks us to wait: `Retry-After` in seconds or as a date (RFC 9110, 10.2.3), or the finer
 * `retry-after-ms` of some. `undefined`: it does not say, or nothing that makes sense.
 */
export const retryAfterMs = (
  headers: Readonly<Record<string, string>> | undefined,
  nowUs: number,
): number | undefined => {
  const exact = headers?.["retry-after-ms"]?.trim() ?? "";
  if (number.test(exact)) return Math.ceil(Number(exact));
  const said = headers?.["retry-after"]?.trim() ?? "";
  if (number.test(said)) return Math.ceil(Number(said) * 1000);
  const atMs = Date.parse(said);
  return Number.isNaN(atMs) ? undefined : Math.max(0, Math.ceil(atMs - nowUs / 1000));
};

const number = /^\d+(\.\d+)?$/;
