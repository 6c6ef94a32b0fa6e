/** Cancels what a clock was asked to do; harmless when it has happened already. */
export type Cancel = () => void;

/** Time, and the only way in which the runtime waits. */
export interface Clock {
  /** Microseconds since 1970. */
  nowUs(): number;
  /** Calls `fire` once, `ms` milliseconds from now or later. 0: as soon as other work had its turn. */
  after(ms: number, fire: () => void): Cancel;
}

// setTimeout counts in 31 bits; a longer wait is made of several.
const longestWaitMs = 2_147_483_647;

/** The clock of the machine. Waiting for it does not keep a process alive that has nothing else to do. */
export const systemClock = (): Clock => ({
  nowUs: () => Math.round((performance.timeOrigin + performance.now()) * 1000),
  after: (ms, fire) => {
    if (ms <= 0) {
      const immediate = setImmediate(fire);
      return () => clearImmediate(immediate);
    }
    let timer = setTimeout(tick, Math.min(ms, longestWaitMs));
    let leftMs = ms;
    function tick() {
      leftMs -= longestWaitMs;
      if (leftMs <= 0) fire();
      else timer = setTimeout(tick, Math.min(leftMs, longestWaitMs));
    }
    return () => clearTimeout(timer);
  },
});
