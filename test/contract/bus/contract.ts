import { afterEach, beforeEach, describe } from "vitest";
import type { Bus } from "../../../coordination/bus/bus.ts";
import { delivery } from "./delivery.ts";
import { endings } from "./endings.ts";
import { queueGroups } from "./queue-groups.ts";
import { refusals } from "./refusals.ts";
import { requests } from "./requests.ts";

/** What every adapter of the bus port keeps. `open` gives a fresh bus with the payload limit of a server as it comes. */
export const busContract = (name: string, open: () => Promise<Bus>): void => {
  describe(`${name} keeps the bus contract`, () => {
    let bus: Bus;
    beforeEach(async () => {
      bus = await open();
    });
    afterEach(() => bus.close());
    for (const part of [delivery, queueGroups, requests, refusals, endings]) part(() => bus);
  });
};
