/**
 * Sum of the 16-bit words of `bytes[from..to)`, an odd last octet counted as the high one. Not folded: up to 64 KiB of
 * input stay below 2^31, and two such sums below 2^32.
 */
export const sumWords = (bytes: Uint8Array, from: number, to: number): number => {
  let sum = 0;
  let i = from;
  for (; i + 7 < to; i += 8) {
    // Even octets are the high halves of their words: sum them apart and shift once.
    const high = (bytes[i] ?? 0) + (bytes[i + 2] ?? 0) + (bytes[i + 4] ?? 0) + (bytes[i + 6] ?? 0);
    const low = (bytes[i + 1] ?? 0) + (bytes[i + 3] ?? 0) + (bytes[i + 5] ?? 0) + (bytes[i + 7] ?? 0);
    sum += (high << 8) + low;
  }
  for (; i + 1 < to; i += 2) sum += ((bytes[i] ?? 0) << 8) + (bytes[i + 1] ?? 0);
  return i < to ? sum + ((bytes[i] ?? 0) << 8) : sum;
};

/** Folds a sum of words to 16 bits with end-around carry; 0xffff over data with its checksum means it is right. */
export const foldSum = (sum: number): number => {
  const once = (sum & 0xffff) + Math.floor(sum / 0x10000);
  const twice = (once & 0xffff) + (once >>> 16);
  return (twice & 0xffff) + (twice >>> 16);
};

/** The Internet checksum of a sum of words (RFC 1071). */
export const checksumOf = (sum: number): number => ~foldSum(sum) & 0xffff;
