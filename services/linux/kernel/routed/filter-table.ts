import type { Address } from "#ipv6/address.ts";
import { ERRNO } from "#linux/kernel/errno.ts";
import { inBulk } from "#linux/kernel/filter-changes.ts";
import { comesFrom, isMarked, setMark } from "#linux/kernel/filter-parts.ts";
import {
  DECAPSULATE_MARK,
  ENCAPSULATION_PAIR,
  ENCAPSULATION_TUNNEL,
  instanceDevice,
  PLACEHOLDER_SOURCE,
} from "#linux/kernel/mark.ts";
import type { KernelSession } from "#linux/kernel/session.ts";
import type { FilterEntry, SourceFilter } from "#linux/kernel/source-filter.ts";
import { flatMapInSlices } from "#linux/slices.ts";
import { concatenate } from "#netlink/field.ts";
import {
  compare,
  count,
  type Expression,
  isForeignDestination,
  loadMeta,
  loadPayload,
  lookup,
  NFT_META,
  NFT_PAYLOAD,
  NFT_REG,
  type PacketPart,
  reassemble,
  reject,
  storePayload,
  VERDICT,
  verdict,
} from "#netlink/filter/expression.ts";
import {
  chain,
  NF_INET,
  NFPROTO,
  NFT_MSG,
  NFT_OBJECT,
  NFT_SET,
  object,
  rule,
  set,
  setElements,
  table,
} from "#netlink/filter/filter.ts";
import { NLM_F } from "#netlink/message.ts";
import type { KernelError } from "#ports/kernel.ts";
import { done, ok, type Result } from "#wire/result.ts";
import type { SourceElements } from "./encapsulation.ts";

/** Name of our table in family ip6. */
const TABLE = "roam6";
/** Addresses of the instances, active or not. */
const AGENTS = "agents";
/** (care-of address, home address) to the address of the home agent that registered it. */
const BINDINGS = "bindings";
const REFUSED = "refused";
const header = { family: NFPROTO.IPV6 };
/** Before everything else of iptables' day: its `raw`. */
const PRIORITY_RAW = -300 >>> 0;
/** Types by which the tool nft shows keys: ipv6_addr, and two of them joined. */
const TYPE_ADDRESS = 8;
const TYPE_ADDRESS_PAIR = (TYPE_ADDRESS << 6) | TYPE_ADDRESS;
const IPPROTO_IPV6 = 41;
const IPPROTO_MOBILITY = 135;
const IPPROTO_ICMPV6 = 58;
/** Neighbor Solicitation. */
const SOLICITATION = new Uint8Array([135]);

const SOURCE = { base: NFT_PAYLOAD.NETWORK, offset: 8, length: 16 };
const DESTINATION = { base: NFT_PAYLOAD.NETWORK, offset: 24, length: 16 };
const ICMPV6_TYPE = { base: NFT_PAYLOAD.TRANSPORT, offset: 0, length: 1 };
/** Of the packet inside: what follows all extension headers of the outer one. */
const INNER_SOURCE = { base: NFT_PAYLOAD.TRANSPORT, offset: 8, length: 16 };
const INNER_DESTINATION = { base: NFT_PAYLOAD.TRANSPORT, offset: 24, length: 16 };

const isProtocol = (protocol: number): readonly Expression[] => [
  loadMeta(NFT_META.TRANSPORT_PROTOCOL),
  compare(new Uint8Array([protocol])),
];
const toAgent: readonly Expression[] = [loadPayload(DESTINATION), lookup(AGENTS)];
const bindingOf = (outer: PacketPart, inner: PacketPart, destination: number): readonly Expression[] => [
  loadPayload(outer, NFT_REG.FIRST),
  loadPayload(inner, NFT_REG.SECOND),
  lookup(BINDINGS, { destination }),
];
const accept = verdict(VERDICT.ACCEPT);
const drop = verdict(VERDICT.DROP);

/** To a link-local address that is not this host's, at an instance's virtual MAC address: to a mobile node's. */
const toLinkLocal: readonly Expression[] = [
  loadMeta(NFT_META.INPUT_NAME),
  compare(new TextEncoder().encode(instanceDevice(""))),
  loadPayload({ base: NFT_PAYLOAD.NETWORK, offset: 24, length: 8 }),
  compare(new Uint8Array([0xfe, 0x80, 0, 0, 0, 0, 0, 0])),
  ...isForeignDestination,
];

/** What takes the outer header off: seg6, an `external` tunnel device, or a tunnel for each care-of address. */
export type Decapsulation = "segment" | "tunnel" | "tunnels";

interface Chain {
  readonly name: string;
  /** Undefined for a chain that no packet comes to. */
  readonly hook?: number;
  readonly rules: readonly (readonly Expression[])[];
}

/** Rules for packets that have lost their outer header. */
const DECAPSULATED: Readonly<Record<Decapsulation, Chain["rules"]>> = {
  // It must not be decapsulated again.
  segment: [[...comesFrom(ENCAPSULATION_PAIR.exit), ...setMark(0), accept]],
  tunnel: [
    // The device decapsulates also what comes to addresses of no instance, which nothing has checked.
    [...comesFrom(ENCAPSULATION_TUNNEL.name), ...isMarked(true), count(REFUSED), drop],
    [...comesFrom(ENCAPSULATION_TUNNEL.name), ...setMark(0)],
  ],
  tunnels: [],
};

/** Seg6 knows one outer source for all: each packet gets its instance's on its way out. */
const OUTER_SOURCE: Chain = {
  name: "postrouting",
  hook: NF_INET.POST_ROUTING,
  rules: [
    [
      loadPayload(SOURCE),
      compare(PLACEHOLDER_SOURCE),
      ...bindingOf(DESTINATION, INNER_DESTINATION, NFT_REG.FIRST),
      storePayload(SOURCE),
      accept,
    ],
    [loadPayload(SOURCE), compare(PLACEHOLDER_SOURCE), drop],
  ],
};

/**
 * Chains with their rules, in order.
 * @param refuse what becomes of a packet that its source should be told of
 */
const chainsOf = (decapsulation: Decapsulation, refuse: Expression): readonly Chain[] => [
  {
    name: "prerouting",
    hook: NF_INET.PRE_ROUTING,
    rules: [
      ...DECAPSULATED[decapsulation],
      // A neighbour asks whether the mobile node is still there: the tap has seen it.
      [...toLinkLocal, ...isProtocol(IPPROTO_ICMPV6), loadPayload(ICMPV6_TYPE), compare(SOLICITATION), drop],
      // RFC 6275 §10.4.2: not tunnelled, but discarded, and its source is told.
      [...toLinkLocal, refuse],
      // RFC 6275 §10.4.5: the outer source must be the care-of address registered for the inner source.
      [
        ...toAgent,
        ...isProtocol(IPPROTO_IPV6),
        ...bindingOf(SOURCE, INNER_SOURCE, NFT_REG.THIRD),
        ...setMark(DECAPSULATE_MARK),
        accept,
      ],
      [...toAgent, ...isProtocol(IPPROTO_IPV6), count(REFUSED), drop],
    ],
  },
  {
    name: "input",
    hook: NF_INET.LOCAL_IN,
    // The tap has seen it; the kernel would answer with Parameter Problem where no socket or no MIP6 is there.
    rules: [[...toAgent, ...isProtocol(IPPROTO_MOBILITY), drop]],
  },
  // A tunnel's exit reassembles (RFC 2473 §7.1): without it a fragmented outer packet would be lost.
  { name: "reassembly", rules: [reassemble] },
  ...(decapsulation === "segment" ? [OUTER_SOURCE] : []),
];

const baseChain = (hook: number) => ({
  hook: { number: hook, priority: PRIORITY_RAW },
  policy: VERDICT.ACCEPT,
  type: "filter",
});

const makeFilter = (
  session: KernelSession,
  decapsulation: Decapsulation,
  refuse: Expression,
): Promise<Result<void, KernelError>> => {
  const flags = NLM_F.CREATE;
  const messages = [
    table.encode({ type: NFT_MSG.NEWTABLE, flags, header, attributes: { name: TABLE, flags: 0 } }),
    set.encode({
      type: NFT_MSG.NEWSET,
      flags,
      header,
      attributes: { table: TABLE, name: AGENTS, flags: 0, keyType: TYPE_ADDRESS, keyLength: 16, id: 1 },
    }),
    set.encode({
      type: NFT_MSG.NEWSET,
      flags,
      header,
      attributes: {
        table: TABLE,
        name: BINDINGS,
        flags: NFT_SET.MAP,
        keyType: TYPE_ADDRESS_PAIR,
        keyLength: 32,
        dataType: TYPE_ADDRESS,
        dataLength: 16,
        id: 2,
      },
    }),
    object.encode({
      type: NFT_MSG.NEWOBJ,
      flags,
      header,
      attributes: { table: TABLE, name: REFUSED, type: NFT_OBJECT.COUNTER, data: {} },
    }),
  ];
  for (const { name, hook, rules } of chainsOf(decapsulation, refuse)) {
    messages.push(
      chain.encode({
        type: NFT_MSG.NEWCHAIN,
        flags,
        header,
        attributes: { table: TABLE, name, ...(hook === undefined ? {} : baseChain(hook)) },
      }),
      rule.encode({ type: NFT_MSG.DELRULE, header, attributes: { table: TABLE, chain: name } }),
    );
    for (const expressions of rules)
      messages.push(
        rule.encode({
          type: NFT_MSG.NEWRULE,
          flags: NLM_F.CREATE | NLM_F.APPEND,
          header,
          attributes: { table: TABLE, chain: name, expressions },
        }),
      );
  }
  return session.filter("make the packet filter", messages);
};

/**
 * Makes table, sets and chains; the rules of the chains are replaced by this version's in the same transaction. A kernel
 * without `reject` drops in silence what it would refuse.
 */
export const prepareFilter = async (
  session: KernelSession,
  decapsulation: Decapsulation,
): Promise<Result<void, KernelError>> => {
  const made = await makeFilter(session, decapsulation, reject);
  return !made.ok && made.error.code === "not-found" ? makeFilter(session, decapsulation, drop) : made;
};

/** Deletes the whole table; none there is success. */
export const removeFilter = async (session: KernelSession): Promise<Result<void, KernelError>> => {
  const removed = await session.filter("delete the packet filter", [
    table.encode({ type: NFT_MSG.DELTABLE, header, attributes: { name: TABLE } }),
  ]);
  return !removed.ok && removed.error.code === "not-found" ? ok(undefined) : removed;
};

/** Says whether an address is one of an instance. */
export const setAgent = async (
  session: KernelSession,
  agent: Address,
  present: boolean,
): Promise<Result<void, KernelError>> => {
  const changed = await session.filter(present ? "add a home agent address" : "remove a home agent address", [
    setElements.encode({
      type: present ? NFT_MSG.NEWSETELEM : NFT_MSG.DELSETELEM,
      flags: present ? NLM_F.CREATE : 0,
      header,
      attributes: { table: TABLE, set: AGENTS, elements: [{ key: { value: agent } }] },
    }),
  ]);
  return !changed.ok && changed.error.errno === ERRNO.ENOENT ? ok(undefined) : changed;
};

const elementsMessage = (type: number, flags: number, entries: readonly FilterEntry[], withData: boolean): Uint8Array =>
  setElements.encode({
    type,
    flags,
    header,
    attributes: {
      table: TABLE,
      set: BINDINGS,
      elements: entries.map(({ careOfAddress, homeAddress, homeAgentAddress }) => ({
        key: { value: concatenate([careOfAddress, homeAddress]) },
        data: withData ? { value: homeAgentAddress } : undefined,
      })),
    },
  });

/** Adds elements in one transaction: all or none. */
const addEntries = (session: KernelSession, entries: readonly FilterEntry[]): Promise<Result<void, KernelError>> =>
  session.filter("add to the source filter", [elementsMessage(NFT_MSG.NEWSETELEM, NLM_F.CREATE, entries, true)]);

/** Removes elements in one transaction: all or none (`not-found` when one is not there). */
const removeEntries = (session: KernelSession, entries: readonly FilterEntry[]): Promise<Result<void, KernelError>> =>
  session.filter("remove from the source filter", [elementsMessage(NFT_MSG.DELSETELEM, 0, entries, false)]);

/** All elements that are there. */
const listEntries = async (session: KernelSession): Promise<Result<readonly FilterEntry[], KernelError>> => {
  const dump = await session.filterDump(
    "list the source filter",
    setElements.encode({
      type: NFT_MSG.GETSETELEM,
      flags: NLM_F.DUMP,
      header,
      attributes: { table: TABLE, set: BINDINGS },
    }),
  );
  if (!dump.ok) return dump.error.code === "not-found" ? ok([]) : dump;
  return ok(
    await flatMapInSlices(dump.value, (message) =>
      (setElements.decode(message)?.attributes.elements ?? []).flatMap(({ key, data }) =>
        key?.value?.length === 32 && data?.value?.length === 16
          ? [
              {
                careOfAddress: key.value.slice(0, 16),
                homeAddress: key.value.slice(16),
                homeAgentAddress: data.value,
              },
            ]
          : [],
      ),
    ),
  );
};

/** Packets that the source check refused since the filter was made. */
export const readRefused = async (session: KernelSession): Promise<Result<number, KernelError>> => {
  const answer = await session.filterAsk(
    "read the counter of refused packets",
    object.encode({
      type: NFT_MSG.GETOBJ,
      header,
      attributes: { table: TABLE, name: REFUSED, type: NFT_OBJECT.COUNTER },
    }),
  );
  if (!answer.ok) return answer;
  const [message] = answer.value;
  const counter = message === undefined ? undefined : object.decode(message);
  return ok(Number(counter?.attributes.data?.packets ?? 0n));
};

/** The elements of the source check on the routed plane. */
export const createTableElements = (session: KernelSession): SourceElements => ({
  add: (entries) => inBulk(entries, (some) => addEntries(session, some)),
  remove: (entries) => inBulk(entries, (some) => removeEntries(session, some)),
  list: () => listEntries(session),
});

/** The same as a `SourceFilter` for the classic plane, on kernels that have nf_tables for IPv6. */
export const createTableFilter = (session: KernelSession): SourceFilter => ({
  prepare: () => prepareFilter(session, "tunnels"),
  openAgent: (agent) => setAgent(session, agent, true),
  closeAgent: (agent) => setAgent(session, agent, false),
  guard: () => [],
  add: async (entries) => (entries.length === 0 ? done : addEntries(session, entries)),
  remove: async (entries) => {
    const results = await inBulk(entries, (some) => removeEntries(session, some));
    return results.find((result) => !result.ok && result.error.code !== "not-found") ?? done;
  },
  list: () => listEntries(session),
  refusedPackets: () => readRefused(session),
  clear: () => removeFilter(session),
});
