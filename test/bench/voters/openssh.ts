import type { Severity } from "../../../inference/voters/prompt.ts";

/**
 * What the events of an SSH server mean to the one who runs it; OpenSSH writes no level that says so. Written before the
 * voters were first run on such lines. The first pattern that fits wins.
 */
export const OPENSSH_EVENTS: readonly (readonly [pattern: RegExp, severity: Severity])[] = [
  [
    /too many authentication failures|more authentication failures|ignoring max retries|maximum authentication attempts/i,
    "error",
  ],
  [/^(?:fatal|error): /i, "error"],
  [/message repeated .* failed password/i, "warning"],
  [
    /failed (?:password|none|publickey)|authentication failure|check pass|user unknown|invalid user|illegal user/i,
    "warning",
  ],
  [/break-in attempt|bad protocol version|did not receive identification|not allowed because/i, "warning"],
  [/accepted (?:password|publickey)|session (?:opened|closed)|server listening/i, "info"],
  [/connection closed|received disconnect|disconnected from|disconnecting|subsystem request/i, "info"],
];

/** The severity of one OpenSSH message, or none when the table does not know the event. */
export const openSshSeverity = (message: string): Severity | undefined =>
  OPENSSH_EVENTS.find(([pattern]) => pattern.test(message))?.[1];
