import { attribute, attributes, nested } from "#netlink/attribute.ts";
import { address6, be16, i32, octets, text, u8, u16, u32, u64, unused } from "#netlink/field.ts";
import { messageFormat } from "#netlink/message.ts";
import { struct } from "#netlink/struct.ts";

/** Types of queueing discipline messages (linux/rtnetlink.h). */
export const RTM_QDISC = { NEW: 36, DELETE: 37 } as const;
/** Types of classifier messages. */
export const RTM_CLASSIFIER = { NEW: 44, DELETE: 45, GET: 46 } as const;
/** Types of messages on an action that stands by itself, so that several classifiers may share it. */
export const RTM_ACTION = { NEW: 48, DELETE: 49, GET: 50 } as const;
/** Where classifiers hang (linux/pkt_sched.h): `clsact` at a device, `INGRESS` of it for what comes in. */
export const CLSACT = { HANDLE: 0xffff0000, PARENT: 0xfffffff1, INGRESS: 0xfffffff2 } as const;
/** `tcm_parent` of the discipline that everything sent by a device goes through. */
export const ROOT_PARENT = 0xffffffff;
/** What an action does with a packet (linux/pkt_cls.h). */
export const TC_ACT = { OK: 0, SHOT: 2 } as const;
/** EtherTypes that a classifier looks at (linux/if_ether.h). */
export const TC_PROTOCOL = { ALL: 0x0003, IPV6: 0x86dd } as const;

const tcmsg = struct({ family: u8, pad: unused(3), index: i32, handle: u32, parent: u32, info: u32 });
const tcamsg = struct({ family: u8, pad: unused(3) });

/** `tcm_info` of a classifier: the one with the smaller preference looks at a packet first. */
export const classifierInfo = (preference: number, protocol: number): number =>
  ((preference << 16) | (u16.decode(be16.encode(protocol)) ?? 0)) >>> 0;

/** `tc_gact`. */
const genericAction = struct({ index: u32, capabilities: u32, action: i32, references: i32, bound: i32 });
/** `gnet_stats_basic`: octets seen as u64, packets as u32; its length depends on the processor. */
const counts = struct({ bytes: u64, packets: u32 });

/** One action; its kind is `gact`: pass or drop. */
const action = attributes({
  kind: attribute(1, text),
  options: nested(2, attributes({ parameters: attribute(2, genericAction) })),
  index: attribute(3, u32),
  statistics: nested(4, attributes({ basic: attribute(1, octets()), packets: attribute(8, u64) })),
});
/** Actions by their order; one is all that is used here. */
const actions = attributes({ first: nested(1, action) });

/** RTM_NEWQDISC and its kin. */
export const discipline = messageFormat(tcmsg, attributes({ kind: attribute(1, text), options: nested(2, octets()) }));

/** RTM_NEWTFILTER and its kin; `options` depend on `kind`: `flowerOptions`, `matchAllOptions`. */
export const classifier = messageFormat(tcmsg, attributes({ kind: attribute(1, text), options: nested(2, octets()) }));

/**
 * Of `flower`, which looks a packet's fields up in a hash table; without an action a packet passes. `outer…` are of the
 * header that an `external` tunnel device has just taken off.
 */
export const flowerOptions = attributes({
  actions: nested(3, actions),
  etherType: attribute(8, be16),
  source: attribute(14, address6),
  sourceMask: attribute(15, address6),
  outerSource: attribute(31, address6),
  outerSourceMask: attribute(32, address6),
  outerDestination: attribute(33, address6),
  outerDestinationMask: attribute(34, address6),
});

/** Of `matchall`, which takes every packet. */
export const matchAllOptions = attributes({ actions: nested(2, actions) });

/** RTM_NEWACTION and its kin. */
export const standingAction = messageFormat(tcamsg, attributes({ actions: nested(1, actions) }));

/** Packets that an action saw, 0 when it has no statistics. */
export const packetsOf = (statistics: {
  readonly basic?: Uint8Array | undefined;
  readonly packets?: bigint | undefined;
}): number => Number(statistics.packets ?? counts.decodeStart(statistics.basic ?? new Uint8Array(0))?.packets ?? 0);
