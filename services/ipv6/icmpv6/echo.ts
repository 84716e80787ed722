import { type Decoded, layout } from "#wire/layout.ts";

/** Echo Request, ICMPv6 128 (RFC 4443 §4.1). */
export const echoRequest = layout((field) => ({
  type: field.constant(128),
  code: field.reservedAside(),
  identifier: field.u16(),
  sequence: field.u16(),
  data: field.rest(),
}));
export type EchoRequest = Decoded<typeof echoRequest>;

/** Echo Reply, ICMPv6 129 (RFC 4443 §4.2). */
export const echoReply = layout((field) => ({
  type: field.constant(129),
  code: field.reservedAside(),
  identifier: field.u16(),
  sequence: field.u16(),
  data: field.rest(),
}));
export type EchoReply = Decoded<typeof echoReply>;
