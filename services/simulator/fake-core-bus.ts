import type { ClockReading } from "#bus/entry-message.ts";
import { decodeFromEdge, decodeFromOwner, encodeFromEdge, encodeFromOwner } from "#bus/relay-message.ts";
import { decodeReplicaMessage, encodeReplicaMessage } from "#bus/replica-message.ts";
import { subjects } from "#bus/subjects.ts";
import type { Clock } from "#ports/clock.ts";
import type { Relay } from "#ports/relay.ts";
import type { ReplicaExchange } from "#ports/replica-exchange.ts";
import { type Milliseconds, millis } from "#wire/time.ts";

/** A process that speaks over the bus. */
export interface Member {
  readonly node: string;
  /** Hands it what arrives. */
  readonly deliver: (work: () => void) => void;
  /** Its own clock: times are exchanged as the real adapters do, by the wall clock. */
  readonly clock: Clock;
}

/** Core NATS between the processes of a simulated cluster: octets by subject, lost where there is no way, nothing kept. */
export interface FakeCoreBus {
  /** Port `Relay` of one process. */
  relay(member: Member): Relay;
  /** Port `ReplicaExchange` of one process. */
  exchange(member: Member): ReplicaExchange;
}

interface Subscription {
  readonly subject: string;
  readonly member: Member;
  readonly take: (bytes: Uint8Array) => void;
}

const NAMESPACE = "sim";

export const createFakeCoreBus = (options: {
  readonly clock: Clock;
  /** Whether the servers of two nodes can speak; of one node alone, whether its own server is up. */
  readonly reaches: (from: string, to: string) => boolean;
  readonly latency: () => Milliseconds;
}): FakeCoreBus => {
  const { clock, reaches } = options;
  const subscriptions = new Set<Subscription>();
  /** When the last message from one node to another arrives: none overtakes it. */
  const arrivals = new Map<string, number>();

  const publish = (member: Member, subject: string, bytes: Uint8Array): boolean => {
    const { node } = member;
    if (!reaches(node, node)) return false;
    for (const subscription of [...subscriptions]) {
      const to = subscription.member.node;
      if (subscription.subject !== subject || to === node || !reaches(node, to)) continue;
      const way = `${node} ${to}`;
      const at = Math.max(arrivals.get(way) ?? 0, clock.now() + options.latency());
      arrivals.set(way, at);
      clock.start(millis(at - clock.now()), () => {
        if (!subscriptions.has(subscription) || !reaches(node, to)) return;
        subscription.member.deliver(() => {
          if (subscriptions.has(subscription)) subscription.take(bytes);
        });
      });
    }
    return true;
  };

  const subscribe = (member: Member, subject: string, take: Subscription["take"]): Disposable => {
    const subscription = { subject, member, take };
    subscriptions.add(subscription);
    return { [Symbol.dispose]: () => void subscriptions.delete(subscription) };
  };

  const clocksOf =
    ({ clock: own }: Member) =>
    (): ClockReading => ({ now: own.now(), wall: own.wall() });

  return {
    relay: (member) => {
      const heard = new DisposableStack();
      const clocks = clocksOf(member);
      let dropped = 0;
      const say = (subject: string, bytes: Uint8Array): boolean => {
        const isSent = publish(member, subject, bytes);
        dropped += Number(!isSent);
        return isSent;
      };
      return {
        get dropped() {
          return dropped;
        },
        toOwner: (instance, from) => say(subjects.relayToOwner(NAMESPACE, instance), encodeFromEdge(from)),
        toEdges: (instance, from) => say(subjects.relayToEdges(NAMESPACE, instance), encodeFromOwner(from, clocks())),
        hearEdges: (instance, listener) =>
          heard.use(
            subscribe(member, subjects.relayToOwner(NAMESPACE, instance), (bytes) => {
              const message = decodeFromEdge(bytes);
              if (message.ok) listener(message.value);
            }),
          ),
        hearOwner: (instance, listener) =>
          heard.use(
            subscribe(member, subjects.relayToEdges(NAMESPACE, instance), (bytes) => {
              const message = decodeFromOwner(bytes, clocks());
              if (message.ok) listener(message.value);
            }),
          ),
        [Symbol.asyncDispose]: async () => heard.dispose(),
      };
    },
    exchange: (member) => {
      const subject = subjects.replicas(NAMESPACE);
      const clocks = clocksOf(member);
      const { node } = member;
      return {
        tell: (instance, body) =>
          void publish(member, subject, encodeReplicaMessage({ node, instance, body }, clocks())),
        listen: (onNews, signal) =>
          new Promise((resolve) => {
            const subscription = subscribe(member, subject, (bytes) => {
              const news = decodeReplicaMessage(bytes, clocks());
              if (news.ok) onNews(news.value.node, news.value.instance, news.value.body);
            });
            const end = () => {
              subscription[Symbol.dispose]();
              resolve();
            };
            if (signal.aborted) end();
            else signal.addEventListener("abort", end, { once: true });
          }),
      };
    },
  };
};
