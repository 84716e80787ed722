import type { Address } from "#ipv6/address.ts";
import { comesFrom, isMarked, setMark } from "#linux/kernel/filter-parts.ts";
import { DECAPSULATE_MARK } from "#linux/kernel/mark.ts";
import type { KernelSession } from "#linux/kernel/session.ts";
import {
  compare,
  isLocalDestination,
  loadMeta,
  loadPayload,
  NFT_META,
  NFT_PAYLOAD,
  reassemble,
  VERDICT,
  verdict,
} from "#netlink/filter/expression.ts";
import { chain, NF_INET, NFPROTO, NFT_MSG, rule, table } from "#netlink/filter/filter.ts";
import { NLM_F } from "#netlink/message.ts";
import type { KernelError } from "#ports/kernel.ts";
import { ok, type Result } from "#wire/result.ts";

const TABLE = "roam6-mobile";
const header = { family: NFPROTO.IPV6 };
const PRIORITY_RAW = -300 >>> 0;
const SOURCE = { base: NFT_PAYLOAD.NETWORK, offset: 8, length: 16 };

const baseChain = (hook: number) => ({
  hook: { number: hook, priority: PRIORITY_RAW },
  policy: VERDICT.ACCEPT,
  type: "filter",
});

const isProtocol = (protocol: number) => [loadMeta(NFT_META.TRANSPORT_PROTOCOL), compare(new Uint8Array([protocol]))];

/**
 * The filter of a mobile node: tunnelled packets are to be decapsulated only when the home agent sent them
 * (RFC 6275 §11.4.1 leaves the outer source to the tunnel: RFC 2473 §3), and Mobility Headers, also those behind a
 * type 2 routing header, end at the tap, or the kernel would answer them with Parameter Problem.
 * @param tunnel name of the device that decapsulates, whatever it gets; left out: the mark decides on that
 */
export const prepareMobileFilter = (
  session: KernelSession,
  homeAgentAddress: Address,
  tunnel?: string,
): Promise<Result<void, KernelError>> => {
  const base = (name: string, hook: number | undefined) => [
    chain.encode({
      type: NFT_MSG.NEWCHAIN,
      flags: NLM_F.CREATE,
      header,
      attributes: { table: TABLE, name, ...(hook === undefined ? {} : baseChain(hook)) },
    }),
    rule.encode({ type: NFT_MSG.DELRULE, header, attributes: { table: TABLE, chain: name } }),
  ];
  const add = (name: string, expressions: Parameters<typeof rule.encode>[0]["attributes"]) =>
    rule.encode({
      type: NFT_MSG.NEWRULE,
      flags: NLM_F.CREATE | NLM_F.APPEND,
      header,
      attributes: { table: TABLE, chain: name, ...expressions },
    });
  return session.filter("make the packet filter", [
    table.encode({ type: NFT_MSG.NEWTABLE, flags: NLM_F.CREATE, header, attributes: { name: TABLE, flags: 0 } }),
    // A tunnel's exit reassembles (RFC 2473 §7.1).
    ...base("reassembly", undefined),
    add("reassembly", { expressions: reassemble }),
    ...base("prerouting", NF_INET.PRE_ROUTING),
    ...(tunnel === undefined
      ? []
      : [
          add("prerouting", { expressions: [...comesFrom(tunnel), ...isMarked(true), verdict(VERDICT.DROP)] }),
          add("prerouting", { expressions: [...comesFrom(tunnel), ...setMark(0)] }),
        ]),
    add("prerouting", {
      expressions: [
        loadPayload(SOURCE),
        compare(homeAgentAddress),
        ...isProtocol(41),
        ...isLocalDestination,
        ...setMark(DECAPSULATE_MARK),
        verdict(VERDICT.ACCEPT),
      ],
    }),
    ...base("input", NF_INET.LOCAL_IN),
    add("input", { expressions: [...isProtocol(135), verdict(VERDICT.DROP)] }),
  ]);
};

/** Deletes the whole table; none there is success. */
export const removeMobileFilter = async (session: KernelSession): Promise<Result<void, KernelError>> => {
  const removed = await session.filter("delete the packet filter", [
    table.encode({ type: NFT_MSG.DELTABLE, header, attributes: { name: TABLE } }),
  ]);
  return !removed.ok && removed.error.code === "not-found" ? ok(undefined) : removed;
};
