/**
 * `ln` and `exp` out of + - * / alone. IEEE 754 fixes those to the bit, so every replica, on every engine and
 * processor, gets the same number; the built-in ones may differ in the last place.
 */

/** Natural logarithm. -Infinity at 0, NaN below 0 and for NaN. */
export const ln = (x: number): number => {
  if (Number.isNaN(x) || x < 0) return Number.NaN;
  if (x === 0) return -Infinity;
  if (x === Infinity) return Infinity;
  const { mantissa, exponent } = split(x);
  return exponent * LN2_HIGH + (lnNearOne(mantissa) + exponent * LN2_LOW);
};

/** e to the power of `x`. 0 and Infinity where a double ends; NaN for NaN. */
export const exp = (x: number): number => {
  if (Number.isNaN(x)) return Number.NaN;
  if (x > LARGEST_EXPONENT) return Infinity;
  if (x < SMALLEST_EXPONENT) return 0;
  const exponent = Math.round(x / LN2);
  const rest = x - exponent * LN2_HIGH - exponent * LN2_LOW;
  return scale(expNearZero(rest), exponent);
};

/** The first part ends in zero bits, so that its product with an exponent is exact. */
const LN2_HIGH = 6.9314718036912381649e-1;
const LN2_LOW = 1.90821492927058770002e-10;
const LN2 = LN2_HIGH + LN2_LOW;
const SQRT_HALF = 0.7071067811865476;
const SQRT_TWO = 1.4142135623730951;
const LARGEST_EXPONENT = 709.782712893384;
const SMALLEST_EXPONENT = -745.1332191019412;
const TWO_TO_32 = 4_294_967_296;

/** `x` as mantissa * 2^exponent, the mantissa between the roots of 1/2 and 2. Exact: only powers of two are multiplied. */
const split = (x: number): { readonly mantissa: number; readonly exponent: number } => {
  let mantissa = x;
  let exponent = 0;
  for (; mantissa >= TWO_TO_32; exponent += 32) mantissa /= TWO_TO_32;
  for (; mantissa < 1 / TWO_TO_32; exponent -= 32) mantissa *= TWO_TO_32;
  for (; mantissa >= SQRT_TWO; exponent += 1) mantissa /= 2;
  for (; mantissa < SQRT_HALF; exponent -= 1) mantissa *= 2;
  return { mantissa, exponent };
};

/** ln m = 2 (s + s^3/3 + s^5/5 + ...) with s = (m-1)/(m+1), which is at most .172: ten terms reach the last bit. */
const lnNearOne = (mantissa: number): number => {
  const s = (mantissa - 1) / (mantissa + 1);
  const square = s * s;
  let sum = 0;
  for (let odd = 23; odd >= 3; odd -= 2) sum = (sum + 1 / odd) * square;
  return 2 * s + 2 * s * sum;
};

/** The power series for an argument of at most ln(2)/2: sixteen terms reach the last bit. */
const expNearZero = (x: number): number => {
  let sum = 0;
  for (let term = 16; term >= 2; term -= 1) sum = ((sum + 1) * x) / term;
  return 1 + (x + x * sum);
};

const scale = (x: number, exponent: number): number => {
  let scaled = x;
  let left = exponent;
  for (; left >= 32; left -= 32) scaled *= TWO_TO_32;
  for (; left <= -32; left += 32) scaled /= TWO_TO_32;
  for (; left > 0; left -= 1) scaled *= 2;
  for (; left < 0; left += 1) scaled /= 2;
  return scaled;
};
