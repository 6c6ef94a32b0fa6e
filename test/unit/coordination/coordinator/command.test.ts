import fc from "fast-check";
import { expect, test } from "vitest";
import {
  commandCodec,
  decodeCommand,
  encodeCommand,
  type Command,
} from "../../../../coordination/coordinator/command.ts";

const commands: fc.Arbitrary<Command> = fc.oneof(
  fc.nat().map((tick): Command => ({ type: "time.advanced", tick })),
  fc
    .record({ client: fc.string(), opening: fc.string(), recorded: fc.nat() })
    .map((fields): Command => ({ type: "session.opened", ...fields })),
  fc
    .record({ id: fc.string({ unit: "binary" }), seq: fc.nat(5), confidencePpm: fc.nat(1_000_000) })
    .map(({ id, seq, confidencePpm }): Command => {
      const entry = { type: "ballot.cast", decision: id, voter: "v", option: "yes", confidencePpm } as const;
      return { type: "entry.proposed", client: "c", session: 1, firstOpen: 0, recorded: 0, id, seq, entry };
    }),
);

test("reads the same commands as without a memory, in any order, more than once, and those of others", () => {
  const steps = fc.array(fc.record({ command: commands, isOurs: fc.boolean(), later: fc.nat(6) }));
  fc.assert(
    fc.property(steps, fc.nat(4), (all, atMost) => {
      const codec = commandCodec(atMost);
      const log: string[] = [];
      for (const { command, isOurs, later } of all) {
        const data = encodeCommand(command);
        log.push(data);
        if (isOurs) expect(codec.encode(command)).toBe(data);
        const known = log[Math.max(0, log.length - 1 - later)] ?? data;
        expect(codec.decode(known)).toStrictEqual(decodeCommand(known));
      }
    }),
  );
});

test("hands out what it encoded without parsing it, once and of the last few", () => {
  const codec = commandCodec(2);
  const time = (tick: number): Command => ({ type: "time.advanced", tick });
  const encoded = [time(1), time(2), time(3)].map((command) => ({ command, data: codec.encode(command) }));
  const isSame = encoded.map(({ command, data }) => codec.decode(data) === command);
  expect(isSame).toEqual([false, true, true]);
  for (const { command, data } of encoded) {
    expect(codec.decode(data)).toEqual(command);
    expect(codec.decode(data)).not.toBe(command);
  }
});
