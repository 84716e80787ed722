import { sumWords } from "#wire/checksum.ts";
import type { Address } from "./address.ts";

/**
 * Sum of the words of the pseudo-header (RFC 8200 §8.1). With a Home Address option the source is the home address,
 * with a type 2 routing header the destination is the address in it (RFC 6275 §6.1.1).
 */
export const pseudoHeaderSum = (source: Address, destination: Address, length: number, protocol: number): number =>
  sumWords(source, 0, 16) + sumWords(destination, 0, 16) + (length >>> 16) + (length & 0xffff) + protocol;
