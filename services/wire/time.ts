declare const milliseconds: unique symbol;
declare const instant: unique symbol;

/** A duration in milliseconds, fractions allowed. */
export type Milliseconds = number & { readonly [milliseconds]: true };

/** A point on the boot-time clock (CLOCK_BOOTTIME) of one node, in milliseconds; never compared between nodes. */
export type Instant = number & { readonly [instant]: true };

export const millis = (value: number): Milliseconds => value as Milliseconds;
export const seconds = (value: number): Milliseconds => (value * 1000) as Milliseconds;
export const instantOf = (value: number): Instant => value as Instant;
export const after = (start: Instant, duration: Milliseconds): Instant => (start + duration) as Instant;
export const between = (start: Instant, end: Instant): Milliseconds => (end - start) as Milliseconds;
