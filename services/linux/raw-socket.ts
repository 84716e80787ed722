import type { Address } from "#ipv6/address.ts";
import { ok, type Result } from "#wire/result.ts";
import { type Ancillary, decodeControl, encodeControl, RECEIVE_ANCILLARY } from "./control-message.ts";
import { native } from "./native.ts";
import { createReceiveSlab, createSendSlab } from "./slab.ts";
import {
  AF_INET6,
  openSocket,
  SOCK_RAW,
  SOL_SOCKET,
  type Socket,
  type SystemFailure,
  systemFailure,
  word,
} from "./socket.ts";
import { internetName } from "./socket-name.ts";

const IPPROTO_IPV6 = 41;
const SO_BINDTODEVICE = 25;
const SO_RCVBUFFORCE = 33;

/** Datagrams handed over in one turn of the event loop. */
const BATCH = 64;
/** The longest Mobility Header has 2048 octets (RFC 6275 §6.1.1); ICMPv6 errors hold up to 1232 of another packet. */
const LONGEST = 2304;

/** A payload that came in on a raw socket; valid until the callback returns. */
export interface RawDatagram {
  readonly payload: Uint8Array;
  readonly source: Address;
  readonly ancillary: Ancillary;
}

/** A payload to send; the kernel makes the headers, and the checksum of ICMPv6 and Mobility Header. */
export interface RawSending {
  readonly payload: Uint8Array;
  readonly destination: Address;
  readonly ancillary?: Ancillary;
}

/** A raw IPv6 socket of one protocol. The kernel has verified the checksums of what it gives. */
export interface RawSocket extends AsyncDisposable {
  /** @returns how many the kernel took, in order, and why it stopped */
  send(batch: readonly RawSending[]): { readonly sent: number; readonly error?: SystemFailure };
}

export interface RawSocketOptions {
  /** 135 for Mobility Headers, 58 for ICMPv6. */
  readonly protocol: number;
  readonly namespace?: string;
  readonly device?: string;
  readonly onDatagrams: (batch: readonly RawDatagram[]) => void;
}

const configure = (socket: Socket, { device }: RawSocketOptions): Result<void, SystemFailure> => {
  socket.setOption(SOL_SOCKET, SO_RCVBUFFORCE, word(4 << 20));
  for (const option of RECEIVE_ANCILLARY) {
    const asked = socket.setOption(IPPROTO_IPV6, option, word(1));
    if (!asked.ok) return asked;
  }
  return socket.setOption(SOL_SOCKET, SO_BINDTODEVICE, new TextEncoder().encode(device ?? ""));
};

/**
 * Opens a raw socket with ancillary data: local address, device, hop limit, Home Address option, type 2 routing header.
 * @throws NativeError when the add-on is not built
 */
export const openRawSocket = (options: RawSocketOptions): Result<RawSocket, SystemFailure> => {
  const addon = native();
  const { protocol, namespace } = options;
  const opened = openSocket({ family: AF_INET6, type: SOCK_RAW, protocol, namespace });
  if (!opened.ok) return opened;
  const socket = opened.value;
  const configured = configure(socket, options);
  if (!configured.ok) {
    socket.close();
    return configured;
  }
  const incoming = createReceiveSlab(BATCH, LONGEST);
  const outgoing = createSendSlab();
  const watcher = addon.watch(socket.descriptor, () => {
    const count = addon.receive(socket.descriptor, incoming.bytes, incoming.slotSize, BATCH);
    const batch: RawDatagram[] = [];
    for (let slot = 0; slot < count; slot++) {
      const { payload, name, control, truncated } = incoming.read(slot);
      if (!truncated) batch.push({ payload, source: name.subarray(8, 24), ancillary: decodeControl(control) });
    }
    if (batch.length > 0) options.onDatagrams(batch);
  });
  watcher.start();
  let closed = false;
  return ok({
    send: (batch) => {
      for (const { payload, destination, ancillary } of batch)
        outgoing.add(payload, internetName(destination), encodeControl(ancillary ?? {}));
      const { sent, errno } = outgoing.flush((bytes, count) => addon.send(socket.descriptor, bytes, count));
      return errno === 0 ? { sent } : { sent, error: systemFailure("send on a raw socket", errno) };
    },
    [Symbol.asyncDispose]: async () => {
      if (closed) return;
      closed = true;
      watcher.close();
      socket.close();
    },
  });
};
