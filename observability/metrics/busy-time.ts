/** How far back a share reaches, in seconds. */
export const windowSeconds = 60;

/**
 * For how much of the last minute something was busy. Stretches are added in the order in which they end and do not overlap;
 * what is kept is how busy each second was.
 */
export const busyTime = () => {
  const busyUs = new Map<number, number>();
  const forget = (second: number): void => {
    for (const known of busyUs.keys()) {
      if (known > second - windowSeconds) return;
      busyUs.delete(known);
    }
  };
  return {
    add: (fromUs: number, toUs: number): void => {
      const last = secondOf(toUs);
      for (let second = Math.max(secondOf(fromUs), last - windowSeconds + 1); second <= last; second += 1) {
        const us = Math.min(toUs, (second + 1) * 1e6) - Math.max(fromUs, second * 1e6);
        busyUs.set(second, (busyUs.get(second) ?? 0) + us);
      }
      forget(last);
    },
    /** From 0 to 1. `sinceUs`: when it could first have been busy. */
    share: (sinceUs: number, nowUs: number): number => {
      forget(secondOf(nowUs));
      const fromUs = Math.max(sinceUs, (secondOf(nowUs) - windowSeconds + 1) * 1e6);
      let us = 0;
      for (const each of busyUs.values()) us += each;
      return nowUs <= fromUs ? 0 : Math.min(1, us / (nowUs - fromUs));
    },
  };
};

const secondOf = (us: number): number => Math.floor(us / 1e6);
