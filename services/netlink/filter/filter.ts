import { attribute, attributes, listOf, nested } from "#netlink/attribute.ts";
import { be16, be32, be64, octets, text, u8 } from "#netlink/field.ts";
import { encodeMessage, messageFormat } from "#netlink/message.ts";
import { struct } from "#netlink/struct.ts";
import { expression } from "./expression.ts";

const NFNL_SUBSYS_NFTABLES = 10;
const subsystem = (message: number): number => (NFNL_SUBSYS_NFTABLES << 8) | message;

/** Message types of nf_tables within nfnetlink (linux/netfilter/nf_tables.h). */
export const NFT_MSG = {
  NEWTABLE: subsystem(0),
  GETTABLE: subsystem(1),
  DELTABLE: subsystem(2),
  NEWCHAIN: subsystem(3),
  NEWRULE: subsystem(6),
  DELRULE: subsystem(8),
  GETRULE: subsystem(7),
  NEWSET: subsystem(9),
  NEWSETELEM: subsystem(12),
  GETSETELEM: subsystem(13),
  DELSETELEM: subsystem(14),
  NEWOBJ: subsystem(18),
  GETOBJ: subsystem(19),
} as const;
/** Address families of tables. */
export const NFPROTO = { IPV6: 10 } as const;
/** Where a base chain hooks in (linux/netfilter_ipv6.h). */
export const NF_INET = { PRE_ROUTING: 0, LOCAL_IN: 1, FORWARD: 2, LOCAL_OUT: 3, POST_ROUTING: 4 } as const;
/** Kinds of set. */
export const NFT_SET = { MAP: 0x8, CONCAT: 0x80 } as const;
/** Kind of a stateful object. */
export const NFT_OBJECT = { COUNTER: 1 } as const;

const nfgenmsg = struct({ family: u8, version: u8, resource: be16 });
const BATCH_BEGIN = 16;
const BATCH_END = 17;

/** Puts messages into one transaction: all of them take effect, or none. */
export const batch = (messages: readonly Uint8Array[]): readonly Uint8Array[] => {
  const mark = (type: number): Uint8Array =>
    encodeMessage(type, 0, [nfgenmsg.encode({ resource: NFNL_SUBSYS_NFTABLES })]);
  return [mark(BATCH_BEGIN), ...messages, mark(BATCH_END)];
};

/** NFT_MSG_NEWTABLE and its kin. */
export const table = messageFormat(nfgenmsg, attributes({ name: attribute(1, text), flags: attribute(2, be32) }));

/** NFT_MSG_NEWCHAIN and its kin; with a hook it is a base chain. */
export const chain = messageFormat(
  nfgenmsg,
  attributes({
    table: attribute(1, text),
    name: attribute(3, text),
    hook: nested(4, attributes({ number: attribute(1, be32), priority: attribute(2, be32) })),
    policy: attribute(5, be32),
    type: attribute(7, text),
  }),
);

/** NFT_MSG_NEWRULE and its kin. */
export const rule = messageFormat(
  nfgenmsg,
  attributes({
    table: attribute(1, text),
    chain: attribute(2, text),
    handle: attribute(3, be64),
    expressions: nested(4, listOf(nested(1, expression))),
    userData: attribute(7, octets()),
  }),
);

/** NFT_MSG_NEWSET and its kin: a set, or with data a map. Lengths in octets. */
export const set = messageFormat(
  nfgenmsg,
  attributes({
    table: attribute(1, text),
    name: attribute(2, text),
    flags: attribute(3, be32),
    keyType: attribute(4, be32),
    keyLength: attribute(5, be32),
    dataType: attribute(6, be32),
    dataLength: attribute(7, be32),
    id: attribute(10, be32),
    description: nested(9, attributes({ size: attribute(1, be32) })),
  }),
);

const data = attributes({ value: attribute(1, octets()) });
const element = attributes({
  key: nested(1, data),
  data: nested(2, data),
  flags: attribute(3, be32),
  userData: attribute(6, octets()),
});

/** NFT_MSG_NEWSETELEM and its kin: elements of one set. */
export const setElements = messageFormat(
  nfgenmsg,
  attributes({
    table: attribute(1, text),
    set: attribute(2, text),
    elements: nested(3, listOf(nested(1, element))),
  }),
);

/** NFT_MSG_NEWOBJ and its kin: a named counter. */
export const object = messageFormat(
  nfgenmsg,
  attributes({
    table: attribute(1, text),
    name: attribute(2, text),
    type: attribute(3, be32),
    data: nested(4, attributes({ bytes: attribute(1, be64), packets: attribute(2, be64) })),
  }),
);
