import type { Bus } from "../../coordination/bus/bus.ts";
import type { SimulatedClock } from "./clock.ts";
import type { Random } from "./random.ts";

/** How bad a network is: probabilities from 0 to 1, delays in milliseconds. */
export type Weather = { readonly loss: number; readonly duplication: number; readonly maxDelayMs: number };

/** A bus whose messages are lost, doubled and delayed, hence reordered. It outlives the processes on it. */
export const lossyBus = (bus: Bus, clock: SimulatedClock, random: Random, weather: Weather): Bus => {
  const publish: Bus["publish"] = (subject, data, options) => {
    const copies = random.chance(weather.loss) ? 0 : random.chance(weather.duplication) ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      clock.after(random.next() * weather.maxDelayMs, () => bus.publish(subject, data, options));
    }
  };
  return new Proxy(bus, {
    get: (target, name) => {
      if (name === "publish") return publish;
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
};
