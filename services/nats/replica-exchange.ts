import type { NatsConnection } from "@nats-io/transport-node";
import { decodeReplicaMessage, encodeReplicaMessage } from "#bus/replica-message.ts";
import { DEFAULT_NAMESPACE, subjects } from "#bus/subjects.ts";
import type { Clock } from "#ports/clock.ts";
import type { ReplicaExchange } from "#ports/replica-exchange.ts";
import type { Bus } from "./bus.ts";

/** Comparison of replicas over plain NATS subjects, made again with every connection. */
export const createReplicaExchange = (
  options: { readonly node: string; readonly namespace?: string },
  deps: { readonly bus: Bus; readonly clock: Clock },
): ReplicaExchange => {
  const { bus, clock } = deps;
  const { node } = options;
  const subject = subjects.replicas(options.namespace ?? DEFAULT_NAMESPACE);
  const clocks = () => ({ now: clock.now(), wall: clock.wall() });
  let live: NatsConnection | undefined;
  return {
    tell: (instance, body) => {
      if (bus.connected && live !== undefined && !live.isClosed())
        live.publish(subject, encodeReplicaMessage({ node, instance, body }, clocks()));
    },
    listen: async (onNews, signal) => {
      while (!signal.aborted) {
        try {
          const connection = await bus.connection(signal);
          const subscription = connection.subscribe(subject, {
            callback: (error, message) => {
              const news = error ? undefined : decodeReplicaMessage(message.data, clocks());
              if (news?.ok === true && news.value.node !== node)
                onNews(news.value.node, news.value.instance, news.value.body);
            },
          });
          live = connection;
          const aborted = new Promise<void>((resolve) =>
            signal.addEventListener("abort", () => resolve(), { once: true }),
          );
          await Promise.race([connection.closed(), aborted]);
          if (!connection.isClosed()) subscription.unsubscribe();
        } catch {
          // Aborted while there was no connection: the loop ends.
        }
        live = undefined;
      }
    },
  };
};
