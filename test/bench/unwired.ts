import type { NeighborDiscovery } from "#ports/neighbor-discovery.ts";
import type { Packets, TappedPacket } from "#ports/packets.ts";

const closing = { [Symbol.asyncDispose]: async () => {} };
const MAC = new Uint8Array([2, 0, 0, 0, 0, 9]);

/** Packets in memory: what is delivered comes out of the tap, what is sent is counted. */
interface UnwiredPackets extends Packets {
  /** Packets sent so far. */
  readonly sent: number;
  deliver(batch: readonly Uint8Array[]): void;
}

export const createUnwiredPackets = (): UnwiredPackets => {
  let tapped: (batch: readonly TappedPacket[]) => void = () => {};
  let sent = 0;
  return {
    get sent() {
      return sent;
    },
    deliver: (batch) => tapped(batch.map((bytes) => ({ bytes, device: 1, source: MAC, outgoing: false }))),
    openTap: ({ filter, onPackets }) => {
      if (filter.kind === "mobility") tapped = onPackets;
      return { ok: true, value: { dropped: 0, ...closing } };
    },
    send: (list) => {
      sent += list.length;
      return { sent: list.length };
    },
    sendFrames: (_, frames) => ({ sent: frames.length }),
    sendTo: (_device, _neighbour, sent) => ({ sent: sent.length }),
    holdProtocol: () => ({ ok: true, value: closing }),
    join: () => ({ ok: true, value: closing }),
  };
};

/** A home link on which nobody else is. */
export const loneNeighborDiscovery: NeighborDiscovery = {
  detectDuplicate: async () => ({ ok: true, value: "unique" }),
  announce: () => ({ ok: true, value: undefined }),
  answer: () => ({ ok: true, value: closing }),
  ...closing,
};
