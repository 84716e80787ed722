import { createServer } from "node:net";
import { expect, test } from "vitest";
import { type BusOptions, connectBus } from "./bus.ts";

/** What a server without TLS hears of a client until that gives up, and why it does. */
const heardInClearText = async (options: Pick<BusOptions, "tls"> & { readonly scheme: string }) => {
  await using stack = new AsyncDisposableStack();
  let heard = "";
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (data) => {
      heard += String(data);
      socket.write("PONG\r\n");
    });
    socket.write('INFO {"server_id":"x","version":"2.12.0","proto":1,"jetstream":true,"max_payload":1048576}\r\n');
  });
  await new Promise<void>((resolve) => server.listen({ host: "::1", port: 0 }, resolve));
  stack.defer(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const bound = server.address();
  const port = typeof bound === "object" && bound ? bound.port : 0;
  const { scheme, ...tls } = options;
  const bus = stack.use(connectBus({ servers: [`${scheme}://[::1]:${port}`], name: "test", ...tls }));
  await expect.poll(() => bus.connected || /tls/i.test(bus.problem ?? "")).toBe(true);
  return { heard, problem: bus.problem };
};

test("nats:// is spoken in clear text where no TLS is asked for", async () => {
  const { heard, problem } = await heardInClearText({ scheme: "nats" });
  expect(problem).toBeUndefined();
  expect(heard).toContain("CONNECT ");
});

test.each([
  ["tls:// without files", { scheme: "tls" }],
  ["tls:// with files", { scheme: "tls", tls: { caFile: "/ca.pem" } }],
  ["nats:// with files", { scheme: "nats", tls: { caFile: "/ca.pem" } }],
])("%s: a server that has no TLS is told nothing, and why is said", async (_, options) => {
  const { heard, problem } = await heardInClearText(options);
  expect(problem).toContain("does not support 'tls'");
  expect(heard).toBe("");
});
