import { expect, test } from "vitest";
import { Mailbox } from "../../../../actors/runtime/mailbox.ts";
import type { Envelope } from "../../../../coordination/protocol/envelope.ts";
import { actorId, effectId, runId, workflowActor } from "../../../../coordination/protocol/ids.ts";
import type { Message } from "../../../../coordination/protocol/message.ts";

const envelope = (seq: number, body: Message): Envelope => ({
  id: effectId(workflowActor, seq, 0),
  run: runId("r"),
  to: actorId("a"),
  body,
});
const request: Message = { type: "task.assigned", step: "s", prompt: "p", replyTo: workflowActor };
const reply: Message = { type: "timer.fired", timer: "t" };

test("mail is taken in the order in which it came, also over many thousands", () => {
  const mailbox = new Mailbox(10_000);
  const taken: (string | undefined)[] = [];
  for (let seq = 0; seq < 3000; seq += 1) {
    mailbox.offer(envelope(seq, reply));
    if (seq % 3 !== 0) taken.push(mailbox.take()?.id);
  }
  while (mailbox.depth > 0) taken.push(mailbox.take()?.id);
  expect(taken).toEqual(Array.from({ length: 3000 }, (_, seq) => effectId(workflowActor, seq, 0)));
  expect(mailbox.take()).toBeUndefined();
});

test("a full mailbox refuses requests, and still takes what answers them", () => {
  const mailbox = new Mailbox(2);
  expect([1, 2, 3].map((seq) => mailbox.offer(envelope(seq, request)))).toEqual([
    "accepted",
    "accepted",
    "full",
  ]);
  expect(mailbox.offer(envelope(4, reply))).toBe("accepted");
  mailbox.take();
  mailbox.take();
  expect(mailbox.offer(envelope(5, request))).toBe("accepted");
});
