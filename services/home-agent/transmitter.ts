import type { Address, MacAddress } from "#ipv6/address.ts";
import type { NeighborDiscovery } from "#ports/neighbor-discovery.ts";
import type { Packets } from "#ports/packets.ts";
import type { Counters } from "./counters.ts";
import type { InstanceLog } from "./instance-contract.ts";
import type { Standstill } from "./standstill.ts";

const ETHERTYPE_IPV6 = 0x86dd;

/** An IPv6 packet in an Ethernet frame (RFC 2464 §3). */
export const ethernetFrame = (destination: MacAddress, source: MacAddress, packet: Uint8Array): Uint8Array => {
  const frame = new Uint8Array(14 + packet.length);
  frame.set(destination, 0);
  frame.set(source, 6);
  frame[12] = ETHERTYPE_IPV6 >> 8;
  frame[13] = ETHERTYPE_IPV6 & 0xff;
  frame.set(packet, 14);
  return frame;
};

/**
 * What leaves the home agent, collected until the present batch of work is done and then sent in few system calls. Neighbor
 * Advertisements go before acknowledgements (registration order of MIPL2).
 */
export interface Transmitter {
  packet(bytes: Uint8Array): void;
  /** Out of a device with addresses of our own choice; not sent after a standstill, for the edge may be another node's. */
  frame(device: string, bytes: Uint8Array): void;
  /** Whose sender takes care of standstills itself (`announcer.ts`). */
  advertisement(device: string, advertisement: Advertisement): void;
}

/** An unsolicited Neighbor Advertisement on behalf of a mobile node. */
export interface Advertisement {
  readonly target: Address;
  readonly linkLayerAddress: MacAddress;
  readonly router: boolean;
  readonly source: Address;
}

const put = <T>(lists: Map<string, T[]>, device: string, item: T) => {
  const list = lists.get(device);
  if (list === undefined) lists.set(device, [item]);
  else list.push(item);
};

export const createTransmitter = (
  packets: Packets,
  neighborDiscovery: NeighborDiscovery,
  tell: {
    readonly counters: Counters;
    readonly log: InstanceLog;
    readonly standstill: Pick<Standstill, "suspected">;
  },
): Transmitter => {
  let waiting: Uint8Array[] = [];
  let frames = new Map<string, Uint8Array[]>();
  let advertisements = new Map<string, Advertisement[]>();
  let scheduled = false;
  const flush = () => {
    scheduled = false;
    const [announced, plain, framed] = [advertisements, waiting, frames];
    advertisements = new Map();
    waiting = [];
    frames = new Map();
    for (const [device, list] of announced) {
      const result = neighborDiscovery.announce(device, list);
      if (!result.ok) tell.log.warn({ device, error: result.error }, "Neighbor Advertisements could not be sent");
    }
    for (let rest = plain; rest.length > 0; ) {
      const { sent, error } = packets.send(rest);
      // The one that was refused (no route to that care-of address, say) is given up, the others go on.
      if (error !== undefined) {
        tell.counters.sendErrors++;
        tell.log.warn({ error }, "a packet could not be sent");
      }
      if (error === undefined && sent < rest.length) tell.counters.sendErrors += rest.length - sent;
      rest = error === undefined ? [] : rest.slice(sent + 1);
    }
    for (const [device, list] of framed) {
      const { error } = packets.sendFrames(device, list);
      if (error !== undefined) {
        tell.counters.sendErrors++;
        tell.log.warn({ device, error }, "a frame could not be sent");
      }
    }
  };
  const schedule = () => {
    if (scheduled) return;
    scheduled = true;
    queueMicrotask(flush);
  };
  return {
    packet: (bytes) => {
      waiting.push(bytes);
      schedule();
    },
    frame: (device, bytes) => {
      if (tell.standstill.suspected) return;
      put(frames, device, bytes);
      schedule();
    },
    advertisement: (device, advertisement) => {
      put(advertisements, device, advertisement);
      schedule();
    },
  };
};
