import type { Address, MacAddress } from "#ipv6/address.ts";
import { i32 } from "#netlink/field.ts";
import { NLM_F } from "#netlink/message.ts";
import { IFA_F, interfaceAddress, RTM_ADDRESS } from "#netlink/route/address.ts";
import { AF_INET6 } from "#netlink/route/groups.ts";
import { ADDRESS_GENERATION, DEVICE_CONFIGURATION, IFF, link, RTM_LINK } from "#netlink/route/link.ts";
import { discipline, ROOT_PARENT, RTM_QDISC } from "#netlink/traffic/traffic.ts";
import type { KernelError } from "#ports/kernel.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { ERRNO } from "./errno.ts";
import type { KernelSession, Request } from "./session.ts";

/** A network device as the kernel tells it. */
export interface Device {
  readonly index: number;
  readonly name: string;
  readonly up: boolean;
  /** Up, with carrier. */
  readonly running: boolean;
  readonly loopback: boolean;
  readonly address: MacAddress;
  readonly kind: string;
  readonly group: number;
  readonly alias: string;
  readonly mtu: number;
  /** Of IPv6 packets: what routers of the link advertise may be less than the device takes (RFC 4861 §4.6.4). */
  readonly ipv6Mtu: number;
  /** Index of the device below or of the peer, 0 without. */
  readonly link: number;
  /** IFLA_INFO_DATA: what it holds depends on `kind`. */
  readonly parameters: Uint8Array;
}

const ipv6MtuOf = (configuration: Uint8Array | undefined): number | undefined =>
  configuration && i32.decode(configuration.subarray(4 * DEVICE_CONFIGURATION.MTU, 4 * DEVICE_CONFIGURATION.MTU + 4));

/** Reads one RTM_NEWLINK (or DELLINK) message. */
export const decodeDevice = (message: Uint8Array): Device | undefined => {
  const decoded = link.decode(message);
  if (decoded === undefined) return undefined;
  const { header, attributes } = decoded;
  const mtu = attributes.mtu ?? 0;
  return {
    index: header.index,
    name: attributes.name ?? "",
    up: (header.flags & IFF.UP) !== 0,
    running: (header.flags & IFF.UP) !== 0 && (header.flags & IFF.LOWER_UP) !== 0,
    loopback: (header.flags & IFF.LOOPBACK) !== 0,
    address: attributes.address ?? new Uint8Array(0),
    kind: attributes.info?.kind ?? "",
    group: attributes.group ?? 0,
    alias: new TextDecoder("latin1").decode(attributes.alias ?? new Uint8Array(0)).replace(/\0$/, ""),
    mtu,
    ipv6Mtu: ipv6MtuOf(attributes.families?.inet6?.configuration) ?? mtu,
    link: attributes.link ?? 0,
    parameters: attributes.info?.data ?? new Uint8Array(0),
  };
};

export const listDevices = async (session: KernelSession): Promise<Result<readonly Device[], KernelError>> => {
  const dump = await session.dump("list devices", link.encode({ type: RTM_LINK.GET, flags: NLM_F.DUMP }));
  return dump.ok ? ok(dump.value.flatMap((message) => decodeDevice(message) ?? [])) : dump;
};

/** @returns `no-device` when there is none of that name */
export const findDevice = async (session: KernelSession, name: string): Promise<Result<Device, KernelError>> => {
  const devices = await listDevices(session);
  if (!devices.ok) return devices;
  const found = devices.value.find((device) => device.name === name);
  return found === undefined
    ? failed({ code: "no-device", errno: ERRNO.ENODEV, message: `there is no device ${name}` })
    : ok(found);
};

/** Brings a device up or down. */
export const setUp = (index: number, up: boolean): Request => ({
  what: up ? "bring a device up" : "take a device down",
  message: link.encode({ type: RTM_LINK.NEW, header: { index, flags: up ? IFF.UP : 0, change: IFF.UP } }),
});

export const setMtu = (index: number, mtu: number): Request => ({
  what: "set the MTU of a device",
  message: link.encode({ type: RTM_LINK.NEW, header: { index }, attributes: { mtu } }),
});

/** Keeps the kernel from making a link-local address by itself; sets our group, and a text that says what it is. */
export const setOurs = (index: number, group: number, alias: string): Request => ({
  what: "mark a device as ours",
  message: link.encode({
    type: RTM_LINK.NEW,
    header: { index },
    attributes: {
      group,
      alias: new TextEncoder().encode(alias),
      families: { inet6: { addressGeneration: ADDRESS_GENERATION.NONE } },
    },
  }),
});

/**
 * Nothing is sent by a device any more, as nothing is that a queue swallows; what comes in goes its way. A kernel without
 * queueing disciplines cannot, and that is success.
 */
export const mute = (index: number): Request => ({
  what: "mute a device",
  message: discipline.encode({
    type: RTM_QDISC.NEW,
    flags: NLM_F.CREATE | NLM_F.REPLACE,
    header: { index, parent: ROOT_PARENT },
    attributes: { kind: "blackhole" },
  }),
  allow: [ERRNO.ENOENT, ERRNO.EOPNOTSUPP],
});

/** Undoes `mute`; a device that is not muted is success. */
export const unmute = (index: number): Request => ({
  what: "let a device send again",
  message: discipline.encode({ type: RTM_QDISC.DELETE, header: { index, parent: ROOT_PARENT } }),
  allow: [ERRNO.ENOENT, ERRNO.EINVAL, ERRNO.EOPNOTSUPP],
});

/** Deletes a device; none there is success. */
export const deleteDevice = (index: number): Request => ({
  what: "delete a device",
  message: link.encode({ type: RTM_LINK.DELETE, header: { index } }),
  allow: [ERRNO.ENODEV],
});

/** Adds an address without duplicate address detection; one that is there is success. */
export const addAddress = (request: {
  readonly index: number;
  readonly address: Address;
  readonly prefixLength: number;
  readonly flags?: number;
}): Request => ({
  what: "add an address",
  message: interfaceAddress.encode({
    type: RTM_ADDRESS.NEW,
    flags: NLM_F.CREATE | NLM_F.REPLACE,
    header: { family: AF_INET6, prefixLength: request.prefixLength, index: request.index },
    attributes: { address: request.address, flags: IFA_F.NODAD | (request.flags ?? 0) },
  }),
  allow: [ERRNO.EEXIST],
});

/** Removes an address; none there is success. */
export const removeAddress = (index: number, address: Address, prefixLength: number): Request => ({
  what: "remove an address",
  message: interfaceAddress.encode({
    type: RTM_ADDRESS.DELETE,
    header: { family: AF_INET6, prefixLength, index },
    attributes: { address },
  }),
  allow: [ERRNO.EADDRNOTAVAIL, ERRNO.ENODEV, ERRNO.ENOENT],
});

/** An address that is on a device. */
export interface DeviceAddress {
  readonly index: number;
  readonly address: Address;
  readonly prefixLength: number;
  /** IFA_F_* */
  readonly flags: number;
}

/** Reads one RTM_NEWADDR (or DELADDR) message. */
export const decodeDeviceAddress = (message: Uint8Array): DeviceAddress | undefined => {
  const decoded = interfaceAddress.decode(message);
  if (decoded === undefined || decoded.header.family !== AF_INET6) return undefined;
  const address = decoded.attributes.local ?? decoded.attributes.address;
  if (address === undefined) return undefined;
  const { index, prefixLength, flags } = decoded.header;
  return { index, prefixLength, address, flags: decoded.attributes.flags ?? flags };
};

export const listAddresses = async (session: KernelSession): Promise<Result<readonly DeviceAddress[], KernelError>> => {
  const dump = await session.dump(
    "list addresses",
    interfaceAddress.encode({ type: RTM_ADDRESS.GET, flags: NLM_F.DUMP, header: { family: AF_INET6 } }),
  );
  return dump.ok ? ok(dump.value.flatMap((message) => decodeDeviceAddress(message) ?? [])) : dump;
};
