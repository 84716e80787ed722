import type { Address, MacAddress } from "#ipv6/address.ts";
import { AF_INET6, AF_NETLINK, AF_PACKET, AF_UNIX } from "./socket.ts";

export const ETH_P_ALL = 0x0003;
export const ETH_P_IPV6 = 0x86dd;

/** `struct sockaddr_ll`: what a packet socket takes from a device (index 0: from all), or a frame's way out of it; `neighbour` is whom the kernel addresses it to. */
export const linkName = (index: number, protocol: number, neighbour?: MacAddress): Uint8Array => {
  const name = new Uint8Array(20);
  const view = new DataView(name.buffer);
  view.setUint16(0, AF_PACKET, true);
  view.setUint16(2, protocol);
  view.setInt32(4, index, true);
  if (neighbour !== undefined) {
    name[11] = neighbour.length;
    name.set(neighbour, 12);
  }
  return name;
};

/** Where the address stands in a `sockaddr_in6`. */
export const INTERNET_ADDRESS = 8;

/** `struct sockaddr_in6` without port. */
export const internetName = (address: Address): Uint8Array => {
  const name = new Uint8Array(28);
  const view = new DataView(name.buffer);
  view.setUint16(0, AF_INET6, true);
  name.set(address, INTERNET_ADDRESS);
  return name;
};

/** `struct sockaddr_nl` of the kernel; as one's own name, it asks for a free port. */
export const netlinkName = (): Uint8Array => {
  const name = new Uint8Array(12);
  new DataView(name.buffer).setUint16(0, AF_NETLINK, true);
  return name;
};

/** Octets of a path in a `sockaddr_un`. */
const LONGEST_PATH = 107;

/**
 * `struct sockaddr_un`: an absolute path, or with `@` in front a name of the abstract kind (unix(7)).
 * @returns undefined for anything else, and for what is too long
 */
export const unixName = (path: string): Uint8Array | undefined => {
  const octets = new TextEncoder().encode(path);
  if (!/^[/@]./.test(path) || octets.length > LONGEST_PATH) return undefined;
  if (path.startsWith("@")) octets[0] = 0;
  const name = new Uint8Array(2 + octets.length);
  new DataView(name.buffer).setUint16(0, AF_UNIX, true);
  name.set(octets, 2);
  return name;
};
