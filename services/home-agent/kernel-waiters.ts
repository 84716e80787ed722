/** Who waits until the kernel has what a record says. */
export interface KernelWaiters {
  /** Calls `done` once: at the next `settle` of the slot, or at once with false when too many wait. */
  wait(slot: number, done: (forwarded: boolean) => void): void;
  settle(slot: number, forwarded: boolean): void;
  /** Tells everybody that it will not be. */
  stop(): void;
}

export const createKernelWaiters = (limit: number): KernelWaiters => {
  const waiting = new Map<number, ((forwarded: boolean) => void)[]>();
  let size = 0;
  const settle = (slot: number, forwarded: boolean) => {
    const list = waiting.get(slot);
    if (list === undefined) return;
    waiting.delete(slot);
    size -= list.length;
    for (const done of list) done(forwarded);
  };
  return {
    wait: (slot, done) => {
      if (size >= limit) return done(false);
      size++;
      const list = waiting.get(slot);
      if (list === undefined) waiting.set(slot, [done]);
      else list.push(done);
    },
    settle,
    stop: () => {
      for (const slot of [...waiting.keys()]) settle(slot, false);
    },
  };
};
