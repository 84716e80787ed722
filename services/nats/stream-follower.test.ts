import type { JetStreamManager } from "@nats-io/jetstream";
import { headers, type Msg, type NatsConnection } from "@nats-io/transport-node";
import { describe, expect, it } from "vitest";
import { followStretch } from "./stream-follower.ts";

/** A server whose messages a test sends; its consumer has `pending` messages when it is made and when it is asked. */
const follow = (pending: number) => {
  const server = { pending, delivered: 0, asked: 0 };
  const levels: number[] = [];
  const stop = new AbortController();
  let callback: (error: Error | null, message: Msg) => void = () => {};
  const consumerInfo = () => ({
    name: "c",
    num_pending: server.pending,
    delivered: { consumer_seq: server.delivered, stream_seq: 0 },
  });
  const connection: Partial<NatsConnection> = {
    subscribe: (_, options) => {
      callback = options?.callback ?? callback;
      return { unsubscribe: () => {} } as ReturnType<NatsConnection["subscribe"]>; // nothing else is called
    },
    isClosed: () => true,
  };
  const consumers = {
    add: async () => consumerInfo(),
    info: async () => {
      server.asked++;
      return consumerInfo();
    },
  };
  const ended = followStretch({
    connection: connection as NatsConnection, // the part that is used
    manager: { consumers } as unknown as JetStreamManager, // the part that is used
    stream: "s",
    from: 1,
    onMessage: () => {},
    onLevel: () => levels.push(server.delivered),
    signal: stop.signal,
  });
  const say = (message: Partial<Msg>) => callback(null, message as Msg); // what is read of it
  return {
    server,
    levels,
    heartbeat: () => {
      const said = headers(100, "Idle Heartbeat");
      said.set("Nats-Last-Consumer", String(server.delivered));
      say({ headers: said, reply: "", data: new Uint8Array() });
    },
    deliver: (left: number) => {
      server.delivered++;
      server.pending = left;
      const reply = `$JS.ACK.s.c.1.${server.delivered}.${server.delivered}.0.${left}`;
      say({ reply, data: new Uint8Array(), subject: "x" });
    },
    end: async () => {
      stop.abort();
      return ended;
    },
  };
};

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe("a follower", () => {
  it("is level also when the last pending message expires before it is delivered", async () => {
    const { server, levels, heartbeat, deliver, end } = follow(2);
    await settle();
    deliver(1);
    expect(levels).toEqual([]);
    server.pending = 0;
    heartbeat();
    await settle();
    expect(levels).toEqual([1]);
    heartbeat();
    await settle();
    expect([levels, server.asked]).toEqual([[1], 1]);
    expect(await end()).toBe("stopped");
  });

  it("is not level by a heartbeat that comes before the first message", async () => {
    const { levels, heartbeat, deliver, end } = follow(1);
    await settle();
    heartbeat();
    await settle();
    expect(levels).toEqual([]);
    deliver(0);
    expect(levels).toEqual([1]);
    await end();
  });
});
