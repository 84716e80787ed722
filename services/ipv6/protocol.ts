/** Next Header numbers that this program knows (RFC 8200 §4, RFC 6275 §6.1.1). */
export const PROTOCOL = {
  hopByHopOptions: 0,
  ipv6: 41,
  routing: 43,
  fragment: 44,
  encapsulatingSecurityPayload: 50,
  authentication: 51,
  icmpv6: 58,
  noNextHeader: 59,
  destinationOptions: 60,
  mobility: 135,
} as const;
