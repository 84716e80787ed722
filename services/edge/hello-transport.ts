import { createHmac, timingSafeEqual } from "node:crypto";
import type { Address } from "#ipv6/address.ts";
import type { InstanceSpec } from "#ports/kernel.ts";

/** Counts of what was not heard or not said. */
export interface HelloCounters {
  /** Datagrams without our magic or with a wrong authenticator: not of this cluster. */
  readonly strangers: number;
  /** Datagrams that the kernel refused to send. */
  readonly unsent: number;
}

/** Authenticated datagrams between guards on the home link; the real ones are those of the native thread. */
export interface HelloTransport extends AsyncDisposable {
  send(message: Uint8Array, to: Address): void;
  /** The same message from the virtual MAC of an instance that is held here, so that switches know where that is. */
  sendFrom?(instance: InstanceSpec, message: Uint8Array): void;
  /** The authentic messages from now on; one listener. */
  onMessage(listener: (message: Uint8Array) => void): void;
  readonly counters: HelloCounters;
}

/** First octets of every hello datagram: name and version of the framing. */
const MAGIC = new TextEncoder().encode("R6H2");
const DIGEST_LENGTH = 32;

const digest = (key: Uint8Array, part: Uint8Array): Uint8Array => createHmac("sha256", key).update(part).digest();

/** Frame a message: magic, message, HMAC-SHA256 over both. */
export const seal = (key: Uint8Array, message: Uint8Array): Uint8Array => {
  const framed = new Uint8Array(MAGIC.length + message.length + DIGEST_LENGTH);
  framed.set(MAGIC);
  framed.set(message, MAGIC.length);
  const end = MAGIC.length + message.length;
  framed.set(digest(key, framed.subarray(0, end)), end);
  return framed;
};

/** The message of an authentic datagram; undefined for anything else. */
export const unseal = (key: Uint8Array, datagram: Uint8Array): Uint8Array | undefined => {
  const end = datagram.length - DIGEST_LENGTH;
  if (end < MAGIC.length || !MAGIC.every((octet, index) => octet === datagram[index])) return undefined;
  return timingSafeEqual(digest(key, datagram.subarray(0, end)), datagram.subarray(end))
    ? datagram.subarray(MAGIC.length, end)
    : undefined;
};
