import { type Decoded, layout } from "#wire/layout.ts";

/** Destination Unreachable, ICMPv6 1 (RFC 4443 §3.1). `invokingPacket` is as much of it as fits the minimum MTU. */
export const destinationUnreachable = layout((field) => ({
  type: field.constant(1),
  code: field.aside(),
  reserved: field.reserved(32),
  invokingPacket: field.rest(),
}));
export type DestinationUnreachable = Decoded<typeof destinationUnreachable>;

/** Packet Too Big, ICMPv6 2 (RFC 4443 §3.2). */
export const packetTooBig = layout((field) => ({
  type: field.constant(2),
  code: field.aside(),
  mtu: field.u32(),
  invokingPacket: field.rest(),
}));
export type PacketTooBig = Decoded<typeof packetTooBig>;

/** Time Exceeded, ICMPv6 3 (RFC 4443 §3.3). */
export const timeExceeded = layout((field) => ({
  type: field.constant(3),
  code: field.aside(),
  reserved: field.reserved(32),
  invokingPacket: field.rest(),
}));
export type TimeExceeded = Decoded<typeof timeExceeded>;

/** Parameter Problem, ICMPv6 4 (RFC 4443 §3.4). `pointer` is an offset in the invoking packet. */
export const parameterProblem = layout((field) => ({
  type: field.constant(4),
  code: field.aside(),
  pointer: field.u32(),
  invokingPacket: field.rest(),
}));
export type ParameterProblem = Decoded<typeof parameterProblem>;
