import { scriptedModel } from "../../../inference/scripted.ts";
import { languageModelContract } from "./language-model.ts";

languageModelContract({
  name: "the scripted model, told what to choose,",
  open: async () => ({
    model: scriptedModel({ name: "script", replies: [{ text: "approve", confidence: 0.8 }], nowUs: () => 1 }),
    end: async () => {},
  }),
  content: "Merge?",
  options: ["approve", "reject"],
  writesText: false,
});
