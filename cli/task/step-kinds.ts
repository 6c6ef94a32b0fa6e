/** A step has exactly one of these keys. */
export const stepKinds = ["ask", "decide", "parallel", "map", "group"] as const;
export type StepKind = (typeof stepKinds)[number];
