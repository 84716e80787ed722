import { attribute, attributes } from "#netlink/attribute.ts";
import {
  address6,
  be16,
  be32,
  concatenate,
  type Field,
  i32,
  octets,
  text,
  u8,
  u16,
  u32,
  u64,
  unused,
} from "#netlink/field.ts";
import { messageFormat } from "#netlink/message.ts";
import { type Shape, type Struct, type StructValue, struct } from "#netlink/struct.ts";

/** Message types of NETLINK_XFRM (linux/xfrm.h). */
export const XFRM_MSG = {
  NEWSA: 0x10,
  DELSA: 0x11,
  GETSA: 0x12,
  NEWPOLICY: 0x13,
  DELPOLICY: 0x14,
  GETPOLICY: 0x15,
  EXPIRE: 0x18,
  UPDPOLICY: 0x19,
  UPDSA: 0x1a,
  FLUSHSA: 0x1c,
  FLUSHPOLICY: 0x1d,
  REPORT: 0x20,
  MIGRATE: 0x21,
} as const;
/** What a state or template does to a packet. */
export const XFRM_MODE = { TRANSPORT: 0, TUNNEL: 1, ROUTE_OPTIMIZATION: 2 } as const;
/** Protocols of states: Home Address option, type 2 routing header, ESP. */
export const XFRM_PROTOCOL = { HOME_ADDRESS: 60, ROUTING: 43, ESP: 50 } as const;
/** Direction of a policy. */
export const XFRM_DIRECTION = { IN: 0, OUT: 1, FORWARD: 2 } as const;
/** XFRMA_POLICY_TYPE: IPsec in `MAIN`, mobility in `SUB`; a packet may match one of each. */
export const XFRM_POLICY_TYPE = { MAIN: 0, SUB: 1 } as const;
/** Flags of a state: it takes any care-of address. */
export const XFRM_STATE_WILDRECV = 8;

const selectorShape = {
  destination: address6,
  source: address6,
  destinationPort: be16,
  destinationPortMask: be16,
  /** Of a Mobility Header: its type. */
  sourcePort: be16,
  sourcePortMask: be16,
  family: u16,
  destinationLength: u8,
  sourceLength: u8,
  protocol: u8,
  pad: unused(3),
  device: i32,
  user: u32,
};
/** `xfrm_selector`, 56 octets: which packets. */
const selector = struct(selectorShape);

/** `xfrm_id` with its padding, 24 octets. */
const identity = struct({ destination: address6, spi: be32, protocol: u8, pad: unused(3) });

/** `xfrm_lifetime_cfg`, 64 octets; ~0 is no limit. */
const lifetime = struct({
  softBytes: u64,
  hardBytes: u64,
  softPackets: u64,
  hardPackets: u64,
  softAdd: u64,
  hardAdd: u64,
  softUse: u64,
  hardUse: u64,
});

/** `xfrm_lifetime_cur`, 32 octets. */
const consumed = struct({ bytes: u64, packets: u64, added: u64, used: u64 });

/** Lifetime without any limit. */
export const UNLIMITED = {
  softBytes: 2n ** 64n - 1n,
  hardBytes: 2n ** 64n - 1n,
  softPackets: 2n ** 64n - 1n,
  hardPackets: 2n ** 64n - 1n,
} as const;

/** `xfrm_user_tmpl`, 64 octets: what a policy asks for. `optional` is `level use`. */
export const template = struct({
  identity,
  family: u16,
  pad: unused(2),
  source: address6,
  request: u32,
  mode: u8,
  share: u8,
  optional: u8,
  pad2: unused(1),
  authenticationAlgorithms: u32,
  encryptionAlgorithms: u32,
  compressionAlgorithms: u32,
});

/** `xfrm_user_migrate`, 76 octets: old and new ends of a tunnel. */
const migration = struct({
  oldDestination: address6,
  oldSource: address6,
  newDestination: address6,
  newSource: address6,
  protocol: u8,
  mode: u8,
  reserved: unused(2),
  request: u32,
  oldFamily: u16,
  newFamily: u16,
});

/** Structures one after the other; a rest that is none makes it unreadable. */
const rowOf = <T>(element: Field<T> & { readonly size: number }): Field<readonly T[]> => ({
  size: undefined,
  decode: (bytes) => {
    if (bytes.length % element.size !== 0) return undefined;
    const row: T[] = [];
    for (let offset = 0; offset < bytes.length; offset += element.size) {
      const value = element.decode(bytes.subarray(offset, offset + element.size));
      if (value === undefined) return undefined;
      row.push(value);
    }
    return row;
  },
  encode: (row) => concatenate(row.map((value) => element.encode(value))),
});

const nameField: Field<string> = {
  size: 64,
  decode: (bytes) => (bytes.length === 64 ? text.decode(bytes) : undefined),
  encode: (value) => {
    const bytes = new Uint8Array(64);
    bytes.set(new TextEncoder().encode(value).subarray(0, 63));
    return bytes;
  },
};

/** `xfrm_algo`: name, length of the key in bits, key. */
const encryption = struct({ name: nameField, keyBits: u32 });
/** `xfrm_algo_auth`: the same with the length of the truncated check value in bits. */
const authentication = struct({ name: nameField, keyBits: u32, truncatedBits: u32 });
/** `xfrm_algo_aead`: the same with the length of the check value in bits. */
const combined = struct({ name: nameField, keyBits: u32, checkBits: u32 });

/** A structure, and octets behind it. */
const followed = <S extends Shape>(
  head: Struct<S>,
): Field<{ readonly head: StructValue<S>; readonly key: Uint8Array }> => ({
  size: undefined,
  decode: (bytes) => {
    const value = head.decodeStart(bytes);
    return value === undefined ? undefined : { head: value, key: bytes.slice(head.size) };
  },
  encode: ({ head: value, key }) => concatenate([head.encode(value), key]),
});

/** `xfrm_userpolicy_type`: 6 octets. */
const policyType = struct({ type: u8, pad: unused(1), reserved: unused(2), flags: u8, pad2: unused(1) });

const transformAttributes = attributes({
  authenticationKey: attribute(1, octets()),
  encryption: attribute(2, followed(encryption)),
  templates: attribute(5, rowOf(template)),
  /** Source of a state that is deleted or asked for: hao and route2 states need it. */
  source: attribute(13, address6),
  careOfAddress: attribute(14, address6),
  policyType: attribute(16, policyType),
  migrations: attribute(17, rowOf(migration)),
  combined: attribute(18, followed(combined)),
  authentication: attribute(20, followed(authentication)),
  mark: attribute(21, octets(8)),
});

const stateShape = {
  selector,
  identity,
  source: address6,
  lifetime,
  consumed,
  statistics: octets(12),
  sequence: u32,
  request: u32,
  family: u16,
  mode: u8,
  replayWindow: u8,
  flags: u8,
  pad: unused(7),
};

/** NEWSA and UPDSA, and what a dump gives: `xfrm_usersa_info` (224 octets). */
export const state = messageFormat(struct(stateShape), transformAttributes);

/** DELSA and GETSA: `xfrm_usersa_id` (24 octets). */
export const stateIdentity = messageFormat(
  struct({ destination: address6, spi: be32, family: u16, protocol: u8, pad: unused(1) }),
  transformAttributes,
);

/** NEWPOLICY and UPDPOLICY, and what a dump gives: `xfrm_userpolicy_info` (168 octets). */
export const policy = messageFormat(
  struct({
    selector,
    lifetime,
    consumed,
    priority: u32,
    index: u32,
    direction: u8,
    action: u8,
    flags: u8,
    share: u8,
    pad: unused(4),
  }),
  transformAttributes,
);

/** DELPOLICY, GETPOLICY and MIGRATE: `xfrm_userpolicy_id` (64 octets). */
export const policyIdentity = messageFormat(
  struct({ selector, index: u32, direction: u8, pad: unused(3) }),
  transformAttributes,
);

/** EXPIRE: a state and whether it is gone (`hard` 1). */
export const expiry = messageFormat(
  struct({ state: struct(stateShape), hard: u8, pad: unused(7) }),
  transformAttributes,
);

/**
 * REPORT: a packet with a Home Address option that matched no state or policy, so that a Binding Error may be due.
 * `source` of the selector is the home address, attribute `careOfAddress` the packet's source; ports mean nothing.
 */
export const report = messageFormat(struct({ protocol: u8, pad: unused(3), selector }), transformAttributes);
