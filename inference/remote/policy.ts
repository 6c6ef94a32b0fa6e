import type * as Cockatiel from "cockatiel";
import { pause, type RemoteClock } from "./clock.ts";
import type { RemoteLimits } from "./config.ts";
import { endedBy, RemoteFault, timedOut } from "./fault.ts";

export type PolicyPackage = typeof Cockatiel;

/** The first wait before another try, doubled with each one. */
export const firstDelayMs = 500;
export const longestDelayMs = 30_000;
/** A provider that wants a longer wait than this is given up at once. */
export const longestRetryAfterMs = 60_000;
/** The package's timers count in 31 bits, and what is longer would be over at once. */
const longestTimerMs = 2_147_483_647;
/** Calls that may wait for a free place at an endpoint. */
const waitingAtMost = 1024;

/** A try that failed, and what follows. */
export type FailedTry = {
  readonly number: number;
  readonly fault: RemoteFault;
  readonly delayMs: number;
  readonly startedAtUs: number;
  readonly finishedAtUs: number;
};

export type PolicyCall<Answer> = {
  /** One try. `number` counts from 1. */
  readonly attempt: (signal: AbortSignal, number: number) => Promise<Answer>;
  /** Tries that may cost something and are paid for. */
  readonly tries: number;
  /** From 0 to 1: how much of a wait is added by chance. The same for the same call and number. */
  readonly jitter: (number: number) => number;
  /** Told before the wait for the next try. */
  readonly failed: (failed: FailedTry) => void;
  readonly signal: AbortSignal;
};

/** What all calls of one endpoint share: its circuit and its places. */
export type EndpointPolicy = {
  readonly circuit: () => "closed" | "open" | "half-open";
  /** Throws a `RemoteFault`. `made`: how many tries there were. */
  readonly run: <Answer>(call: PolicyCall<Answer>) => Promise<Answer>;
};

/**
 * breaker( retry( bulkhead( timeout( try )))). The fallback around it is the agent's, so that it is on record and passes the
 * scheduler. Retry stands inside the breaker: a call counts once, however often it tried.
 */
export const endpointPolicy = (
  cockatiel: PolicyPackage,
  clock: RemoteClock,
  limits: RemoteLimits,
): EndpointPolicy => {
  const { CircuitState, handleWhen } = cockatiel;
  const breaker = cockatiel.circuitBreaker(
    handleWhen((error) => error instanceof RemoteFault && error.isEndpoints),
    {
      breaker: new cockatiel.ConsecutiveBreaker(limits.circuitFailures),
      halfOpenAfter: openFor(clock, limits.circuitOpenMs),
    },
  );
  const places = cockatiel.bulkhead(limits.concurrency, waitingAtMost);
  const attemptMs = Math.min(limits.attemptTimeoutMs, longestTimerMs);
  const deadline = cockatiel.timeout(attemptMs, cockatiel.TimeoutStrategy.Cooperative);

  const tryOnce = <Answer>({ attempt, signal: outer }: PolicyCall<Answer>, number: number) => {
    const waits = places.executionSlots === 0;
    // The package is not told of the signal: it drops a call that was aborted while it waited, and with it the place that was
    // to go on to the next one.
    return places.execute(() => {
      if (outer.aborted) throw withdrawn();
      return deadline.execute(async ({ signal }) => {
        // Those that waited for a place while the circuit opened must not storm the endpoint one by one. A place is
        // free a moment before the failure that freed it is counted.
        if (waits) await pause(clock, 0, signal);
        if (breaker.state === CircuitState.Open) throw circuitOpen();
        try {
          return await attempt(signal, number);
        } catch (error) {
          if (outer.aborted) throw endedBy(outer, true);
          throw signal.aborted ? timedOut("one try", limits.attemptTimeoutMs) : error;
        }
      }, outer);
    });
  };

  const withRetries = <Answer>(call: PolicyCall<Answer>): Promise<Answer> => {
    const delays = delaysOf(cockatiel, call.jitter);
    let paid = call.tries;
    let next: { readonly delayMs: number } | undefined;
    // The package waits by the clock of the machine and cannot be woken: it is told to wait no time, and the wait is ours.
    const retry = cockatiel.retry(
      handleWhen(() => next !== undefined),
      { maxAttempts: limits.retries, backoff: new cockatiel.ConstantBackoff(0) },
    );
    return retry.execute(async ({ attempt: made }) => {
      if (next !== undefined) await pause(clock, next.delayMs, call.signal);
      next = undefined;
      // Before its first try it only waited, for the call that tries the circuit for instance.
      if (call.signal.aborted) throw made === 0 ? withdrawn() : endedBy(call.signal, false);
      const number = made + 1;
      const startedAtUs = clock.nowUs();
      try {
        return await tryOnce(call, number);
      } catch (error) {
        if (!(error instanceof RemoteFault)) throw error;
        if (error.mayCost) paid -= 1;
        const { state } = breaker;
        if (
          error.again &&
          number <= limits.retries &&
          state === CircuitState.Closed &&
          !call.signal.aborted
        ) {
          if (paid < 1) throw new RemoteFault(error.code, error.message, { ...error, askAgain: true });
          const asked = error.retryAfterMs ?? 0;
          // All that were told the same moment would come back in one moment.
          const delayMs = Math.round(Math.max(delays(), asked * (1 + call.jitter(number) / 10)));
          if (asked <= longestRetryAfterMs) {
            next = { delayMs };
            call.failed({ number, fault: error, delayMs, startedAtUs, finishedAtUs: clock.nowUs() });
          }
        }
        throw error;
      }
    }, call.signal);
  };

  return {
    circuit: () => {
      if (breaker.state === CircuitState.Closed) return "closed";
      return breaker.state === CircuitState.HalfOpen ? "half-open" : "open";
    },
    run: async (call) => {
      try {
        return await breaker.execute(async () => {
          // The package calls this before it says "half-open", and the try would take the circuit for open.
          await Promise.resolve();
          const decides = breaker.state === CircuitState.HalfOpen;
          try {
            return await withRetries(call);
          } catch (error) {
            // What is no failure of the endpoint closes the circuit, and all that wait for this call would storm it.
            if (!decides || !isWithdrawn(error)) throw error;
            throw new RemoteFault(error.code, error.message, { ...error, isEndpoints: true });
          }
        }, call.signal);
      } catch (error) {
        if (error instanceof RemoteFault) throw error;
        if (call.signal.aborted) throw endedBy(call.signal, false);
        if (error instanceof cockatiel.BrokenCircuitError) throw circuitOpen();
        if (error instanceof cockatiel.BulkheadRejectedError)
          throw new RemoteFault("OVERLOADED", `${waitingAtMost} calls wait for this endpoint already`);
        throw error;
      }
    },
  };
};

/** It waited for its turn until nobody wanted it, by its deadline for instance: that is not the endpoint's fault. */
const withdrawn = (): RemoteFault =>
  new RemoteFault("ABORTED", "the request was withdrawn before its turn at the endpoint");

const isWithdrawn = (error: unknown): error is RemoteFault =>
  error instanceof RemoteFault && error.code === "ABORTED";

const circuitOpen = (): RemoteFault =>
  new RemoteFault("CIRCUIT_OPEN", "the endpoint failed so often that it is left alone for a while");

/** The wait before each next try: exponential, the upper half of it by chance. */
const delaysOf = (
  { ExponentialBackoff }: PolicyPackage,
  jitter: (number: number) => number,
): (() => number) => {
  const first = new ExponentialBackoff<number>({
    generator: (made = 0, { initialDelay, exponent, maxDelay }) => [
      Math.min(maxDelay, initialDelay * exponent ** made) * (0.5 + jitter(made + 1) / 2),
      made + 1,
    ],
    initialDelay: firstDelayMs,
    maxDelay: longestDelayMs,
    exponent: 2,
  });
  let backoff: ReturnType<typeof first.next> | undefined;
  return () => {
    backoff = backoff === undefined ? first.next() : backoff.next(undefined);
    return backoff.duration;
  };
};

/**
 * How long a circuit stays open, by our clock: the package compares the length with the time of the machine, and gets one
 * that is over, or one that never is. It is over at once where the call that was to try it was withdrawn: the next one tries.
 */
const openFor = (
  clock: RemoteClock,
  ms: number,
): Cockatiel.IBackoffFactory<Cockatiel.IHalfOpenAfterBackoffContext> => {
  const next = ({
    result,
  }: Cockatiel.IHalfOpenAfterBackoffContext): Cockatiel.IBackoff<Cockatiel.IHalfOpenAfterBackoffContext> => {
    const untilUs = clock.nowUs() + ("error" in result && isWithdrawn(result.error) ? 0 : ms * 1000);
    return {
      get duration() {
        // Also where the machine's clock was set back since.
        return clock.nowUs() >= untilUs ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
      },
      next,
    };
  };
  return { next };
};
