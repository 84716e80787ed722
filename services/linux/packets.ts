import { UNSPECIFIED } from "#ipv6/address.ts";
import type { PacketError, Packets } from "#ports/packets.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { createMemberships } from "./memberships.ts";
import { native } from "./native.ts";
import { DROP_ALL } from "./packet-filter.ts";
import { openTap } from "./packet-tap.ts";
import { createSendSlab } from "./slab.ts";
import {
  AF_INET6,
  AF_PACKET,
  isPermission,
  openSocket,
  SOCK_DGRAM,
  SOCK_RAW,
  SOL_SOCKET,
  type Socket,
  type SystemFailure,
  systemFailure,
  word,
} from "./socket.ts";
import { ETH_P_IPV6, INTERNET_ADDRESS, internetName, linkName } from "./socket-name.ts";

const IPPROTO_RAW = 255;
const SO_SNDBUFFORCE = 32;
const SO_BINDTODEVICE = 25;
const EINVAL = 22;
const ENODEV = 19;
const ENXIO = 6;

const NO_CONTROL = new Uint8Array(0);
const text = new TextEncoder();

const packetError = ({ errno, message }: SystemFailure): PacketError => {
  if (isPermission(errno)) return { code: "permission", message };
  if (errno === ENODEV || errno === ENXIO) return { code: "no-device", message };
  return { code: "system", errno, message };
};

const translated = <T>(result: Result<T, SystemFailure>): Result<T, PacketError> =>
  result.ok ? result : failed(packetError(result.error));

/**
 * Port `Packets` over AF_PACKET and raw IPv6 sockets of a network namespace (this process's own when left out).
 * @returns `permission` when CAP_NET_ADMIN and CAP_NET_RAW are lacking
 * @throws NativeError when the add-on is not built
 */
export const createPackets = (
  options: { readonly namespace?: string } = {},
): Result<Packets & AsyncDisposable, PacketError> => {
  const addon = native();
  const { namespace } = options;
  const opened: Socket[] = [];
  const open = (family: number, type: number, protocol: number): Result<Socket, SystemFailure> => {
    const result = openSocket({ family, type, protocol, namespace });
    if (result.ok) opened.push(result.value);
    return result;
  };
  const closeAll = () => {
    for (const socket of opened.splice(0)) socket.close();
  };
  const routed = open(AF_INET6, SOCK_RAW, IPPROTO_RAW);
  const framed = open(AF_PACKET, SOCK_RAW, 0);
  const addressed = open(AF_PACKET, SOCK_DGRAM, 0);
  const control = open(AF_INET6, SOCK_DGRAM, 0);
  if (!routed.ok || !framed.ok || !addressed.ok || !control.ok) {
    closeAll();
    const refusal = [routed, framed, addressed, control].find((result) => !result.ok);
    return failed(packetError(refusal?.ok === false ? refusal.error : systemFailure("open sockets", EINVAL)));
  }
  for (const socket of [routed.value, framed.value]) socket.setOption(SOL_SOCKET, SO_SNDBUFFORCE, word(8 << 20));

  const memberships = createMemberships(namespace);
  const slab = createSendSlab();
  /** Written anew for each packet: the slab copies it. */
  const receiver = internetName(UNSPECIFIED);
  /** Sockets bound to one device, with the index it had: a device made anew under its name has another. */
  const byDevice = new Map<string, { readonly socket: Socket; index: number }>();

  const indexOf = (device: string): Result<number, SystemFailure> => {
    const index = addon.deviceIndex(control.value.descriptor, device);
    return index < 0 ? failed(systemFailure(`device ${device}`, -index)) : ok(index);
  };

  const boundTo = (device: string): Result<Socket, SystemFailure> => {
    const index = indexOf(device);
    if (!index.ok) return index;
    const known = byDevice.get(device);
    if (known?.index === index.value) return ok(known.socket);
    const socket = known === undefined ? open(AF_INET6, SOCK_RAW, IPPROTO_RAW) : ok(known.socket);
    if (!socket.ok) return socket;
    socket.value.setOption(SOL_SOCKET, SO_SNDBUFFORCE, word(8 << 20));
    const bound = socket.value.setOption(SOL_SOCKET, SO_BINDTODEVICE, text.encode(device));
    byDevice.set(device, { socket: socket.value, index: bound.ok ? index.value : -1 });
    return bound.ok ? socket : bound;
  };

  const flush = (socket: Socket, what: string) => {
    const { sent, errno } = slab.flush((bytes, count) => addon.send(socket.descriptor, bytes, count));
    return errno === 0 ? { sent } : { sent, error: packetError(systemFailure(what, errno)) };
  };

  return ok({
    openTap: (tap) => {
      const index = tap.device === undefined ? ok(0) : indexOf(tap.device);
      return translated(index.ok ? openTap(index.value, namespace, tap) : index);
    },
    send: (packets, { device } = {}) => {
      const socket = device === undefined ? routed : boundTo(device);
      if (!socket.ok) return { sent: 0, error: packetError(socket.error) };
      for (const packet of packets) {
        receiver.set(packet.subarray(24, 40), INTERNET_ADDRESS);
        slab.add(packet, receiver, NO_CONTROL);
      }
      return flush(socket.value, "send a packet");
    },
    sendFrames: (device, frames) => {
      const index = indexOf(device);
      if (!index.ok) return { sent: 0, error: packetError(index.error) };
      const name = linkName(index.value, ETH_P_IPV6);
      for (const frame of frames) slab.add(frame, name, NO_CONTROL);
      return flush(framed.value, `send a frame out of ${device}`);
    },
    sendTo: (device, neighbour, packets) => {
      const index = indexOf(device);
      if (!index.ok) return { sent: 0, error: packetError(index.error) };
      const name = linkName(index.value, ETH_P_IPV6, neighbour);
      for (const packet of packets) slab.add(packet, name, NO_CONTROL);
      return flush(addressed.value, `send to a neighbour out of ${device}`);
    },
    holdProtocol: (protocol) => {
      const raw = openSocket({ family: AF_INET6, type: SOCK_RAW, protocol, namespace });
      if (!raw.ok) return translated(raw);
      // The kernel counts the packet as taken before the filter drops it, so nothing queues up here.
      const filtered = raw.value.outcome("attach a filter", addon.attachFilter(raw.value.descriptor, DROP_ALL));
      if (!filtered.ok) {
        raw.value.close();
        return translated(filtered);
      }
      return ok({ [Symbol.asyncDispose]: async () => raw.value.close() });
    },
    join: (device, group) => {
      const index = indexOf(device);
      return translated(index.ok ? memberships.join(index.value, group) : index);
    },
    [Symbol.asyncDispose]: async () => {
      memberships.close();
      closeAll();
    },
  });
};
