import { type Address, address } from "#ipv6/address.ts";
import { native } from "#linux/native.ts";
import { createReceiveSlab, createSendSlab } from "#linux/slab.ts";
import { AF_INET6, openSocket, SOCK_RAW, word } from "#linux/socket.ts";

const IPPROTO_ICMPV6 = 58;
const IPPROTO_IPV6 = 41;
const IPV6_MTU_DISCOVER = 23;
const IPV6_DONTFRAG = 62;
const ECHO_REQUEST = 128;
const ECHO_REPLY = 129;
const PACKET_TOO_BIG = 2;
const DEADLINE_MS = 3_000;
const RESEND_MS = 300;

/** What came of an echo request. */
export type Echo =
  | { readonly outcome: "answered"; readonly from: Address }
  | { readonly outcome: "too-big"; readonly mtu: number }
  | { readonly outcome: "silence" };

const nameOf = (target: Address, scope = 0): Uint8Array => {
  const name = new Uint8Array(28);
  name[0] = AF_INET6;
  name.set(target, 8);
  name.set(word(scope), 24);
  return name;
};

const echoRequest = (identifier: number, size: number): Uint8Array => {
  const message = new Uint8Array(8 + size);
  message.set([ECHO_REQUEST, 0, 0, 0, identifier >> 8, identifier & 0xff, 0, 1]);
  return message;
};

const readEcho = (bytes: Uint8Array, from: Address, identifier: number): Echo | undefined => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8) return undefined;
  if (bytes[0] === PACKET_TOO_BIG) return { outcome: "too-big", mtu: view.getUint32(4) };
  if (bytes[0] === ECHO_REPLY && view.getUint16(4) === identifier) return { outcome: "answered", from };
  return undefined;
};

let identifiers = process.pid & 0x7fff;

/**
 * Sends an echo request in a namespace, again every 300 ms, until an answer comes, 3 s at most.
 * @param options.size octets after the ICMPv6 header; `options.whole` forbids fragments and ends with Packet Too Big, of which
 * otherwise the next one makes fragments that fit; `options.scope` is the index of the device for a link-local or
 * multicast target
 */
export const ping = async (
  namespace: string,
  target: string,
  options: {
    readonly source?: string;
    readonly scope?: number;
    readonly size?: number;
    readonly whole?: boolean;
    readonly deadline?: number;
  } = {},
): Promise<Echo> => {
  const addon = native();
  const opened = openSocket({ family: AF_INET6, type: SOCK_RAW, protocol: IPPROTO_ICMPV6, namespace });
  if (!opened.ok) throw new Error(opened.error.message);
  const socket = opened.value;
  try {
    if (options.source !== undefined) addon.bindSocket(socket.descriptor, nameOf(address(options.source)));
    if (options.whole === true) {
      // Probing: the path's MTU that was learned before does not stop the packet here.
      socket.setOption(IPPROTO_IPV6, IPV6_MTU_DISCOVER, word(3));
      socket.setOption(IPPROTO_IPV6, IPV6_DONTFRAG, word(1));
    }
    identifiers = (identifiers + 1) & 0xffff;
    const identifier = identifiers;
    const incoming = createReceiveSlab(16, 65_536);
    const end = performance.now() + (options.deadline ?? DEADLINE_MS);
    let resend = 0;
    while (performance.now() < end) {
      if (performance.now() >= resend) {
        resend = performance.now() + RESEND_MS;
        const outgoing = createSendSlab();
        outgoing.add(
          echoRequest(identifier, options.size ?? 56),
          nameOf(address(target), options.scope),
          new Uint8Array(0),
        );
        outgoing.flush((slab, count) => addon.send(socket.descriptor, slab, count));
      }
      const count = addon.receive(socket.descriptor, incoming.bytes, incoming.slotSize, 16);
      for (let slot = 0; slot < count; slot++) {
        const { payload, name } = incoming.read(slot);
        const echo = readEcho(payload, name.slice(8, 24), identifier);
        if (echo !== undefined && (echo.outcome !== "too-big" || options.whole === true)) return echo;
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    return { outcome: "silence" };
  } finally {
    socket.close();
  }
};
