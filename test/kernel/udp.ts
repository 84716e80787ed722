import type { Address } from "#ipv6/address.ts";
import { pseudoHeaderSum } from "#ipv6/pseudo-header.ts";
import { native } from "#linux/native.ts";
import { createReceiveSlab } from "#linux/slab.ts";
import { AF_INET6, openSocket, SOCK_DGRAM } from "#linux/socket.ts";
import { checksumOf, sumWords } from "#wire/checksum.ts";

const UDP = 17;
const HEADER = 8;

/** A UDP datagram with a text, its checksum for these addresses. */
export const udpDatagram = (source: Address, destination: Address, port: number, text: string): Uint8Array => {
  const body = new TextEncoder().encode(text);
  const datagram = new Uint8Array(HEADER + body.length);
  const view = new DataView(datagram.buffer);
  view.setUint16(0, port);
  view.setUint16(2, port);
  view.setUint16(4, datagram.length);
  datagram.set(body, HEADER);
  const sum = pseudoHeaderSum(source, destination, datagram.length, UDP) + sumWords(datagram, 0, datagram.length);
  view.setUint16(6, checksumOf(sum));
  return datagram;
};

/** A UDP socket in a namespace, which keeps the texts that it was sent. */
export interface UdpReceiver extends Disposable {
  /** All texts so far, the oldest first. */
  texts(): readonly string[];
}

export const openUdpReceiver = (namespace: string, port: number): UdpReceiver => {
  const opened = openSocket({ family: AF_INET6, type: SOCK_DGRAM, protocol: UDP, namespace });
  if (!opened.ok) throw new Error(opened.error.message);
  const { descriptor, close } = opened.value;
  const name = new Uint8Array(28);
  new DataView(name.buffer).setUint16(2, port);
  name[0] = AF_INET6;
  if (native().bindSocket(descriptor, name) < 0) throw new Error(`cannot bind port ${port}`);
  const incoming = createReceiveSlab(16, 2048);
  const texts: string[] = [];
  return {
    texts: () => {
      const count = native().receive(descriptor, incoming.bytes, incoming.slotSize, 16);
      for (let slot = 0; slot < count; slot++) texts.push(new TextDecoder().decode(incoming.read(slot).payload));
      return texts;
    },
    [Symbol.dispose]: close,
  };
};
