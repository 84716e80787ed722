import { errors, type NatsConnection } from "@nats-io/transport-node";
import { describe, expect, test } from "vitest";
import type { Bus } from "./bus.ts";
import { createNodeBus } from "./node-bus.ts";

const { signal } = new AbortController();

/** A bus whose connection answers no request. */
const busThat = (request: NatsConnection["request"] | undefined): Bus => {
  const connection: Pick<NatsConnection, "request"> | undefined = request === undefined ? undefined : { request };
  return {
    connected: connection !== undefined,
    problem: connection === undefined ? "cannot connect to nats://[::1]:4222: refused" : undefined,
    // Of the connection only requests are used.
    connection: () =>
      connection ? Promise.resolve(connection as NatsConnection) : Promise.reject(new Error("aborted")),
    onChange: () => () => undefined,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
};

const ask = (bus: Bus) => createNodeBus({ node: "h1" }, { bus }).request("h2", "drain", signal);

describe("a node that does not answer a request", () => {
  test("is said to be away where nobody listens for it, without a subject", async () => {
    const nobody = new errors.NoRespondersError("roam6.node.v1.request.h2");
    const bus = busThat(() => Promise.reject(new errors.RequestError("no responders", { cause: nobody })));
    expect(await ask(bus)).toEqual({
      ok: false,
      error: { code: "unreachable", message: "h2 does not answer: its program does not run, or does not reach NATS" },
    });
  });

  test("is said to be slow where it has heard", async () => {
    const bus = busThat(() => Promise.reject(new errors.TimeoutError()));
    expect(await ask(bus)).toMatchObject({ error: { message: "h2 does not answer within 2 s" } });
  });

  test("is not blamed where this node does not reach NATS itself", async () => {
    expect(await ask(busThat(undefined))).toMatchObject({
      error: { message: "h2 cannot be asked without NATS: cannot connect to nats://[::1]:4222: refused" },
    });
  });
});
