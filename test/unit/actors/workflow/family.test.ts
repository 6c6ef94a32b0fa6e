import { expect, test } from "vitest";
import { fileFamily } from "../../../../actors/workflow/family.ts";

test.each([
  ["/models/Qwen2.5-7B-Instruct-Q4_K_M.gguf", "qwen2.5"],
  ["C:\\models\\gemma-3-1b-it.gguf", "gemma-3"],
  ["phi-4.gguf", "phi-4"],
  ["model.bf16.gguf", "model"],
  // Files that are named by nothing but their size are no family of each other.
  ["-7b.gguf", "-7b"],
])("the family of %s is %s", (file, family) => expect(fileFamily(file)).toBe(family));
