import { type Address, ALL_NODES, addressEquals, addressKey, isMulticast, type MacAddress } from "#ipv6/address.ts";
import type { Clock } from "#ports/clock.ts";
import type { PacketError, Packets, TapFilter, TappedPacket } from "#ports/packets.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { millis } from "#wire/time.ts";

/** A network device of a fake node. */
export interface Device {
  readonly index: number;
  readonly linkLayerAddress: MacAddress;
  /** The link it is plugged into. */
  link: string | undefined;
  /** What the link calls with each packet that arrives; set by the node's `Packets`. */
  receive: (packet: Uint8Array, source: MacAddress, toGroup: boolean) => void;
}

const MOBILITY_HEADER = 135;
const IPV6 = 41;
const ICMPV6 = 58;
const DESTINATION_OPTIONS = 60;
const LEAD_ON = new Set([0, 43, 44, 60]);

/** The same packets as the kernel's filter lets through. */
const passes = (filter: TapFilter, packet: Uint8Array): boolean => {
  const [next = -1, first = -1] = [packet[6], packet[40]];
  if (filter.kind === "destination-options") return next === DESTINATION_OPTIONS;
  if (filter.kind === "tunnelled") return next === IPV6;
  if (filter.kind === "icmpv6") return next === ICMPV6 && filter.types.includes(first);
  return next === MOBILITY_HEADER || (LEAD_ON.has(next) && (first === MOBILITY_HEADER || LEAD_ON.has(first)));
};

const noDevice = (device: string): PacketError => ({ code: "no-device", message: `device ${device}: no such device` });
const EINVAL = 22;
const ENETDOWN = 100;

type TapOptions = Parameters<Packets["openTap"]>[0];

/** Port `Packets` of one fake node. */
export const createFakePackets = (node: {
  readonly devices: ReadonlyMap<string, Device>;
  readonly clock: Clock;
  transmit(
    device: Device,
    frame: { readonly destination?: MacAddress; readonly source: MacAddress; readonly packet: Uint8Array },
  ): void;
  route(packet: Uint8Array, device: Device | undefined): void;
}): Packets => {
  const taps = new Set<TapOptions & { readonly index: number }>();
  const groups = new Map<string, number>();

  const isGroupMember = (index: number, group: Address): boolean =>
    addressEquals(group, ALL_NODES) || groups.has(`${index}/${addressKey(group)}`);

  const hand = (
    device: Device,
    packet: Uint8Array,
    about: { readonly source: MacAddress; readonly outgoing?: boolean; readonly toGroup?: boolean },
  ) => {
    const { source, outgoing = false, toGroup = false } = about;
    for (const tap of taps) {
      if (tap.index !== 0 && tap.index !== device.index) continue;
      if (!passes(tap.filter, packet)) continue;
      if (outgoing && (tap.index === 0 || tap.ignoreOutgoing === true)) continue;
      const destination = packet.subarray(24, 40);
      const wanted =
        outgoing ||
        !isMulticast(destination) ||
        tap.promiscuousMulticast === true ||
        isGroupMember(device.index, destination);
      if (!wanted) continue;
      const tapped: TappedPacket = { bytes: packet.slice(), device: device.index, source: source.slice(), outgoing };
      tap.onPackets([toGroup ? { ...tapped, toGroup } : tapped]);
    }
  };

  for (const device of node.devices.values())
    device.receive = (packet, source, toGroup) => hand(device, packet, { source, toGroup });

  const find = (name: string): Result<Device, PacketError> => {
    const device = node.devices.get(name);
    return device === undefined ? failed(noDevice(name)) : ok(device);
  };

  /** Sends in order up to the first that cannot be sent. */
  const sendEach = (
    packets: readonly Uint8Array[],
    send: (packet: Uint8Array) => PacketError | undefined,
  ): { readonly sent: number; readonly error?: PacketError } => {
    for (const [sent, packet] of packets.entries()) {
      const error = send(packet);
      if (error !== undefined) return { sent, error };
    }
    return { sent: packets.length };
  };

  const seeOutgoing = (device: Device, packet: Uint8Array, source: MacAddress) => {
    const copy = packet.slice();
    node.clock.start(millis(0), () => hand(device, copy, { source, outgoing: true }));
  };

  return {
    openTap: (options) => {
      const device = options.device === undefined ? undefined : find(options.device);
      if (device !== undefined && !device.ok) return device;
      const tap = { ...options, index: device?.value.index ?? 0 };
      taps.add(tap);
      return ok({
        dropped: 0,
        [Symbol.asyncDispose]: async () => {
          taps.delete(tap);
        },
      });
    },
    send: (packets, { device: name } = {}) => {
      const named = name === undefined ? undefined : find(name);
      if (named !== undefined && !named.ok) return { sent: 0, error: named.error };
      const device = named?.value;
      return sendEach(packets, (packet) => {
        if (packet.length < 40) return { code: "system", errno: EINVAL, message: "send a packet: invalid argument" };
        if (device !== undefined && device.link === undefined)
          return { code: "system", errno: ENETDOWN, message: "send a packet: network is down" };
        node.route(packet, device);
        const out = device ?? [...node.devices.values()].find((candidate) => candidate.link !== undefined);
        if (out !== undefined) seeOutgoing(out, packet, out.linkLayerAddress);
        return undefined;
      });
    },
    sendFrames: (name, frames) => {
      const device = find(name);
      if (!device.ok) return { sent: 0, error: device.error };
      return sendEach(frames, (frame) => {
        if (frame.length < 54) return { code: "system", errno: EINVAL, message: "send a frame: invalid argument" };
        const packet = frame.slice(14);
        const source = frame.slice(6, 12);
        node.transmit(device.value, { destination: frame.slice(0, 6), source, packet });
        seeOutgoing(device.value, packet, source);
        return undefined;
      });
    },
    sendTo: (name, neighbour, packets) => {
      const device = find(name);
      if (!device.ok) return { sent: 0, error: device.error };
      const source = device.value.linkLayerAddress;
      return sendEach(packets, (each) => {
        const packet = each.slice();
        node.transmit(device.value, { destination: neighbour.slice(), source, packet });
        seeOutgoing(device.value, packet, source);
        return undefined;
      });
    },
    holdProtocol: () => ok({ [Symbol.asyncDispose]: async () => undefined }),
    join: (name, group) => {
      const device = find(name);
      if (!device.ok) return device;
      const key = `${device.value.index}/${addressKey(group)}`;
      groups.set(key, (groups.get(key) ?? 0) + 1);
      let left = false;
      return ok({
        [Symbol.asyncDispose]: async () => {
          if (left) return;
          left = true;
          const users = (groups.get(key) ?? 1) - 1;
          if (users === 0) groups.delete(key);
          else groups.set(key, users);
        },
      });
    },
  };
};
