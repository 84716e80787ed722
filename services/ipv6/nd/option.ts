import type { ListCodec } from "#wire/fields.ts";
import { layout } from "#wire/layout.ts";
import { type DecodedOption, option, type RawOption } from "#wire/option-list.ts";
import { neighborOptionList } from "./option-list.ts";

/** Source Link-Layer Address (RFC 4861 §4.6.1). */
const sourceLinkLayerAddress = option(
  [8, 0],
  layout((field) => ({ type: field.constant(1), linkLayerAddress: field.rest() })),
);

/** Target Link-Layer Address (RFC 4861 §4.6.1). */
const targetLinkLayerAddress = option(
  [8, 0],
  layout((field) => ({ type: field.constant(2), linkLayerAddress: field.rest() })),
);

/**
 * Prefix Information (RFC 4861 §4.6.2; bit R: RFC 6275 §7.2). Lifetimes count seconds, 0xffffffff is for ever. With
 * `routerAddress` set, `prefix` is the whole global address of the router.
 */
const prefixInformation = option(
  [8, 0],
  layout((field) => ({
    type: field.constant(3),
    prefixLength: field.u8(128),
    flags: {
      onLink: field.bit(),
      autonomous: field.bit(),
      routerAddress: field.bit(),
      reserved: field.reserved(5),
    },
    validLifetime: field.u32(),
    preferredLifetime: field.u32(),
    reserved: field.reserved(32),
    prefix: field.address(),
  })),
);

/** MTU (RFC 4861 §4.6.4). */
const mtu = option(
  [8, 0],
  layout((field) => ({ type: field.constant(5), reserved: field.reserved(16), mtu: field.u32() })),
);

/** Advertisement Interval (RFC 6275 §7.3), in milliseconds. */
const advertisementInterval = option(
  [8, 0],
  layout((field) => ({
    type: field.constant(7),
    reserved: field.reserved(16),
    advertisementInterval: field.u32(),
  })),
);

/** Home Agent Information (RFC 6275 §7.4; bit R: RFC 3963 §4.4). `lifetime` counts seconds. */
const homeAgentInformation = option(
  [8, 0],
  layout((field) => ({
    type: field.constant(8),
    flags: { mobileRouter: field.bit(), reserved: field.reserved(15) },
    preference: field.u16(),
    lifetime: field.u16(),
  })),
);

const codecs = [
  sourceLinkLayerAddress,
  targetLinkLayerAddress,
  prefixInformation,
  mtu,
  advertisementInterval,
  homeAgentInformation,
] as const;

/** A Neighbor Discovery option with a description here. */
export type KnownNeighborOption = DecodedOption<(typeof codecs)[number]>;

/** An option without a description here, kept raw. */
export type UnknownNeighborOption = RawOption<KnownNeighborOption["type"]>;

/** Any Neighbor Discovery option, discriminated by its `type` number; unknown ones are `{ type, data }`. */
export type NeighborOption = KnownNeighborOption | UnknownNeighborOption;

/** The options of Neighbor Discovery messages and of ICMPv6 146 and 147 (RFC 4861 §4.6). */
export const neighborOptions: ListCodec<NeighborOption> = neighborOptionList<KnownNeighborOption>(codecs);
