import { type Address, address, addressEquals, isUnspecified, UNSPECIFIED } from "#ipv6/address.ts";
import { deleteDevice, findDevice, setUp } from "#linux/kernel/devices.ts";
import { ERRNO } from "#linux/kernel/errno.ts";
import type { KernelSession, Request } from "#linux/kernel/session.ts";
import type { FilterEntry, SourceFilter, TunnelIndex } from "#linux/kernel/source-filter.ts";
import { inOrder } from "#linux/kernel/steps.ts";
import { type Sysctl, writeAll } from "#linux/kernel/sysctl.ts";
import { NLM_F } from "#netlink/message.ts";
import {
  CLSACT,
  classifier,
  classifierInfo,
  discipline,
  flowerOptions,
  matchAllOptions,
  packetsOf,
  RTM_ACTION,
  RTM_CLASSIFIER,
  RTM_QDISC,
  standingAction,
  TC_ACT,
  TC_PROTOCOL,
} from "#netlink/traffic/traffic.ts";
import type { KernelError } from "#ports/kernel.ts";
import { done, failed, ok, type Result } from "#wire/result.ts";
import { freeTunnelNames, listTunnels, makeTunnel, type Tunnel } from "./tunnel-device.ts";

/** Index of the action that drops: all tunnels share it, so it counts for all and outlives each. */
const REFUSED = 6275;
const PREFERENCE = { PASS: 1, DROP: 2 } as const;
const EXACT = new Uint8Array(16).fill(0xff);
/** Deletion of an action waits until the kernel has let go of the last tunnel that used it. */
const RELEASE = { attempts: 50, pauseMs: 20 } as const;
/** Ends of a tunnel that is made to see what the kernel can do, in the discard-only prefix (RFC 6666). */
const PROBE = { local: address("100::6275:3"), remote: address("100::6275:4") };

const drop = { kind: "gact", options: { parameters: { index: REFUSED, action: TC_ACT.SHOT } } } as const;

const at = (tunnel: number, preference: number, protocol: number) => ({
  index: tunnel,
  parent: CLSACT.INGRESS,
  info: classifierInfo(preference, protocol),
});

/** Drops and counts all that comes out of a tunnel and that no classifier before let pass. */
const guard = (tunnel: number): readonly Request[] => [
  {
    what: "make room for the source filter of a tunnel",
    message: discipline.encode({
      type: RTM_QDISC.NEW,
      flags: NLM_F.CREATE | NLM_F.EXCL,
      header: { index: tunnel, handle: CLSACT.HANDLE, parent: CLSACT.PARENT },
      attributes: { kind: "clsact" },
    }),
    allow: [ERRNO.EEXIST],
  },
  {
    what: "make the source filter of a tunnel",
    message: classifier.encode({
      type: RTM_CLASSIFIER.NEW,
      flags: NLM_F.CREATE | NLM_F.EXCL,
      header: { ...at(tunnel, PREFERENCE.DROP, TC_PROTOCOL.ALL), handle: 1 },
      attributes: { kind: "matchall", options: matchAllOptions.encode({ actions: { first: drop } }) },
    }),
    allow: [ERRNO.EEXIST],
  },
];

const passHeader = (tunnel: number) => at(tunnel, PREFERENCE.PASS, TC_PROTOCOL.IPV6);

const pass = (tunnel: number, homeAddress: Address): Request => ({
  what: "add to the source filter of a tunnel",
  message: classifier.encode({
    type: RTM_CLASSIFIER.NEW,
    flags: NLM_F.CREATE | NLM_F.EXCL,
    header: passHeader(tunnel),
    attributes: {
      kind: "flower",
      options: flowerOptions.encode({ etherType: TC_PROTOCOL.IPV6, source: homeAddress, sourceMask: EXACT }),
    },
  }),
  allow: [ERRNO.EEXIST],
});

/** Home addresses that may send through a tunnel, with the handles of their classifiers. */
const listPassing = async (
  session: KernelSession,
  tunnel: number,
): Promise<Result<readonly { readonly homeAddress: Address; readonly handle: number }[], KernelError>> => {
  const dump = await session.dump(
    "list the source filter of a tunnel",
    classifier.encode({
      type: RTM_CLASSIFIER.GET,
      flags: NLM_F.DUMP,
      header: { index: tunnel, parent: CLSACT.INGRESS },
    }),
  );
  if (!dump.ok) return dump;
  return ok(
    dump.value.flatMap((message) => {
      const decoded = classifier.decode(message);
      if (decoded?.attributes.kind !== "flower" || decoded.attributes.options === undefined) return [];
      const source = flowerOptions.decode(decoded.attributes.options)?.source;
      return source === undefined ? [] : [{ homeAddress: source, handle: decoded.header.handle }];
    }),
  );
};

const removeFrom = async (
  session: KernelSession,
  tunnel: number,
  homeAddresses: readonly Address[],
): Promise<Result<void, KernelError>> => {
  const passing = await listPassing(session, tunnel);
  if (!passing.ok) return passing;
  const gone = passing.value.filter(({ homeAddress }) =>
    homeAddresses.some((candidate) => addressEquals(candidate, homeAddress)),
  );
  return session.all(
    gone.map(({ handle }) => ({
      what: "remove from the source filter of a tunnel",
      message: classifier.encode({
        type: RTM_CLASSIFIER.DELETE,
        header: { ...passHeader(tunnel), handle },
        attributes: { kind: "flower" },
      }),
      allow: [ERRNO.ENOENT],
    })),
  );
};

const remove = async (
  session: KernelSession,
  entries: readonly FilterEntry[],
  tunnels: TunnelIndex,
): Promise<Result<void, KernelError>> => {
  const byTunnel = new Map<number, Address[]>();
  for (const { careOfAddress, homeAddress } of entries) {
    const tunnel = tunnels(careOfAddress);
    if (tunnel !== undefined) byTunnel.set(tunnel, [...(byTunnel.get(tunnel) ?? []), homeAddress]);
  }
  for (const [tunnel, homeAddresses] of byTunnel) {
    const removed = await removeFrom(session, tunnel, homeAddresses);
    if (!removed.ok) return removed;
  }
  return done;
};

const list = async (
  session: KernelSession,
  tunnels: readonly Tunnel[],
): Promise<Result<readonly FilterEntry[], KernelError>> => {
  const entries: FilterEntry[] = [];
  for (const { index, local, remote } of tunnels) {
    const passing = await listPassing(session, index);
    if (!passing.ok) return passing;
    for (const { homeAddress } of passing.value)
      entries.push({ homeAddress, careOfAddress: remote, homeAgentAddress: local });
  }
  return ok(entries);
};

/** What comes from no registered care-of address comes out of this one, which lets nothing pass. */
const findCatchAll = async (
  session: KernelSession,
  agent: Address,
): Promise<Result<Tunnel | undefined, KernelError>> => {
  const tunnels = await listTunnels(session);
  return tunnels.ok
    ? ok(tunnels.value.find(({ local, remote }) => addressEquals(local, agent) && isUnspecified(remote)))
    : tunnels;
};

const openAgent = async (
  session: KernelSession,
  sysctl: Sysctl,
  agent: Address,
): Promise<Result<void, KernelError>> => {
  const names = await freeTunnelNames(session, 1);
  if (!names.ok) return names;
  const before = await findCatchAll(session, agent);
  if (!before.ok) return before;
  if (before.value === undefined) {
    const made = await session.all([makeTunnel(names.value[0] ?? "", { local: agent, remote: UNSPECIFIED })]);
    if (!made.ok) return made;
  }
  const found = await findCatchAll(session, agent);
  if (!found.ok) return found;
  if (found.value === undefined)
    return failed({ code: "system", errno: 0, message: "the tunnel that was made is not there" });
  const { index, name } = found.value;
  return inOrder(
    () => session.all(guard(index)),
    // It is for receiving: as a device of IPv6 it would tell of its groups, to everybody in a tunnel.
    () => writeAll(sysctl, [[`conf/${name}/disable_ipv6`, "1"]]),
    () => session.all([setUp(index, true)]),
  );
};

const closeAgent = async (session: KernelSession, agent: Address): Promise<Result<void, KernelError>> => {
  const found = await findCatchAll(session, agent);
  if (!found.ok) return found;
  return found.value === undefined ? done : session.all([deleteDevice(found.value.index)]);
};

/** Tries all that the filter is made of on a tunnel of its own, which goes again. */
const probe = async (session: KernelSession): Promise<Result<void, KernelError>> => {
  const name = `roam6p${process.pid}`;
  const made = await session.all([makeTunnel(name, PROBE)]);
  if (!made.ok) return made;
  const found = await findDevice(session, name);
  if (!found.ok) return found;
  const { index } = found.value;
  const tried = await session.all([...guard(index), pass(index, PROBE.remote)]);
  const deleted = await session.all([deleteDevice(index)]);
  return tried.ok ? deleted : tried;
};

const prepare = async (session: KernelSession): Promise<Result<void, KernelError>> => {
  const made = await inOrder(
    () =>
      session.all([
        {
          what: "make the counter of refused packets",
          message: standingAction.encode({
            type: RTM_ACTION.NEW,
            flags: NLM_F.CREATE | NLM_F.EXCL,
            attributes: { actions: { first: drop } },
          }),
          allow: [ERRNO.EEXIST],
        },
      ]),
    () => probe(session),
  );
  if (made.ok || made.error.code === "permission" || made.error.code === "no-memory") return made;
  return failed({
    code: "unsupported",
    errno: made.error.errno,
    message:
      "the classic plane cannot check the source of reverse-tunnelled packets (RFC 6275 §10.4.5): this kernel lacks " +
      "nf_tables for IPv6 (CONFIG_NF_TABLES_IPV6), and one of CONFIG_NET_SCH_INGRESS, CONFIG_NET_CLS_FLOWER, " +
      `CONFIG_NET_CLS_MATCHALL and CONFIG_NET_ACT_GACT: ${made.error.message}`,
  });
};

const counterMessage = (type: number): Uint8Array =>
  standingAction.encode({ type, attributes: { actions: { first: { kind: drop.kind, index: REFUSED } } } });

const refusedPackets = async (session: KernelSession): Promise<Result<number, KernelError>> => {
  const answer = await session.ask("read the counter of refused packets", counterMessage(RTM_ACTION.GET));
  if (!answer.ok) return answer;
  const [message] = answer.value;
  const action = message === undefined ? undefined : standingAction.decode(message)?.attributes.actions?.first;
  return ok(packetsOf(action?.statistics ?? {}));
};

const clear = async (session: KernelSession): Promise<Result<void, KernelError>> => {
  const request = {
    what: "delete the counter of refused packets",
    message: counterMessage(RTM_ACTION.DELETE),
    allow: [ERRNO.ENOENT, ERRNO.EINVAL],
  };
  let deleted = await session.all([request]);
  for (let attempt = 1; attempt < RELEASE.attempts && !deleted.ok && deleted.error.errno === ERRNO.EPERM; attempt++) {
    await new Promise((resolve) => setTimeout(resolve, RELEASE.pauseMs));
    deleted = await session.all([request]);
  }
  return deleted;
};

/**
 * The check of reverse-tunnelled packets by classifiers (tc) at the tunnels, for kernels without nf_tables for IPv6. The
 * outer source is checked by the tunnel's own ends, the inner one by a classifier for each home address that is
 * registered there; each instance has a tunnel besides for all other outer sources, which lets nothing pass.
 */
export const createTunnelFilter = (session: KernelSession, sysctl: Sysctl): SourceFilter => ({
  prepare: () => prepare(session),
  openAgent: (agent) => openAgent(session, sysctl, agent),
  closeAgent: (agent) => closeAgent(session, agent),
  guard,
  add: (entries, tunnels) =>
    session.all(
      entries.flatMap(({ careOfAddress, homeAddress }) => {
        const tunnel = tunnels(careOfAddress);
        return tunnel === undefined ? [] : [pass(tunnel, homeAddress)];
      }),
    ),
  remove: (entries, tunnels) => remove(session, entries, tunnels),
  list: (tunnels) => list(session, tunnels),
  refusedPackets: () => refusedPackets(session),
  clear: () => clear(session),
});
