/** What a shell sees. The whole table is in `docs/cli.md`. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  notSettled: 3,
  budgetSpent: 4,
  waiting: 5,
  diverged: 7,
  environment: 8,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The one table of ways in which the world can be broken, each with the exit code that it leads to. */
const codes = {
  BAD_USAGE: exitCodes.usage,
  BAD_TASK: exitCodes.usage,
  BAD_INPUT: exitCodes.usage,
  NO_SUCH_RUN: exitCodes.usage,
  RUN_ALIVE: exitCodes.diverged,
  TASK_CHANGED: exitCodes.diverged,
  REPLAY_DIVERGED: exitCodes.diverged,
  LOG_CORRUPT: exitCodes.failed,
  LOG_WRITE_FAILED: exitCodes.failed,
  LOG_VERSION: exitCodes.environment,
  NO_NATS: exitCodes.environment,
  NO_COLLECTOR: exitCodes.environment,
  NO_ENGINE: exitCodes.environment,
  NO_MODEL: exitCodes.environment,
  NO_SECRET: exitCodes.environment,
  HOME_UNUSABLE: exitCodes.environment,
  ENTRY_TOO_LARGE: exitCodes.failed,
  RUN_FAILED: exitCodes.failed,
} as const satisfies Record<string, ExitCode>;

export type SwarmErrorCode = keyof typeof codes;

export const errorCodes = Object.keys(codes) as readonly SwarmErrorCode[];

/** A broken world: bad input, no server, a full disk. The message ends by saying what to do next. */
export class SwarmError extends Error {
  override readonly name = "SwarmError";
  readonly code: SwarmErrorCode;

  constructor(code: SwarmErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  get exit(): ExitCode {
    return codes[this.code];
  }
}
