import type { ModelSpec } from "./plan.ts";

/** What models have in common that learned from the same text; `undefined`: nothing is known beyond the model itself. */
export const modelFamily = (spec: ModelSpec | undefined): string | undefined => {
  switch (spec?.provider) {
    case "voter":
      return "the voters that ship";
    case "llama":
      return fileFamily(spec.file);
    default:
      return undefined;
  }
};

/** `qwen2.5` of `Qwen2.5-7B-Instruct-Q4_K_M.gguf`: all before the size, the use or the precision. */
export const fileFamily = (file: string): string => {
  const name = file
    .slice(Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1)
    .toLowerCase()
    .replace(/\.gguf$/, "");
  const end = name.search(
    /[-_.](\d+(\.\d+)?[bm]|i?q\d|b?f16|f32|instruct|chat|it|base)(?![a-z0-9])|[-_.]i?q\d/,
  );
  return end > 0 ? name.slice(0, end) : name;
};
