import type { Clock, Timer } from "#ports/clock.ts";
import type { PacketError } from "#ports/packets.ts";
import { millis } from "#wire/time.ts";

const EAGAIN = 11;
const ENOBUFS = 105;

/** What goes out at once, and every millisecond after it: a device's queue takes about a thousand packets. */
const BURST = 256;
/** What waits at most; more than the addresses that one home agent announces at a takeover. */
const MOST_WAITING = 1 << 20;

const isFull = (error: PacketError): boolean =>
  error.code === "system" && (error.errno === EAGAIN || error.errno === ENOBUFS);

/** Sends in order, no faster than a link takes it. */
export interface PacedSender {
  /** @param onSettled called once it is sent, or with why it can not be; not at all after `close` */
  add(bytes: Uint8Array, onSettled: (error?: PacketError) => void): void;
  /** Sends a first burst now; the rest follows by the clock. */
  flush(): void;
  close(): void;
}

export const createPacedSender = (
  clock: Clock,
  send: (batch: readonly Uint8Array[]) => { readonly sent: number; readonly error?: PacketError },
): PacedSender => {
  let waiting: { readonly bytes: Uint8Array; readonly onSettled: (error?: PacketError) => void }[] = [];
  let timer: Timer | undefined;

  const burst = () => {
    timer = undefined;
    const batch = waiting.slice(0, BURST);
    const { sent, error } = send(batch.map((item) => item.bytes));
    const refused = error !== undefined && !isFull(error);
    waiting = waiting.slice(refused ? sent + 1 : sent);
    if (waiting.length > 0) timer ??= clock.start(millis(1), burst);
    for (let index = 0; index < sent; index++) batch[index]?.onSettled();
    if (refused) batch[sent]?.onSettled(error);
  };

  return {
    add: (bytes, onSettled) => {
      if (waiting.length < MOST_WAITING) waiting.push({ bytes, onSettled });
      else onSettled({ code: "system", errno: ENOBUFS, message: "too many packets wait to be sent" });
    },
    flush: () => {
      if (timer === undefined && waiting.length > 0) burst();
    },
    close: () => {
      timer?.cancel();
      waiting = [];
    },
  };
};
