import { hash } from "node:crypto";
import { openSwarm, type Row, type TaskDefinition } from "../../index.ts";
import { redactor } from "../../observability/redact.ts";

type Recorded = readonly { readonly row: Row }[];

/** Runs a task that waits for nothing, in memory, and returns its rows. */
export const recordOf = async (task: TaskDefinition): Promise<Recorded> => {
  const swarm = openSwarm({ home: false });
  const { run } = await swarm.run(task, { allowCommands: true });
  const rows = [...swarm.rows(run)];
  await swarm.close();
  return rows;
};

/** Reads rows into spans as the program does. */
export const readerDeps = {
  sha256: (text: string): string => hash("sha256", text, "hex"),
  redact: redactor([]),
};
