import type { Json } from "../../coordination/protocol/json.ts";
import { commandFailed, programName } from "../program-name.ts";
import { catalogue } from "./catalogue.ts";
import { memberOf, membersOf } from "./json-object.ts";
import { secondsBetween, type Meter } from "./meter.ts";
import type { RowReading } from "./row-reading.ts";

/** Reads the programs that a task has run: how long each took, and whether it came to an end of its own. */
export const toolRows = (meter: Meter): RowReading => {
  /** By the request. */
  const running = new Map<string, { readonly program: string; readonly fromUs: number }>();

  return (row, decided) => {
    // What is not there yet cannot be told from what is lost.
    if (row.type === "header")
      for (const program of programsIn(memberOf(row.plan, "steps")))
        for (const error_type of errors)
          meter.open("gen_ai_execute_tool_duration_seconds", { gen_ai_tool_name: program, error_type });
    // What ran when its process ended has ended with it, and is run again.
    if (row.type === "resumed")
      for (const [request, { program }] of running) running.set(request, { program, fromUs: row.atUs });
    if (decided === undefined) return;
    const { input, effects, atUs, run } = decided;
    if (input.type === "command.completed") {
      const ended = running.get(input.request);
      running.delete(input.request);
      if (ended !== undefined)
        meter.observe(
          "gen_ai_execute_tool_duration_seconds",
          { gen_ai_tool_name: ended.program, error_type: input.trouble === undefined ? "" : commandFailed },
          secondsBetween(ended.fromUs, atUs),
          run,
        );
    }
    for (const effect of effects)
      if (effect.type === "runCommand")
        running.set(effect.request, { program: programName(effect.command), fromUs: atUs });
  };
};

const errors = catalogue.gen_ai_execute_tool_duration_seconds.labels.error_type;

/** The programs that the steps of a plan name; not those that only an expression knows. */
const programsIn = (steps: Json | undefined): readonly string[] => {
  if (Array.isArray(steps)) return steps.flatMap(programsIn);
  return membersOf(steps).flatMap(([name, member]) => {
    if (name !== "check") return programsIn(member);
    const command = memberOf(member, "command");
    const [program] = Array.isArray(command) ? command : [];
    return typeof program === "string" && !program.includes("${{") ? [programName([program])] : [];
  });
};
