import type { NatsConnection } from "@nats-io/transport-node";
import type { Bus } from "./bus.ts";

/** Plain subjects without a promise: what cannot be sent now is not sent at all. */
export interface Channel extends AsyncDisposable {
  /** Messages that were not sent. */
  readonly dropped: number;
  /** @returns false when there is no connection, or too much waits for the server already */
  publish(subject: string, bytes: Uint8Array): boolean;
  /** Hears a subject on every connection until the handle is disposed of. */
  hear(subject: string, take: (bytes: Uint8Array) => void): Disposable;
}

/** Messages that the server has not yet taken; beyond, new ones are dropped. */
const WAITING_LIMIT = 4_096;

/** Open a channel over the connection of a bus. */
export const openChannel = (bus: Bus): Channel => {
  const stopped = new AbortController();
  const heard = new Map<symbol, { readonly subject: string; readonly take: (bytes: Uint8Array) => void }>();
  const subscriptions = new Map<symbol, Disposable>();
  let live: NatsConnection | undefined;
  let waiting = 0;
  let isFlushing = false;
  let dropped = 0;

  /** Learns how much of what was published the server has taken. */
  const flush = (connection: NatsConnection): void => {
    if (isFlushing) return;
    isFlushing = true;
    const sent = waiting;
    connection
      .flush()
      .then(
        () => {
          waiting -= sent;
        },
        () => {
          // The connection is gone, and what waited with it.
          waiting = 0;
        },
      )
      .finally(() => {
        isFlushing = false;
        if (waiting > 0 && live !== undefined) flush(live);
      });
  };

  const subscribe = (key: symbol): void => {
    const listener = heard.get(key);
    if (listener === undefined || live === undefined) return;
    const subscription = live.subscribe(listener.subject, {
      callback: (error, message) => {
        if (!error && heard.has(key)) listener.take(message.data);
      },
    });
    subscriptions.set(key, { [Symbol.dispose]: () => subscription.unsubscribe() });
  };

  /** One connection after the other; each lasts over reconnects. */
  const keep = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      const connection = await bus.connection(stopped.signal);
      live = connection;
      waiting = 0;
      for (const key of heard.keys()) subscribe(key);
      const aborted = new Promise<void>((resolve) => stopped.signal.addEventListener("abort", () => resolve()));
      await Promise.race([connection.closed(), aborted]);
      live = undefined;
      subscriptions.clear();
    }
  };
  // Waiting for a connection ends with the channel alone.
  const keeping = keep().catch(() => undefined);

  return {
    get dropped() {
      return dropped;
    },
    publish: (subject, bytes) => {
      if (!bus.connected || live === undefined || live.isClosed() || waiting >= WAITING_LIMIT) {
        dropped++;
        return false;
      }
      live.publish(subject, bytes);
      waiting++;
      flush(live);
      return true;
    },
    hear: (subject, take) => {
      const key = Symbol(subject);
      heard.set(key, { subject, take });
      subscribe(key);
      return {
        [Symbol.dispose]: () => {
          heard.delete(key);
          if (live?.isClosed() === false) subscriptions.get(key)?.[Symbol.dispose]();
          subscriptions.delete(key);
        },
      };
    },
    [Symbol.asyncDispose]: async () => {
      if (live?.isClosed() === false) for (const subscription of subscriptions.values()) subscription[Symbol.dispose]();
      heard.clear();
      subscriptions.clear();
      stopped.abort();
      await keeping;
    },
  };
};
