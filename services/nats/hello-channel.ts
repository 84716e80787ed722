import { DEFAULT_NAMESPACE, subjects } from "#bus/subjects.ts";
import type { Bus } from "./bus.ts";
import { openChannel } from "./channel.ts";

/** Hellos over the bus instead of the home link; the shape of a guard's hello transport. */
export interface HelloChannel extends AsyncDisposable {
  /** Reaches all peers at once: the same octets for the next peer are not sent again. */
  send(message: Uint8Array): void;
  /** One listener; hears this node's own as well. */
  onMessage(listener: (message: Uint8Array) => void): void;
  readonly counters: { readonly strangers: number; readonly unsent: number };
}

/** Open the hellos of home agents that have no edge. Who they are from, NATS vouches for. */
export const openHelloChannel = (
  options: { readonly namespace?: string },
  deps: { readonly bus: Bus },
): HelloChannel => {
  const subject = subjects.hello(options.namespace ?? DEFAULT_NAMESPACE);
  const channel = openChannel(deps.bus);
  let last: Uint8Array | undefined;
  let listener: (message: Uint8Array) => void = () => {};
  channel.hear(subject, (bytes) => listener(bytes));
  return {
    send: (message) => {
      if (message === last) return;
      last = message;
      channel.publish(subject, message);
    },
    onMessage: (next) => {
      listener = next;
    },
    counters: {
      strangers: 0,
      get unsent() {
        return channel.dropped;
      },
    },
    [Symbol.asyncDispose]: () => channel[Symbol.asyncDispose](),
  };
};
