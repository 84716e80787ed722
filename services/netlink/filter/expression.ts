import { attribute, attributes, nested } from "#netlink/attribute.ts";
import { be32, octets, text, u8, u32 } from "#netlink/field.ts";

/** Registers of 16 octets; two in a row hold a key of 32. */
export const NFT_REG = { VERDICT: 0, FIRST: 1, SECOND: 2, THIRD: 3 } as const;
/** Verdicts. */
export const VERDICT = { DROP: 0, ACCEPT: 1 } as const;
/** What `meta` gives (linux/netfilter/nf_tables.h). */
export const NFT_META = { MARK: 3, INPUT_NAME: 6, TRANSPORT_PROTOCOL: 16 } as const;
/** Which header `payload` counts from. */
export const NFT_PAYLOAD = { NETWORK: 1, TRANSPORT: 2 } as const;

/** One expression of a rule: its name, and attributes that depend on it. */
export const expression = attributes({ name: attribute(1, text), data: nested(2, octets()) });

/** An expression as `rule` takes it. */
export interface Expression {
  readonly name: string;
  readonly data: Uint8Array;
}

const dataAttributes = attributes({
  value: attribute(1, octets()),
  verdict: nested(2, attributes({ code: attribute(1, be32) })),
});
const metaAttributes = attributes({
  destination: attribute(1, be32),
  key: attribute(2, be32),
  source: attribute(3, be32),
});
const payloadAttributes = attributes({
  destination: attribute(1, be32),
  base: attribute(2, be32),
  offset: attribute(3, be32),
  length: attribute(4, be32),
  source: attribute(5, be32),
  checksumType: attribute(6, be32),
  checksumOffset: attribute(7, be32),
  checksumFlags: attribute(8, be32),
});
const compareAttributes = attributes({
  source: attribute(1, be32),
  operator: attribute(2, be32),
  data: nested(3, dataAttributes),
});
const lookupAttributes = attributes({
  set: attribute(1, text),
  source: attribute(2, be32),
  destination: attribute(3, be32),
  flags: attribute(5, be32),
});
const immediateAttributes = attributes({ destination: attribute(1, be32), data: nested(2, dataAttributes) });
const objectAttributes = attributes({ type: attribute(1, be32), name: attribute(2, text) });

/** Loads a property of the packet into a register. */
export const loadMeta = (key: number, register: number = NFT_REG.FIRST): Expression => ({
  name: "meta",
  data: metaAttributes.encode({ destination: register, key }),
});

/** Sets a property of the packet from a register. */
export const storeMeta = (key: number, register: number = NFT_REG.FIRST): Expression => ({
  name: "meta",
  data: metaAttributes.encode({ key, source: register }),
});

/** Part of a packet: octets from the start of a header. */
export interface PacketPart {
  readonly base: number;
  readonly offset: number;
  readonly length: number;
}

/** Loads a part of the packet into a register. */
export const loadPayload = (part: PacketPart, register: number = NFT_REG.FIRST): Expression => ({
  name: "payload",
  data: payloadAttributes.encode({ destination: register, ...part }),
});

/** Writes a register into the packet; no checksum is corrected, for none covers an IPv6 header outside a tunnel. */
export const storePayload = (part: PacketPart, register: number = NFT_REG.FIRST): Expression => ({
  name: "payload",
  data: payloadAttributes.encode({
    ...part,
    source: register,
    checksumType: 0,
    checksumOffset: 0,
    checksumFlags: 0,
  }),
});

/** Goes on only when a register is (or with `not`, is not) that value. */
export const compare = (value: Uint8Array, not = false, register: number = NFT_REG.FIRST): Expression => ({
  name: "cmp",
  data: compareAttributes.encode({ source: register, operator: not ? 1 : 0, data: { value } }),
});

/** Goes on only when the set has the key that starts at a register; of a map, loads its data. */
export const lookup = (
  set: string,
  options: { readonly not?: boolean; readonly destination?: number } = {},
): Expression => ({
  name: "lookup",
  data: lookupAttributes.encode({
    set,
    source: NFT_REG.FIRST,
    destination: options.destination,
    flags: options.not === true ? 1 : undefined,
  }),
});

/** Loads a constant into a register. */
export const loadConstant = (value: Uint8Array, register: number = NFT_REG.FIRST): Expression => ({
  name: "immediate",
  data: immediateAttributes.encode({ destination: register, data: { value } }),
});

/** Ends the chain with a verdict. */
export const verdict = (code: number): Expression => ({
  name: "immediate",
  data: immediateAttributes.encode({ destination: NFT_REG.VERDICT, data: { verdict: { code } } }),
});

/** Counts the packet in a named counter. */
export const count = (counter: string): Expression => ({
  name: "objref",
  data: objectAttributes.encode({ type: 1, name: counter }),
});

const RTN_LOCAL = 2;
const fibAttributes = attributes({
  destination: attribute(1, be32),
  result: attribute(2, be32),
  flags: attribute(3, be32),
});
const FIB_ADDRESS_TYPE = 3;
const FIB_DESTINATION = 2;

const loadDestinationType: Expression = {
  name: "fib",
  data: fibAttributes.encode({
    destination: NFT_REG.FIRST,
    result: FIB_ADDRESS_TYPE,
    flags: FIB_DESTINATION,
  }),
};

/** Goes on only when the destination is an address of this host. */
export const isLocalDestination: readonly Expression[] = [loadDestinationType, compare(u32.encode(RTN_LOCAL))];
/** Goes on only when it is not. */
export const isForeignDestination: readonly Expression[] = [loadDestinationType, compare(u32.encode(RTN_LOCAL), true)];

const rejectAttributes = attributes({ type: attribute(1, be32), code: attribute(2, u8) });
const ICMP_UNREACHABLE = 0;
const ADDRESS_UNREACHABLE = 3;

/** Drops the packet and tells its source so: Destination Unreachable, code 3 (RFC 4443 §3.1). */
export const reject: Expression = {
  name: "reject",
  data: rejectAttributes.encode({ type: ICMP_UNREACHABLE, code: ADDRESS_UNREACHABLE }),
};

const tproxyAttributes = attributes({ family: attribute(1, be32), port: attribute(3, be32) });
const ANY_PORT = new Uint8Array([0, 1]);

/**
 * A rule that no packet need come to: while a `tproxy` expression is there, the kernel reassembles fragments before
 * all filters, without tracking connections.
 */
export const reassemble: readonly Expression[] = [
  loadConstant(ANY_PORT),
  { name: "tproxy", data: tproxyAttributes.encode({ family: 10, port: NFT_REG.FIRST }) },
];
