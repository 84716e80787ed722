import { type Address, addressKey, isLinkLocal, isMulticast, type MacAddress } from "#ipv6/address.ts";
import type { Clock } from "#ports/clock.ts";
import type { Packets } from "#ports/packets.ts";
import { type Milliseconds, millis } from "#wire/time.ts";
import { createFakePackets, type Device } from "./fake-packets.ts";

/** What becomes of a packet on its way: as it is, lost, twice, or later by some time. */
export type Fate = "deliver" | "drop" | "duplicate" | { readonly later: Milliseconds };

/** A packet as it left a node. */
export interface Crossing {
  readonly from: string;
  readonly to: string;
  readonly packet: Uint8Array;
}

/** One host of a fake network. */
export interface FakeNode {
  readonly name: string;
  readonly packets: Packets;
  /** The node takes packets for this address from now on, wherever it is; another node that had it loses it. */
  own(address: Address): void;
  disown(address: Address): void;
  /** Plugs a device into a link, or pulls it out. */
  plug(device: string, link: string | undefined): void;
}

/**
 * Links and an ideal router between them. Unicast to a routable address reaches the node that owns it; multicast,
 * link-local destinations and frames stay on the link of the device they are sent out of. Deterministic: every delivery is
 * a timer of the given clock.
 */
export interface FakeNetwork {
  addNode(options: {
    readonly name: string;
    readonly devices: readonly {
      readonly name: string;
      readonly link?: string;
      readonly linkLayerAddress: MacAddress;
    }[];
  }): FakeNode;
  /** Decides over each packet and receiver until replaced; all are delivered when there is none. */
  impair(rule: ((crossing: Crossing) => Fate) | undefined): void;
  /** Everything that was delivered or dropped, in order of sending. */
  readonly crossings: readonly Crossing[];
}

interface Host {
  readonly name: string;
  readonly devices: Map<string, Device>;
}

const ROUTER_MAC: MacAddress = new Uint8Array([2, 0, 0, 0, 0, 0xfe]);

export const createFakeNetwork = ({
  clock,
  latency = millis(1),
}: {
  readonly clock: Clock;
  readonly latency?: Milliseconds;
}): FakeNetwork => {
  const hosts: Host[] = [];
  const owners = new Map<string, Host>();
  const crossings: Crossing[] = [];
  let rule: ((crossing: Crossing) => Fate) | undefined;
  let nextIndex = 1;

  const carry = (from: Host, to: Host, packet: Uint8Array, arrive: (packet: Uint8Array) => void) => {
    const copy = packet.slice();
    const crossing = { from: from.name, to: to.name, packet: copy };
    crossings.push(crossing);
    const fate = rule?.(crossing) ?? "deliver";
    if (fate === "drop") return;
    const delay = typeof fate === "object" ? millis(latency + fate.later) : latency;
    for (let copies = fate === "duplicate" ? 2 : 1; copies > 0; copies--) clock.start(delay, () => arrive(copy));
  };

  const othersOn = (link: string, device: Device): { host: Host; device: Device }[] =>
    hosts.flatMap((host) =>
      [...host.devices.values()]
        .filter((other) => other !== device && other.link === link)
        .map((other) => ({ host, device: other })),
    );

  /** A packet inside a frame, to the devices of the link that listen to its destination. */
  const transmit = (
    host: Host,
    device: Device,
    frame: { readonly destination?: MacAddress; readonly source: MacAddress; readonly packet: Uint8Array },
  ) => {
    const { link } = device;
    if (link === undefined) return;
    const toGroup =
      frame.destination === undefined
        ? isMulticast(frame.packet.subarray(24, 40))
        : (frame.destination[0] ?? 0) % 2 === 1;
    for (const other of othersOn(link, device)) {
      const addressed =
        frame.destination === undefined ||
        toGroup ||
        addressKey(frame.destination) === addressKey(other.device.linkLayerAddress);
      if (addressed)
        carry(host, other.host, frame.packet, (packet) => {
          if (other.device.link === link) other.device.receive(packet, frame.source, toGroup);
        });
    }
  };

  const route = (host: Host, packet: Uint8Array) => {
    const owner = owners.get(addressKey(packet.subarray(24, 40)));
    if (owner === undefined) return;
    carry(host, owner, packet, (arrived) => {
      const device = [...owner.devices.values()].find((candidate) => candidate.link !== undefined);
      device?.receive(arrived, ROUTER_MAC, false);
    });
  };

  return {
    addNode: ({ name, devices }) => {
      const host: Host = { name, devices: new Map() };
      hosts.push(host);
      for (const { name: device, link, linkLayerAddress } of devices)
        host.devices.set(device, {
          index: nextIndex++,
          link,
          linkLayerAddress,
          receive: () => undefined,
        });
      const packets = createFakePackets({
        devices: host.devices,
        clock,
        transmit: (device, frame) => transmit(host, device, frame),
        route: (packet, device) => {
          const destination = packet.subarray(24, 40);
          if (device !== undefined && (isMulticast(destination) || isLinkLocal(destination)))
            transmit(host, device, { source: device.linkLayerAddress, packet });
          else route(host, packet);
        },
      });
      return {
        name,
        packets,
        own: (address) => {
          owners.set(addressKey(address), host);
        },
        disown: (address) => {
          if (owners.get(addressKey(address)) === host) owners.delete(addressKey(address));
        },
        plug: (device, link) => {
          const plugged = host.devices.get(device);
          if (plugged === undefined) throw new RangeError(`no device ${device} on ${name}`);
          plugged.link = link;
        },
      };
    },
    impair: (next) => {
      rule = next;
    },
    crossings,
  };
};
