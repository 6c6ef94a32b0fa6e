import { beforeEach, describe, expect, test } from "vitest";
import type { Bus } from "../../../coordination/bus/bus.ts";
import { collect, collector, dataOf } from "./collect.ts";

/** How the members of a queue group share their messages. */
export const queueGroups = (current: () => Bus): void => {
  describe("queue groups", () => {
    let bus: Bus;
    beforeEach(() => {
      bus = current();
    });

    test("each message goes to one member, every member gets some, others are not affected", async () => {
      const crew = joinCrew(["work", "work", "work"]);
      const plain = collect(bus, "work");
      const other = collect(bus, "work", { queue: "other" });
      const sent = Array.from({ length: 300 }, (_, at) => at);
      for (const at of sent) bus.publish("work", at);
      expect(dataOf(await plain.until(sent.length))).toEqual(sent);
      expect(dataOf(await other.until(sent.length))).toEqual(sent);
      await crew.expectShared(sent);
    });

    test("members under different patterns are one group", async () => {
      const crew = joinCrew(["job.*", "job.a", "job.>"]);
      const sent = Array.from({ length: 300 }, (_, at) => at);
      for (const at of sent) bus.publish("job.a", at);
      await crew.expectShared(sent);
    });

    const joinCrew = (
      patterns: readonly string[],
    ): { expectShared(sent: readonly number[]): Promise<void> } => {
      const all = collector<number>();
      const shares = patterns.map((pattern) => {
        const share: number[] = [];
        bus.subscribe(
          pattern,
          ({ data }) => {
            share.push(Number(data));
            all.add(Number(data));
          },
          { queue: "crew" },
        );
        return share;
      });
      return {
        async expectShared(sent) {
          await all.collected.until(sent.length);
          expect(shares.flat().sort((a, b) => a - b)).toEqual(sent);
          for (const share of shares) {
            expect(share.length).toBeGreaterThan(0);
            expect(share).toEqual([...share].sort((a, b) => a - b));
          }
        },
      };
    };
  });
};
