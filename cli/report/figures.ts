/** `2026-11-21 16:23:47 UTC` */
export const timeText = (us: number): string =>
  `${new Date(Math.floor(us / 1000)).toISOString().slice(0, 19).replace("T", " ")} UTC`;

/** A place on an axis of 100, for an attribute of an SVG. */
export const percentAt = (share: number): string => `${(share * 100).toFixed(3).replace(/\.?0+$/, "")}%`;

/** A step of 1, 2 or 5 times a power of ten, so that about `parts` of them fill the length. */
export const niceStep = (length: number, parts: number): number => {
  const least = length / parts;
  const power = 10 ** Math.floor(Math.log10(least));
  return power * (([1, 2, 5, 10] as const).find((factor) => factor * power >= least) ?? 10);
};
