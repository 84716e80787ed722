import { createServer, connect as dial, type Socket } from "node:net";

/** A TCP relay that can hold what clients send, as a network does that is cut and comes back. */
export interface HoldingProxy extends AsyncDisposable {
  readonly url: string;
  /** Nothing passes either way, no connection ends; what is sent meanwhile arrives after `release`. */
  hold(): void;
  release(): void;
}

export const openHoldingProxy = async (target: string): Promise<HoldingProxy> => {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let held = false;
  const pass = (from: Socket, to: Socket): void => {
    sockets.add(from);
    if (held) from.pause();
    from.pipe(to);
    from.on("error", () => to.destroy());
    from.on("close", () => {
      sockets.delete(from);
      to.destroy();
    });
  };
  const server = createServer((client) => {
    const upstream = dial({ host: hostname.replace(/^\[|\]$/g, ""), port: Number(port) });
    pass(client, upstream);
    pass(upstream, client);
  });
  await new Promise<void>((resolve) => server.listen({ host: "::1", port: 0 }, resolve));
  const bound = server.address();
  return {
    url: `nats://[::1]:${typeof bound === "object" && bound ? bound.port : 0}`,
    hold: () => {
      held = true;
      for (const socket of sockets) socket.pause();
    },
    release: () => {
      held = false;
      for (const socket of sockets) socket.resume();
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
};
