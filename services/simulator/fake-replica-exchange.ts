import type { ReplicaExchange, ReplicaNews } from "#ports/replica-exchange.ts";

type Listener = (node: string, instance: string, news: ReplicaNews) => void;

/** Where the nodes of a simulated cluster compare their records; what is told arrives at once. */
export const createFakeReplicaExchange = (): { readonly join: (node: string) => ReplicaExchange } => {
  const listeners = new Map<string, Listener>();
  return {
    join: (node) => ({
      tell: (instance, news) => {
        for (const [other, listener] of listeners) if (other !== node) listener(node, instance, news);
      },
      listen: (onNews, signal) =>
        new Promise((resolve) => {
          listeners.set(node, onNews);
          signal.addEventListener("abort", () => {
            listeners.delete(node);
            resolve();
          });
        }),
    }),
  };
};
