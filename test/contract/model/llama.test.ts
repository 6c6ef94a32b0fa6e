import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { llamaEngine } from "../../../inference/llama/engine.ts";
import { buildEngineChild } from "../../support/engine-child.ts";
import { writeTinyGguf } from "../../support/tiny-gguf.ts";
import { languageModelContract } from "./language-model.ts";

languageModelContract({
  name: "llama.cpp with any GGUF",
  open: async () => {
    const folder = mkdtempSync(join(tmpdir(), "swarm-contract-"));
    const file = writeTinyGguf(join(folder, "tiny.gguf"));
    const childEntry = await buildEngineChild("contract-llama");
    const engine = llamaEngine({ childEntry, processes: 1, threads: 1, nowUs: () => Math.round(performance.now() * 1000) });
    return {
      model: engine.model({ type: "gguf", name: "tiny", file, context: 512, sequences: 4 }),
      end: async () => {
        await engine.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
  content: "Merge?",
  options: ["approve", "reject", "changes wanted"],
  writesText: true,
});
