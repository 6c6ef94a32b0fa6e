import type { Llama, LlamaGrammar } from "node-llama-cpp";
import { z } from "zod";
import type { Json } from "../../coordination/protocol/json.ts";
import { quoted } from "../../coordination/protocol/quoted.ts";
import { Refusal } from "./refusal.ts";

/** Holds replies to a JSON schema. The grammar alone does not: a reply may be cut off, and it knows no patterns or ranges. */
export type SchemaGrammar = {
  readonly grammar: LlamaGrammar;
  /** The reply as data, or `undefined` if it does not fit. */
  read(text: string): Json | undefined;
};

/** Throws `Refusal` BAD_REQUEST for a schema that the engine cannot make a grammar of. */
export const schemaGrammar = async (llama: Llama, schema: Json): Promise<SchemaGrammar> => {
  try {
    // The door to both packages: what is no schema makes them throw.
    const check = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
    const grammar = await llama.createGrammarForJsonSchema(
      schema as Parameters<Llama["createGrammarForJsonSchema"]>[0],
    );
    return {
      grammar,
      read(text) {
        try {
          const value = JSON.parse(text) as Json;
          return check.safeParse(value).success ? value : undefined;
        } catch {
          return undefined;
        }
      },
    };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Refusal("BAD_REQUEST", `the schema cannot be used: ${quoted(why)}`);
  }
};
