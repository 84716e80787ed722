/** Readings that emptied the queue and are remembered. */
const REMEMBERED = 16;
const HEADER = 16;
const NANOSECONDS = 1_000_000;

/** Socket option that asks for the kernel's time stamps, and type of the control message that brings one (socket(7)). */
export const SO_TIMESTAMPNS = 35;

/**
 * When the kernel took in a packet (SO_TIMESTAMPNS), in milliseconds since 1970.
 * @param control control messages of one datagram
 * @returns undefined where there is none
 */
export const stampOf = (control: Uint8Array): number | undefined => {
  if (control.length < HEADER + 16) return undefined;
  const view = new DataView(control.buffer, control.byteOffset, control.byteLength);
  // The only control message of a packet socket: length, level and type, seconds, nanoseconds.
  if (view.getInt32(12, true) !== SO_TIMESTAMPNS) return undefined;
  return Number(view.getBigInt64(HEADER, true)) * 1000 + Number(view.getBigInt64(HEADER + 8, true)) / NANOSECONDS;
};

/** How long packets waited in the kernel's queue to be read. */
export interface WaitMeter {
  /**
   * @param age what the time stamp says, in milliseconds by this process's clock; the two clocks may differ
   * @returns milliseconds, at least 0
   */
  waited(age: number): number;
  /** The queue is empty now; its newest packet had this age. */
  emptied(age: number): void;
  /** One of the clocks was stepped: what was learnt of them is not so any more. */
  stepped(): void;
}

/**
 * Only the difference to packets that hardly waited counts: a wall clock that is stepped, for this process alone perhaps, would
 * else make all packets old. The newest packet of a reading that emptied the queue is such a one, most of the time.
 */
export const createWaitMeter = (): WaitMeter => {
  const newest: number[] = [];
  let least = Number.POSITIVE_INFINITY;
  return {
    waited: (age) => (least === Number.POSITIVE_INFINITY ? 0 : Math.max(0, age - least)),
    emptied: (age) => {
      newest.push(age);
      if (newest.length > REMEMBERED) newest.shift();
      least = Math.min(...newest);
    },
    stepped: () => {
      newest.length = 0;
      least = Number.POSITIVE_INFINITY;
    },
  };
};
