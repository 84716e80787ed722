/** Carries out work on one thing after the other, work on different things side by side. */
export interface Turns {
  take<T>(thing: string | number, work: () => Promise<T>): Promise<T>;
}

export const createTurns = (): Turns => {
  const last = new Map<string | number, Promise<unknown>>();
  return {
    take: (thing, work) => {
      const turn = (last.get(thing) ?? Promise.resolve()).then(work);
      const ended = turn
        .catch(() => undefined)
        .then(() => {
          if (last.get(thing) === ended) last.delete(thing);
        });
      last.set(thing, ended);
      return turn;
    },
  };
};
