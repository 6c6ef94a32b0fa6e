import type { NodeId } from "../../../coordination/raft/types.ts";
import type { Posted } from "../../driver/network.ts";
import type { Random } from "../random.ts";
import type { Agenda } from "./agenda.ts";
import { tickUs, type Weather } from "./storm.ts";

export type Network = {
  weather: Weather;
  readonly send: (posted: Posted) => void;
  /** Cuts one direction of a link; what is on its way still arrives. Ends as often as it was cut. */
  readonly cut: (from: NodeId, to: NodeId) => void;
  readonly mend: (from: NodeId, to: NodeId) => void;
  readonly mendAll: () => void;
};

type Deps = {
  readonly agenda: Agenda;
  readonly random: Random;
  readonly weather: Weather;
  readonly arrived: (posted: Posted) => void;
};

export const openNetwork = ({ agenda, random, weather, arrived }: Deps): Network => {
  const cuts = new Map<number, number>();
  const lastArrivals = new Map<number, number>();
  const linkOf = (from: NodeId, to: NodeId): number => from * 64 + to;
  const carry = (posted: Posted): void => {
    const { minUs, maxUs, reordering } = network.weather;
    const link = linkOf(posted.message.from, posted.message.to);
    const nowUs = agenda.nowUs();
    let atUs = nowUs + minUs + random.below(maxUs - minUs + 1);
    if (!random.chance(reordering)) {
      atUs = Math.max(atUs, lastArrivals.get(link) ?? 0);
      lastArrivals.set(link, atUs);
    }
    agenda.in(atUs - nowUs, () => arrived(posted));
  };
  const network: Network = {
    weather,
    send: (posted) => {
      const { from, to } = posted.message;
      if ((cuts.get(linkOf(from, to)) ?? 0) > 0) return;
      if (random.chance(network.weather.loss)) return;
      carry(posted);
      if (!random.chance(network.weather.duplication)) return;
      // Some copies come when everybody has forgotten about the message.
      if (random.chance(0.3)) agenda.in(random.below(40 * tickUs), () => arrived(posted));
      else carry(posted);
    },
    cut: (from, to) => {
      const link = linkOf(from, to);
      cuts.set(link, (cuts.get(link) ?? 0) + 1);
    },
    mend: (from, to) => {
      const link = linkOf(from, to);
      cuts.set(link, Math.max(0, (cuts.get(link) ?? 0) - 1));
    },
    mendAll: () => cuts.clear(),
  };
  return network;
};
