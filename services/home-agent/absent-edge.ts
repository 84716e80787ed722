import type { Kernel } from "#ports/kernel.ts";
import type { NeighborDiscovery } from "#ports/neighbor-discovery.ts";
import type { Packets } from "#ports/packets.ts";
import { done, ok } from "#wire/result.ts";

const nothing: AsyncDisposable = { [Symbol.asyncDispose]: () => Promise.resolve() };

/**
 * The kernel of a node that is a home agent without an edge: it forwards nothing and agrees to everything. What really
 * forwards is told over the relay.
 */
export const absentKernel: Kernel = {
  plane: "routed",
  tellsSenders: false,
  prepare: () => Promise.resolve(done),
  adopt: () => Promise.resolve(ok([])),
  openInstance: () => Promise.resolve(done),
  closeInstance: () => Promise.resolve(done),
  activateInstance: () => Promise.resolve(done),
  deactivateInstance: () => Promise.resolve(done),
  apply: (_, changes) => Promise.resolve(changes.map(() => done)),
  refusedPackets: () => Promise.resolve(ok(0)),
  clear: () => Promise.resolve(done),
  ...nothing,
};

/** No packet comes in or goes out of a node without an edge. */
export const absentPackets: Packets = {
  openTap: () => ok({ dropped: 0, ...nothing }),
  send: (packets) => ({ sent: packets.length }),
  sendFrames: (_, frames) => ({ sent: frames.length }),
  sendTo: (_device, _neighbour, sent) => ({ sent: sent.length }),
  holdProtocol: () => ok(nothing),
  join: () => ok(nothing),
};

/** A node without an edge has no neighbours. */
export const absentNeighborDiscovery: NeighborDiscovery = {
  detectDuplicate: () => Promise.resolve(ok("unique")),
  announce: () => done,
  answer: () => ok(nothing),
  ...nothing,
};
