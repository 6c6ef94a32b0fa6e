/** What one check of this machine found. `fail`: runs will not work; `warn`: they will, but not well. */
export type Finding = {
  readonly name: string;
  readonly status: "ok" | "warn" | "fail";
  readonly detail: string;
  /** What to do about it; `null` where nothing is wrong. */
  readonly todo: string | null;
};

export const ok = (name: string, detail: string): Finding => ({ name, status: "ok", detail, todo: null });
export const warn = (name: string, detail: string, todo: string): Finding => ({
  name,
  status: "warn",
  detail,
  todo,
});
export const fail = (name: string, detail: string, todo: string): Finding => ({
  name,
  status: "fail",
  detail,
  todo,
});

/** Runs one check. One that throws has found something too: what it needs is not there. */
export const examine = async (
  name: string,
  todo: string,
  check: () => Finding | Promise<Finding>,
): Promise<Finding> => {
  try {
    return await check();
  } catch (cause) {
    return failure(name, cause instanceof Error ? cause.message : String(cause), todo);
  }
};

/** A failure in the words of an error. Errors of ours say what is wrong and, after a semicolon, what to do. */
export const failure = (name: string, message: string, todo: string): Finding => {
  const [detail = "", ...advice] = message.split("; ");
  return fail(name, detail, advice.length === 0 ? todo : advice.join("; "));
};
