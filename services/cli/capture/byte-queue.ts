/** Octets of a stream, taken in pieces of a chosen size; holds what was read but not yet taken. */
export interface ByteQueue {
  /** Octets taken or skipped so far: the offset of the next one in the stream. */
  readonly offset: number;
  /** @returns up to `count` octets without taking them; fewer only at the end of the stream */
  peek(count: number): Promise<Uint8Array>;
  /** @returns up to `count` octets; fewer only at the end of the stream. A copy or a view of its own, safe to keep. */
  take(count: number): Promise<Uint8Array>;
  /** Takes `count` octets and drops them. @returns false when the stream ended before */
  skip(count: number): Promise<boolean>;
}

/** Makes a queue over chunks as a stream gives them. Holds at most what one `peek` or `take` asks for and one chunk. */
export const createByteQueue = (chunks: AsyncIterable<Uint8Array>): ByteQueue => {
  const source = chunks[Symbol.asyncIterator]();
  let held: Uint8Array = new Uint8Array(0);
  let offset = 0;
  let ended = false;

  const fill = async (count: number): Promise<void> => {
    const parts = [held];
    let length = held.length;
    while (length < count && !ended) {
      const next = await source.next();
      if (next.done === true) {
        ended = true;
        break;
      }
      parts.push(next.value);
      length += next.value.length;
    }
    if (parts.length > 1) held = Buffer.concat(parts, length);
  };
  const drop = (count: number): void => {
    held = held.subarray(count);
    offset += count;
  };

  return {
    get offset() {
      return offset;
    },
    peek: async (count) => {
      if (held.length < count) await fill(count);
      return held.subarray(0, count);
    },
    take: async (count) => {
      if (held.length < count) await fill(count);
      const taken = held.subarray(0, count);
      drop(taken.length);
      return taken;
    },
    skip: async (count) => {
      let left = count;
      while (left > 0) {
        if (held.length === 0) await fill(1);
        if (held.length === 0) return false;
        const step = Math.min(left, held.length);
        drop(step);
        left -= step;
      }
      return true;
    },
  };
};
