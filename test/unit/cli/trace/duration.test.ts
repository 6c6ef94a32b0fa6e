import { expect, test } from "vitest";
import { durationText } from "../../../../cli/trace/duration.ts";

test.each([
  [0, "0"],
  [999, "999 us"],
  [(123 / 1e6) * 1e6, "123 us"],
  [999.5, "1.00 ms"],
  [1000, "1.00 ms"],
  [9994, "9.99 ms"],
  [12_345, "12.3 ms"],
  [123_456, "123 ms"],
  [1_000_000, "1.00 s"],
  [59_900_000, "59.9 s"],
  [60_000_000, "1m 00s"],
  [125_000_000, "2m 05s"],
  [3_599_400_000, "59m 59s"],
  [3_600_000_000, "1h 00m"],
  [7_500_000_000, "2h 05m"],
])("%i microseconds are %s", (us, text) => expect(durationText(us)).toBe(text));

test.each([
  [9_994, "9.99 ms"],
  [9_995, "10.0 ms"],
  [99_949, "99.9 ms"],
  [99_950, "100 ms"],
  [999_499, "999 ms"],
  [999_500, "1.00 s"],
  [9_999_999, "10.0 s"],
  [59_949_999, "59.9 s"],
  [59_999_999, "1m 00s"],
])("%i microseconds are rounded to %s, which is three digits still", (us, text) =>
  expect(durationText(us)).toBe(text),
);
