/**
 * Runs a step at once, but a step that comes up in another one after it. Messages are handled as they are read, so that a
 * burst in one read of the socket is no backlog; and a long backlog does not become a deep stack.
 */
export const stepsInTurn = (): ((step: () => void) => void) => {
  const steps: (() => void)[] = [];
  let isRunning = false;
  return (step) => {
    steps.push(step);
    if (isRunning) return;
    isRunning = true;
    for (let next = steps.shift(); next !== undefined; next = steps.shift()) next();
    isRunning = false;
  };
};
