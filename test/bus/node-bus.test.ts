import { afterAll, beforeAll } from "vitest";
import { createNodeBus } from "#nats/node-bus.ts";
import { describeNodeBus } from "#ports/node-bus.compliance.ts";
import { startServers, type TestServers } from "./servers.ts";

let servers: TestServers;
let runs = 0;
beforeAll(async () => {
  servers = await startServers(1);
});
afterAll(() => servers[Symbol.asyncDispose]());

describeNodeBus("one nats-server", async () => {
  // A namespace each: what an earlier test started does not answer.
  const namespace = `test${runs++}`;
  return {
    openBus: (node) => createNodeBus({ namespace, node }, { bus: servers.connect() }),
    settle: async () => {
      // A round trip after which the server has taken all that was sent before.
      const connection = await servers.connect().connection(AbortSignal.timeout(10_000));
      await connection.flush();
    },
  };
});
