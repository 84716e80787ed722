import { type Address, addressKey } from "#ipv6/address.ts";
import type { Clock } from "#ports/clock.ts";
import type { Instant } from "#wire/time.ts";

/** Limits what is sent in answer to packets anybody can send (RFC 4443 §2.4(f), RFC 6275 §9.3.3). */
export interface TokenBucket {
  /** Takes one token. @returns false when none is left: send nothing */
  take(): boolean;
}

/** @param limit `rate` tokens a second, at most `burst` at once; Infinity for no limit */
export const createTokenBucket = (
  clock: Clock,
  limit: { readonly rate: number; readonly burst: number },
): TokenBucket => {
  let tokens = limit.burst;
  let filledAt = clock.now();
  return {
    take: () => {
      if (limit.burst === Number.POSITIVE_INFINITY) return true;
      const now = clock.now();
      tokens = Math.min(limit.burst, tokens + ((now - filledAt) / 1000) * limit.rate);
      filledAt = now;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
};

/** Token buckets by address, so that one sender's flood takes nothing from others. */
export interface TokenBuckets {
  /** Takes one token of this address. @returns false when none is left: send nothing */
  take(address: Address): boolean;
}

/**
 * @param limit of each address
 * @param capacity most addresses with tokens missing; the ones beyond share `overflow`
 */
export const createTokenBuckets = (
  clock: Clock,
  limit: { readonly rate: number; readonly burst: number },
  { capacity, overflow }: { readonly capacity: number; readonly overflow: TokenBucket },
): TokenBuckets => {
  /** In the order of their beginning; one that is full again is as good as none. */
  const buckets = new Map<string, { readonly bucket: TokenBucket; readonly begun: Instant }>();
  const refill = (limit.burst / limit.rate) * 1000;
  let sweptAt = clock.now();
  const sweep = (now: Instant): void => {
    if (now - sweptAt < refill) return;
    sweptAt = now;
    for (const [key, { begun }] of buckets) {
      if (now - begun < refill) return;
      buckets.delete(key);
    }
  };
  return {
    take: (address) => {
      const now = clock.now();
      const key = addressKey(address);
      const known = buckets.get(key);
      if (known !== undefined) return known.bucket.take();
      if (buckets.size >= capacity) sweep(now);
      if (buckets.size >= capacity) return overflow.take();
      const bucket = createTokenBucket(clock, limit);
      buckets.set(key, { bucket, begun: now });
      return bucket.take();
    },
  };
};
