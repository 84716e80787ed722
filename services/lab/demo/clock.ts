/** CLOCK_REALTIME in milliseconds with fractions: the clock of the probes' records. */
export const now = (): number => performance.timeOrigin + performance.now();
