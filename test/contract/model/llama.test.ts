import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { llamaEngine } from "../../../inference/llama/engine.ts";
import type { GgufConfig, VoterConfig } from "../../../inference/llama/wire.ts";
import { bundled, engineChild } from "../../support/bundled.ts";
import { writeTinyGguf } from "../../support/tiny-gguf.ts";
import { languageModelContract } from "./language-model.ts";

const open = (config: Omit<VoterConfig, "file"> | Omit<GgufConfig, "file">) => async () => {
  const folder = mkdtempSync(join(tmpdir(), "swarm-contract-"));
  const file = writeTinyGguf(join(folder, "tiny.gguf"));
  const childEntry = await bundled(engineChild, `contract-${config.type}`);
  const nowUs = (): number => Math.round(performance.now() * 1000);
  const engine = llamaEngine({ childEntry, processes: 1, threads: 1, nowUs });
  return {
    model: engine.model({ ...config, file }),
    end: async () => {
      await engine.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

languageModelContract({
  name: "llama.cpp with any GGUF",
  open: open({ type: "gguf", name: "tiny", context: 512, sequences: 4 }),
  content: "Merge?",
  options: ["approve", "reject", "changes wanted"],
  writesText: true,
});

languageModelContract({
  name: "llama.cpp with a voter",
  open: open({ type: "voter", name: "tiny", temperatures: { severity: 1.3, area: 1 } }),
  content: "Failed password for root from 10.0.0.1 port 22 ssh2",
  options: ["critical", "error", "warning", "info"],
  writesText: false,
});
