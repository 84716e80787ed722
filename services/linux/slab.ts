/**
 * The layout of the memory that the add-on receives into and sends from (native/batch.cc). A slot starts with four
 * words of the host's byte order, then name (sockaddr), control messages, payload.
 */
const NAME = 16;
const NAME_SIZE = 32;
const CONTROL = NAME + NAME_SIZE;
const CONTROL_SIZE = 256;
const PAYLOAD = CONTROL + CONTROL_SIZE;

/** The payload did not fit into its slot (recvmsg(2) MSG_TRUNC). */
const MSG_TRUNC = 0x20;

const aligned = (length: number): number => (length + 7) & ~7;

/** One datagram as received; the arrays are views that the next receive overwrites. */
export interface Datagram {
  readonly payload: Uint8Array;
  /** `sockaddr` of the sender and the rest of its 32 octets, which mean nothing. */
  readonly name: Uint8Array;
  /** Control messages (`struct cmsghdr` after another). */
  readonly control: Uint8Array;
  /** True when the datagram was longer than the slot. */
  readonly truncated: boolean;
}

/** Slots to receive into. */
export interface ReceiveSlab {
  readonly bytes: Uint8Array;
  readonly slotSize: number;
  readonly slots: number;
  /** The datagram in a slot that the last receive filled. */
  read(slot: number): Datagram;
}

const NOTHING = new Uint8Array(0);

/** @param longest payload that fits into a slot, in octets */
export const createReceiveSlab = (slots: number, longest: number): ReceiveSlab => {
  const slotSize = PAYLOAD + aligned(longest);
  const bytes = new Uint8Array(slots * slotSize);
  const view = new DataView(bytes.buffer);
  const names = Array.from({ length: slots }, (_, slot) =>
    bytes.subarray(slot * slotSize + NAME, slot * slotSize + NAME + NAME_SIZE),
  );
  return {
    bytes,
    slotSize,
    slots,
    read: (slot) => {
      const start = slot * slotSize;
      const length = Math.min(view.getUint32(start, true), slotSize - PAYLOAD);
      const controlLength = Math.min(view.getUint32(start + 12, true), CONTROL_SIZE);
      return {
        payload: bytes.subarray(start + PAYLOAD, start + PAYLOAD + length),
        truncated: (view.getUint32(start + 4, true) & MSG_TRUNC) !== 0,
        name: names[slot] ?? NOTHING,
        control: controlLength === 0 ? NOTHING : bytes.subarray(start + CONTROL, start + CONTROL + controlLength),
      };
    },
  };
};

/** Datagrams gathered for one send; grows to what is needed and is used again. */
export interface SendSlab {
  /** @param name `sockaddr` of the receiver, at most 32 octets; empty on a connected or bound socket */
  add(payload: Uint8Array, name: Uint8Array, control: Uint8Array): void;
  /** Hands memory and number of datagrams to `send`, then forgets them. @returns datagrams sent, and the errno that stopped it */
  flush(send: (bytes: Uint8Array, count: number) => number): { readonly sent: number; readonly errno: number };
}

export const createSendSlab = (): SendSlab => {
  let bytes = new Uint8Array(16_384);
  let view = new DataView(bytes.buffer);
  let end = 8;
  let count = 0;
  const reserve = (size: number) => {
    if (end + size <= bytes.length) return;
    const larger = new Uint8Array(Math.max(bytes.length * 2, end + size));
    larger.set(bytes.subarray(0, end));
    bytes = larger;
    view = new DataView(bytes.buffer);
  };
  return {
    add: (payload, name, control) => {
      const size = CONTROL + aligned(control.length) + aligned(payload.length);
      reserve(size);
      view.setUint32(end, payload.length, true);
      view.setUint32(end + 8, name.length, true);
      view.setUint32(end + 12, control.length, true);
      bytes.set(name, end + NAME);
      bytes.set(control, end + CONTROL);
      bytes.set(payload, end + CONTROL + aligned(control.length));
      end += size;
      count += 1;
    },
    flush: (send) => {
      const result = send(bytes, count);
      const complete = result === count;
      end = 8;
      count = 0;
      if (result < 0) return { sent: 0, errno: -result };
      return { sent: result, errno: complete ? 0 : view.getUint32(0, true) };
    },
  };
};
