import type { ClockReading } from "#bus/entry-message.ts";
import type { MessageProblem } from "#bus/envelope.ts";
import { decodeFromEdge, decodeFromOwner, encodeFromEdge, encodeFromOwner } from "#bus/relay-message.ts";
import { DEFAULT_NAMESPACE, subjects } from "#bus/subjects.ts";
import type { Clock } from "#ports/clock.ts";
import type { Relay } from "#ports/relay.ts";
import type { Result } from "#wire/result.ts";
import type { Bus } from "./bus.ts";
import { openChannel } from "./channel.ts";

export interface RelayOptions {
  /** Name of this node: what it says itself is not heard. */
  readonly node: string;
  /** First token of subjects, `roam6` by default. */
  readonly namespace?: string;
  /** A message of another node that cannot be read. */
  readonly onProblem?: (message: string) => void;
}

/** The relay over core NATS. */
export const createRelay = (options: RelayOptions, deps: { readonly bus: Bus; readonly clock: Clock }): Relay => {
  const { clock } = deps;
  const { node, namespace = DEFAULT_NAMESPACE } = options;
  const channel = openChannel(deps.bus);
  const clocks = (): ClockReading => ({ now: clock.now(), wall: clock.wall() });

  const reader =
    <Message extends { readonly node: string }>(
      decode: (bytes: Uint8Array) => Result<Message, MessageProblem>,
      listener: (message: Message) => void,
    ) =>
    (bytes: Uint8Array): void => {
      const message = decode(bytes);
      if (!message.ok) options.onProblem?.(`a message of the relay: ${JSON.stringify(message.error)}`);
      else if (message.value.node !== node) listener(message.value);
    };

  return {
    get dropped() {
      return channel.dropped;
    },
    toOwner: (instance, from) => channel.publish(subjects.relayToOwner(namespace, instance), encodeFromEdge(from)),
    toEdges: (instance, from) =>
      channel.publish(subjects.relayToEdges(namespace, instance), encodeFromOwner(from, clocks())),
    hearEdges: (instance, listener) =>
      channel.hear(subjects.relayToOwner(namespace, instance), reader(decodeFromEdge, listener)),
    hearOwner: (instance, listener) =>
      channel.hear(
        subjects.relayToEdges(namespace, instance),
        reader((bytes) => decodeFromOwner(bytes, clocks()), listener),
      ),
    [Symbol.asyncDispose]: () => channel[Symbol.asyncDispose](),
  };
};
