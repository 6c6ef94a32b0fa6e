/** The template of a Markdown output. */
export const markdownOf = (output: unknown): string | undefined => {
  if (
    typeof output !== "object" ||
    output === null ||
    !("markdown" in output) ||
    Object.keys(output).length !== 1
  )
    return undefined;
  return typeof output.markdown === "string" ? output.markdown : undefined;
};
