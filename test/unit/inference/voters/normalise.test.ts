import fc from "fast-check";
import { expect, test } from "vitest";
import { MAX_WORDS, normalise } from "../../../../inference/voters/normalise.ts";
import { cpuMs } from "../../../support/cpu-time.ts";

test.each([
  [
    "syslog loses time, host and process id",
    "Mar  3 04:11:09 web-3 sshd[811]: session opened for user ana",
    "sshd session opened for user ana",
  ],
  [
    "a priority and an ISO time go",
    "<34>1 2024-10-11T22:14:15.003Z db-1 backupd[7]: archive stored",
    "backupd archive stored",
  ],
  [
    "a Java header loses level and thread keeps its logger",
    "2020-07-29 17:41:44,747 ERROR [main] org.example.disk.VolumeScanner: scan ended",
    "main disk volume scanner scan ended",
  ],
  [
    "a bracketed level goes",
    "[Sun Feb 04 04:47:44 2024] [error] worker in odd state 6",
    "worker in odd state #",
  ],
  [
    "a klog letter goes",
    "E0102 10:11:12.123456    1234 sync.go:127] Failed to watch nodes",
    "failed to watch nodes",
  ],
  ["a logcat letter goes", "03-17 16:13:38.811  1702  2395 W Window: draw is late", "window draw is late"],
  ["a level between name and message goes", "ERROR:root:can't open it", "root can not open it"],
  [
    "JSON gives logger and message",
    '{"level":"error","logger":"sync","msg":"couldn\'t reach peer"}',
    "sync could not reach peer",
  ],
  [
    "logfmt gives its message",
    'time="2021-01-01T00:00:00Z" level=warning msg="pull is slow" image=web',
    "pull is slow image web",
  ],
  [
    "PostgreSQL loses its level",
    "2021-05-05 10:00:00.123 UTC [12] ERROR:  relation is gone",
    "relation is gone",
  ],
  [
    "values become masks",
    "sent 17 bytes of /var/log/x.log to 10.1.2.3:80 id 0xdeadbeef99",
    "sent # bytes of / to @ id &",
  ],
  [
    "nothing is told from something",
    "finished with 0 errors and exit code -1",
    "finished with zero errors and exit code minus",
  ],
  ["an HTTP status becomes a word", '10.0.0.1 - - "GET /a/b HTTP/1.1" 503 12', "get / httpfive #"],
  [
    "a level word inside the message stays",
    "proxy: child reached an error state while loading",
    "proxy child reached error state while loading",
  ],
  ["a level behind a comma goes", "2016-09-28 04:30:31, Error CSI unable to load", "csi unable to load"],
  ["values in a row are one", "sent 17 18 19 to to disk", "sent # to disk"],
  ["names in camel case come apart", "BlockReportSender started", "block report sender started"],
  ["an empty line is empty", "", ""],
  ["bytes that are no text are nothing", "\u0000\u0001\u{1f600}", ""],
])("%s", (_, line, expected) => expect(normalise(line)).toBe(expected));

test.each(["INFO", "WARN", "ERROR", "FATAL", "SEVERE", "NOTICE"])("the level %s leaves no trace", (level) =>
  expect(normalise(`2024-01-02 03:04:05,678 ${level} Pump: valve closed`)).toBe(
    normalise("2024-01-02 03:04:05,678 Pump: valve closed"),
  ),
);

test("any text becomes at most so many short words of a small alphabet", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: "binary", maxLength: 3000 }), fc.string({ maxLength: 3000 })),
      (line) => {
        const words = normalise(line).split(" ");
        return words.length <= MAX_WORDS && words.every((word) => /^(?:[a-z]{0,18}|[#@/&])$/.test(word));
      },
    ),
  );
});

test("JSON of any shape does no harm", () => {
  fc.assert(fc.property(fc.json(), (line) => typeof normalise(line) === "string"));
});

test("a line of a megabyte costs what its beginning costs", () => {
  const started = cpuMs();
  for (const unit of ["a ", "1.", "/", "a.b.", "A", "[", "::", "a=", "-1", "f0-", "{", "\\w\\"])
    normalise(unit.repeat(1_000_000 / unit.length));
  expect(cpuMs() - started).toBeLessThan(2_000);
});
