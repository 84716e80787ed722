import { type Address, addressEquals, addressKey, isUnspecified } from "#ipv6/address.ts";
import { deleteDevice, setUp } from "#linux/kernel/devices.ts";
import { ERRNO } from "#linux/kernel/errno.ts";
import { elementsOf, pairKey, withKnown } from "#linux/kernel/filter-changes.ts";
import type { FoundInstance } from "#linux/kernel/instances.ts";
import { deleteRoute, type FoundRoute, listOurRoutes, setRoute } from "#linux/kernel/routes.ts";
import type { KernelSession, Request } from "#linux/kernel/session.ts";
import type { SourceFilter, TunnelIndex } from "#linux/kernel/source-filter.ts";
import { inOrder } from "#linux/kernel/steps.ts";
import { RT_TABLE } from "#netlink/route/route.ts";
import type { ForwardingChange, ForwardingEntry, KernelError } from "#ports/kernel.ts";
import { done, failed, ok, type Result } from "#wire/result.ts";
import { addProxy, deleteProxy } from "./proxy.ts";
import { freeTunnelNames, listTunnels, makeTunnel, type Tunnel } from "./tunnel-device.ts";

/** Metric of the host route of a home address (features.md S-5-10). */
const HOST_METRIC = 192;

/** Routes of home addresses into tunnels. */
const isHostRoute = (route: FoundRoute): boolean =>
  route.table === RT_TABLE.MAIN && route.priority === HOST_METRIC && route.destination.length === 128;

const place = (homeAddress: Address) => ({
  table: RT_TABLE.MAIN,
  destination: { address: homeAddress, length: 128 },
  priority: HOST_METRIC,
});

/** Tunnels of one instance, by care-of address. */
type Tunnels = ReadonlyMap<string, Tunnel>;

/** The one without a far end is the source filter's. */
const readTunnels = async (session: KernelSession, agent: Address): Promise<Result<Tunnels, KernelError>> => {
  const tunnels = await listTunnels(session);
  if (!tunnels.ok) return tunnels;
  const own = tunnels.value.filter(({ local, remote }) => addressEquals(local, agent) && !isUnspecified(remote));
  return ok(new Map(own.map((tunnel) => [addressKey(tunnel.remote), tunnel])));
};

const makeMissing = async (
  session: KernelSession,
  agent: Address,
  missing: readonly Address[],
): Promise<Result<void, KernelError>> => {
  if (missing.length === 0) return done;
  const names = await freeTunnelNames(session, missing.length);
  if (!names.ok) return names;
  return session.all(
    missing.map((remote, index) => ({
      ...makeTunnel(names.value[index] ?? "", { local: agent, remote }),
      allow: [ERRNO.EEXIST],
    })),
  );
};

/** Makes the tunnels that these care-of addresses lack; each is guarded by the source filter before it is up. */
const openTunnels = async (
  session: KernelSession,
  filter: SourceFilter,
  agent: Address,
  wanted: readonly Address[],
): Promise<Result<Tunnels, KernelError>> => {
  const present = await readTunnels(session, agent);
  if (!present.ok) return present;
  const distinct = new Map(wanted.map((careOf) => [addressKey(careOf), careOf]));
  const missing = [...distinct].flatMap(([key, careOf]) => (present.value.has(key) ? [] : [careOf]));
  const made = await makeMissing(session, agent, missing);
  if (!made.ok) return made;
  const tunnels = missing.length === 0 ? present : await readTunnels(session, agent);
  if (!tunnels.ok) return tunnels;
  const closed = [...distinct.keys()].flatMap((key) => {
    const tunnel = tunnels.value.get(key);
    return tunnel === undefined || tunnel.up ? [] : [tunnel.index];
  });
  const opened = await inOrder(
    () => session.all(closed.flatMap((index) => filter.guard(index))),
    () => session.all(closed.map((index) => setUp(index, true))),
  );
  return opened.ok ? tunnels : opened;
};

/** Bindings of one instance as routes and tunnels tell them. */
export const readClassic = async (
  session: KernelSession,
  agent: Address,
): Promise<Result<readonly ForwardingEntry[], KernelError>> => {
  const tunnels = await readTunnels(session, agent);
  if (!tunnels.ok) return tunnels;
  const routes = await listOurRoutes(session);
  if (!routes.ok) return routes;
  const byIndex = new Map([...tunnels.value.values()].map((tunnel) => [tunnel.index, tunnel]));
  return ok(
    routes.value.filter(isHostRoute).flatMap(({ device, destination }) => {
      const tunnel = byIndex.get(device);
      return tunnel === undefined ? [] : [{ homeAddress: destination.address, careOfAddress: tunnel.remote }];
    }),
  );
};

const requestsFor = (
  instance: FoundInstance,
  change: ForwardingChange,
  tunnels: Tunnels,
): readonly Request[] | undefined => {
  const proxyOn = instance.device.index;
  if (change.kind === "remove")
    return [deleteProxy(proxyOn, change.homeAddress), deleteRoute(place(change.homeAddress))];
  const tunnel = tunnels.get(addressKey(change.careOfAddress));
  if (tunnel === undefined) return undefined;
  return [
    setRoute({ ...place(change.homeAddress), device: tunnel.index, action: { kind: "device" } }),
    addProxy(proxyOn, change.homeAddress),
  ];
};

/** Deletes the instance's tunnels that no route goes into. */
const deleteIdle = async (session: KernelSession, agent: Address): Promise<Result<void, KernelError>> => {
  const tunnels = await readTunnels(session, agent);
  if (!tunnels.ok) return tunnels;
  const routes = await listOurRoutes(session);
  if (!routes.ok) return routes;
  const used = new Set(routes.value.map(({ device }) => device));
  const idle = [...tunnels.value.values()].filter(({ index }) => !used.has(index));
  return session.all(idle.map(({ index }) => deleteDevice(index)));
};

/** Puts in again what is there: somebody doubts that all of it is whole. */
const repeatsKnown = (changes: readonly ForwardingChange[], entries: readonly ForwardingEntry[]): boolean => {
  const known = new Set(entries.map(({ homeAddress, careOfAddress }) => pairKey(homeAddress, careOfAddress)));
  return changes.some(
    ({ kind, homeAddress, careOfAddress }) => kind === "set" && known.has(pairKey(homeAddress, careOfAddress)),
  );
};

/** Removes what the filter has for this home agent address without a route. */
const removeStale = async (
  session: KernelSession,
  filter: SourceFilter,
  agent: Address,
  tunnels: Tunnels,
): Promise<void> => {
  const entries = await readClassic(session, agent);
  const elements = await filter.list([...tunnels.values()]);
  if (!entries.ok || !elements.ok) return;
  const routed = new Set(entries.value.map(({ homeAddress, careOfAddress }) => pairKey(homeAddress, careOfAddress)));
  const stale = elements.value.filter(
    ({ homeAddress, careOfAddress, homeAgentAddress }) =>
      addressEquals(homeAgentAddress, agent) && !routed.has(pairKey(homeAddress, careOfAddress)),
  );
  await filter.remove(stale, (careOf) => tunnels.get(addressKey(careOf))?.index);
};

/**
 * Puts changes of one instance into the kernel: tunnels that are missing, then who may send through them, then host
 * routes and proxy entries in order, then away with what may not send any more and with tunnels that nothing uses.
 */
export const applyClassic = async (
  session: KernelSession,
  filter: SourceFilter,
  instance: FoundInstance,
  asked: readonly ForwardingChange[],
): Promise<readonly Result<void, KernelError>[]> => {
  const agent = instance.spec.homeAgentAddress;
  const entries = await readClassic(session, agent);
  if (!entries.ok) return asked.map(() => entries);
  const changes = withKnown(asked, entries.value);
  const wanted = changes.flatMap((change) => (change.kind === "set" ? [change.careOfAddress] : []));
  const tunnels = await openTunnels(session, filter, agent, wanted);
  if (!tunnels.ok) return changes.map(() => tunnels);
  const indexOf: TunnelIndex = (careOf) => tunnels.value.get(addressKey(careOf))?.index;
  const { add } = elementsOf(agent, changes);
  const added = await filter.add([...add.values()], indexOf);
  if (!added.ok) return changes.map(() => added);
  const planned = changes.map((change) => requestsFor(instance, change, tunnels.value));
  const answers = (await session.each(planned.flatMap((requests) => requests ?? []))).values();
  const results = planned.map((requests): Result<void, KernelError> => {
    if (requests === undefined) return failed({ code: "system", errno: 0, message: "the tunnel could not be made" });
    const own = requests.map(() => answers.next().value ?? done);
    return own.find((result) => !result.ok) ?? done;
  });
  // What the kernel refused has replaced nothing, and what was let in for it must not stay.
  const taken = changes.filter((_, index) => results[index]?.ok !== false);
  await filter.remove(elementsOf(agent, taken).remove, indexOf);
  if (changes.length === 0 || taken.length < changes.length || repeatsKnown(asked, entries.value))
    await removeStale(session, filter, agent, tunnels.value);
  await deleteIdle(session, agent);
  return results;
};
