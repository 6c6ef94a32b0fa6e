import type { Exploration } from "./explore.ts";
import type { Setting } from "./setting.ts";
import type { Event } from "./successors.ts";

/** An event in one line, for people. */
export const lineOf = ({ node, move, copied }: Event): string => {
  switch (move.type) {
    case "timeOut":
      return `node ${node}: its election timeout passes`;
    case "beat":
      return `node ${node}: a tick, as leader`;
    case "checkQuorum":
      return `node ${node}: a tick after which it wants to have heard of a quorum`;
    case "write":
      return `node ${node}: its next write comes to the disk`;
    case "work":
      return `node ${node}: a snapshot comes to the disk`;
    case "apply":
      return `node ${node}: its state machine has applied what is committed`;
    case "restart":
      return `node ${node}: crashes and starts again; of the writes on their way ${move.written} are on disk`;
    case "ask":
      return `node ${node}: is asked ${JSON.stringify(move.input)}`;
    case "deliver": {
      const how = `${move.deaf ? ", having heard of no leader for long" : ""}${copied ? ", and will once more" : ""}`;
      return `node ${node}: receives ${JSON.stringify(move.message)}${how}`;
    }
  }
};

export const summaryOf = ({ name }: Setting, { states, events, depth, complete }: Exploration): string =>
  `${name}: ${states} states, ${events} events, at most ${depth} deep${complete ? "" : ", not all"}`;
