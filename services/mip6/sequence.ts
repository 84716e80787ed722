/**
 * Whether a Sequence Number is greater than the last accepted one, modulo 2^16 (RFC 6275 §9.5.1): not so for the last
 * one and the 32,768 values before it.
 */
export const isNewerSequence = (received: number, last: number): boolean => {
  const ahead = (received - last) & 0xffff;
  return ahead > 0 && ahead < 0x8000;
};

/** The Sequence Number after this one (RFC 6275 §11.7.1). */
export const nextSequence = (sequence: number): number => (sequence + 1) & 0xffff;
