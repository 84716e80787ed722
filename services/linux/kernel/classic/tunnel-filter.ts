import { type Address, address, addressEquals, isUnspecified, UNSPECIFIED } from "#ipv6/address.ts";
import {
  addPass,
  guardTunnel,
  lacksClassifiers,
  listPasses,
  prepareRefused,
  readRefusedByTunnels,
  removePass,
  removeRefused,
} from "#linux/kernel/classifiers.ts";
import { deleteDevice, findDevice, setUp } from "#linux/kernel/devices.ts";
import { ERRNO } from "#linux/kernel/errno.ts";
import type { KernelSession, Request } from "#linux/kernel/session.ts";
import type { FilterEntry, SourceFilter, TunnelIndex } from "#linux/kernel/source-filter.ts";
import { inOrder } from "#linux/kernel/steps.ts";
import { type Sysctl, writeAll } from "#linux/kernel/sysctl.ts";
import type { KernelError } from "#ports/kernel.ts";
import { done, failed, ok, type Result } from "#wire/result.ts";
import { freeTunnelNames, listTunnels, makeTunnel, type Tunnel } from "./tunnel-device.ts";

/** Ends of a tunnel that is made to see what the kernel can do, in the discard-only prefix (RFC 6666). */
const PROBE = { local: address("100::6275:3"), remote: address("100::6275:4") };

const pass = (tunnel: number, homeAddress: Address): Request => ({
  ...addPass(tunnel, { source: homeAddress }),
  allow: [ERRNO.EEXIST],
});

const removeFrom = async (
  session: KernelSession,
  tunnel: number,
  homeAddresses: readonly Address[],
): Promise<Result<void, KernelError>> => {
  const passing = await listPasses(session, tunnel);
  if (!passing.ok) return passing;
  const gone = passing.value.filter(
    ({ source }) => source !== undefined && homeAddresses.some((candidate) => addressEquals(candidate, source)),
  );
  return session.all(gone.map(({ handle }) => ({ ...removePass(tunnel, handle), allow: [ERRNO.ENOENT] })));
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
    const passing = await listPasses(session, index);
    if (!passing.ok) return passing;
    for (const { source } of passing.value)
      if (source !== undefined) entries.push({ homeAddress: source, careOfAddress: remote, homeAgentAddress: local });
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
    () => session.all(guardTunnel(index)),
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
  const tried = await session.all([...guardTunnel(index), pass(index, PROBE.remote)]);
  const deleted = await session.all([deleteDevice(index)]);
  return tried.ok ? deleted : tried;
};

const prepare = async (session: KernelSession): Promise<Result<void, KernelError>> => {
  const made = await inOrder(
    () => prepareRefused(session),
    () => probe(session),
  );
  return made.ok ? made : failed(lacksClassifiers("classic", made.error));
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
  guard: guardTunnel,
  add: (entries, tunnels) =>
    session.all(
      entries.flatMap(({ careOfAddress, homeAddress }) => {
        const tunnel = tunnels(careOfAddress);
        return tunnel === undefined ? [] : [pass(tunnel, homeAddress)];
      }),
    ),
  remove: (entries, tunnels) => remove(session, entries, tunnels),
  list: (tunnels) => list(session, tunnels),
  refusedPackets: () => readRefusedByTunnels(session),
  clear: () => removeRefused(session),
});
