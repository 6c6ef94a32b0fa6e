import { names, operations } from "../attributes.ts";

type Name = (typeof names)[keyof typeof names];

/** An attribute of a span, as TraceQL writes it. */
const attribute = (name: Name): string => `span.${name}`;

const shown = (...shownNames: readonly Name[]): string => `select(${shownNames.map(attribute).join(", ")})`;

const runs = `${attribute(names.genAiOperation)} = "${operations.run}"`;
const agents = `${attribute(names.genAiOperation)} = "${operations.agent}"`;
const tools = `${attribute(names.genAiOperation)} = "${operations.tool}"`;
const calls = `${attribute(names.genAiOperation)} = "${operations.inference}"`;
// Proposals and commits bear the id of their decision too.
const decisions = `${attribute(names.decisionRule)} != ""`;
const thisTrace = 'trace:id = "${traceId}"';

const aboutRuns = shown(names.run, names.genAiWorkflow, names.runOutcome);
const aboutAgents = shown(names.run, names.genAiAgentName, names.genAiRequestModel);
const aboutTools = shown(names.run, names.genAiToolName, names.errorType);
const aboutDecisions = shown(
  names.decisionId,
  names.decisionRule,
  names.decisionOutcome,
  names.decisionWinner,
  names.decisionShare,
);

/** Every TraceQL query of the dashboards. */
export const traceQueries = {
  recentRuns: `{ ${runs} } | ${aboutRuns}`,
  failedRuns: `{ ${runs} && status = error } | ${aboutRuns}`,
  slowAgents: `{ ${agents} && duration > 1s } | ${aboutAgents}`,
  failedAgents: `{ ${agents} && status = error } | ${aboutAgents}`,
  failedTools: `{ ${tools} && status = error } | ${aboutTools}`,
  unsettled: `{ ${decisions} && ${attribute(names.decisionOutcome)} != "settled" } | ${aboutDecisions}`,
  decisionsOfRun: `{ ${thisTrace} && ${decisions} } | ${aboutDecisions}`,
  slowCallsOfRun: `{ ${thisTrace} && ${calls} && duration > 100ms } | ${shown(
    names.genAiAgentName,
    names.genAiRequestModel,
    names.genAiInputTokens,
    names.genAiOutputTokens,
  )}`,
  errorsOfRun: `{ ${thisTrace} && status = error } | ${shown(names.errorType)}`,
} as const;
