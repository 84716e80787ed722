import { AckPolicy, DeliverPolicy, type JetStreamManager } from "@nats-io/jetstream";
import { createInbox, type Msg, type NatsConnection } from "@nats-io/transport-node";

/** Where a message stands in its stream, as the server tells it in the reply subject. */
interface Delivery {
  readonly streamSequence: number;
  readonly consumerSequence: number;
  /** When the stream's leader stored it, by that server's clock; milliseconds since 1970. */
  readonly storedAt: number;
  readonly pending: number;
}

/** The server says at least this often that a silent consumer is alive. */
const HEARTBEAT = 250;
const MISSED_HEARTBEATS = 4;
/** Consumers of a follower that went away are removed by the server after this time. */
const INACTIVE = 5_000;
const NANOSECONDS = 1_000_000;

/** `$JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<time>.<pending>`, newer servers with domain and account hash before the stream. */
const deliveryOf = (reply: string | undefined): Delivery | undefined => {
  const tokens = reply?.split(".") ?? [];
  const from = tokens.length >= 11 ? 7 : 5;
  const [streamSequence, consumerSequence, time, pending] = tokens.slice(from).map(Number);
  return tokens[1] === "ACK" &&
    streamSequence !== undefined &&
    consumerSequence !== undefined &&
    Number.isSafeInteger(streamSequence) &&
    Number.isSafeInteger(consumerSequence)
    ? { streamSequence, consumerSequence, storedAt: (time ?? 0) / 1e6, pending: pending ?? 0 }
    : undefined;
};

/** What a follower needs to read one stretch of a stream. */
interface Stretch {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly stream: string;
  /** First sequence to deliver. */
  readonly from: number;
  readonly onMessage: (data: Uint8Array, subject: string, delivery: Delivery) => void;
  /** Called once when nothing is left that was there at the start. */
  readonly onLevel: () => void;
  readonly signal: AbortSignal;
}

/**
 * Deliver a stream in order through a push consumer of its own, until there is a gap, the consumer is silent, the
 * connection breaks or `signal` aborts; the caller then reads on from where it stands.
 * @returns why it ended
 */
export const followStretch = async (stretch: Stretch): Promise<string> => {
  const { connection, manager, stream, from, signal } = stretch;
  const { promise: ended, resolve: end } = Promise.withResolvers<string>();
  const inbox = createInbox();
  let expected = 1;
  let heard = 0;
  let level = false;
  let asking = false;
  let consumer: string | undefined;
  const becomeLevel = () => {
    if (level) return;
    level = true;
    stretch.onLevel();
  };

  const onControl = (message: Msg): void => {
    const last = Number(message.headers?.get("Nats-Last-Consumer") ?? "");
    if (message.reply) message.respond();
    const stalled = message.headers?.get("Nats-Consumer-Stalled");
    if (stalled) connection.publish(stalled);
    if (Number.isSafeInteger(last) && last >= expected) end("messages were lost before a heartbeat");
    else if (!message.reply && !stalled && last === expected - 1) void askWhetherLevel();
  };

  /**
   * The last message that was pending may have been replaced or have expired before it was delivered: then none comes
   * that says so. A heartbeat alone does not either, since a slow server sends one before its first message.
   */
  const askWhetherLevel = async (): Promise<void> => {
    if (level || asking || consumer === undefined) return;
    asking = true;
    const before = expected;
    try {
      const info = await manager.consumers.info(stream, consumer);
      const isAllHere = info.num_pending === 0 && info.delivered.consumer_seq === expected - 1;
      if (isAllHere && before === expected && !signal.aborted) becomeLevel();
    } catch {
      // Asked again with the next heartbeat.
    } finally {
      asking = false;
    }
  };

  const subscription = connection.subscribe(inbox, {
    callback: (error, message) => {
      if (error) return end(error.message);
      heard++;
      // Looked at only where there is no entry: reading the header fields costs more than all the rest.
      if (message.data.length === 0 && message.headers?.code === 100) return onControl(message);
      const delivery = deliveryOf(message.reply);
      if (!delivery) return;
      if (delivery.consumerSequence !== expected) return end("messages were lost");
      expected++;
      stretch.onMessage(message.data, message.subject, delivery);
      if (delivery.pending === 0) becomeLevel();
    },
  });

  let seen = -1;
  const onAbort = () => end("stopped");
  signal.addEventListener("abort", onAbort, { once: true });
  const watch = setInterval(() => {
    if (heard === seen) end("the consumer is silent");
    seen = heard;
  }, HEARTBEAT * MISSED_HEARTBEATS);
  try {
    const info = await manager.consumers.add(stream, {
      deliver_subject: inbox,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: Math.max(1, from),
      ack_policy: AckPolicy.None,
      max_deliver: 1,
      mem_storage: true,
      num_replicas: 1,
      flow_control: true,
      idle_heartbeat: HEARTBEAT * NANOSECONDS,
      inactive_threshold: INACTIVE * NANOSECONDS,
    });
    consumer = info.name;
    if (info.num_pending === 0 && info.delivered.consumer_seq === 0) becomeLevel();
    return signal.aborted ? "stopped" : await ended;
  } finally {
    clearInterval(watch);
    signal.removeEventListener("abort", onAbort);
    subscription.unsubscribe();
    if (consumer !== undefined && !connection.isClosed())
      void manager.consumers.delete(stream, consumer).catch(() => {
        // The server removes it by itself after INACTIVE.
      });
  }
};
