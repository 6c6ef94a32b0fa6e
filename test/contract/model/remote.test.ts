import { mockProvider } from "../../support/mock-provider.ts";
import { testModel } from "../../support/remote-model.ts";
import { languageModelContract } from "./language-model.ts";

languageModelContract({
  name: "a remote model",
  open: async () => {
    const server = await mockProvider();
    server.script(({ body }) =>
      body["logprobs"] === undefined
        ? { type: "text", text: "all is well" }
        : {
            type: "text",
            text: "approve",
            tokens: [
              [
                ["approve", 0.8],
                ["reject", 0.2],
              ],
            ],
          },
    );
    const { model } = testModel(server.baseUrl);
    return { model, end: () => server.close() };
  },
  content: "Merge?",
  options: ["approve", "reject", "changes wanted"],
  writesText: true,
});
