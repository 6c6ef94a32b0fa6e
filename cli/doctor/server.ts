import { natsBus } from "../../coordination/bus/nats.ts";
import { failure, ok, type Finding } from "./finding.ts";

const todo = "correct the address, or run without --nats";

/** Whether a NATS server takes what a run would publish. */
export const natsFinding = async (url: string): Promise<Finding> => {
  const startMs = performance.now();
  try {
    const bus = await natsBus({ url, name: "swarm doctor" });
    try {
      bus.publish(`swarm.doctor.${process.pid}`, {});
      await bus.flush();
    } finally {
      await bus.close();
    }
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    return failure("nats", message.replaceAll(url, withoutPassword(url)), todo);
  }
  return ok(
    "nats",
    `${withoutPassword(url)} answers, ${(performance.now() - startMs).toFixed(0)} ms to connect and publish`,
  );
};

// What doctor says is pasted into bug reports.
const withoutPassword = (url: string): string => url.replace(/^(\w+:\/\/)?[^/@]*@/, "$1");
