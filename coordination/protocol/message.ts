import type { AgentMessage } from "./agent-messages.ts";
import type { DecisionMessage } from "./decision-messages.ts";
import type { InferenceMessage } from "./inference-messages.ts";
import type { WorkflowMessage } from "./workflow-messages.ts";

/** Everything that an actor can be told. */
export type Message = AgentMessage | DecisionMessage | InferenceMessage | WorkflowMessage;
