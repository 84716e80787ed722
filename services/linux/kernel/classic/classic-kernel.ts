import { addressEquals, addressKey, formatAddress } from "#ipv6/address.ts";
import { deleteDevice, listDevices } from "#linux/kernel/devices.ts";
import { pairKey } from "#linux/kernel/filter-changes.ts";
import {
  activateInstanceDevice,
  deactivateInstanceDevice,
  type FoundInstance,
  findInstance,
  isActive,
  listInstances,
  openInstanceDevice,
} from "#linux/kernel/instances.ts";
import { DEVICE_GROUP, instanceDevice } from "#linux/kernel/mark.ts";
import { deleteRoute, listOurRoutes } from "#linux/kernel/routes.ts";
import { removeOurRules } from "#linux/kernel/rules.ts";
import type { KernelSession } from "#linux/kernel/session.ts";
import type { FilterEntry, SourceFilter } from "#linux/kernel/source-filter.ts";
import { inOrder } from "#linux/kernel/steps.ts";
import { enableForwarding, type Sysctl, writeAll } from "#linux/kernel/sysctl.ts";
import { createTurns } from "#linux/kernel/turns.ts";
import type { AdoptedInstance, ForwardingChange, InstanceSpec, Kernel, KernelError } from "#ports/kernel.ts";
import { done, failed, ok, type Result } from "#wire/result.ts";
import { applyClassic, readClassic } from "./forwarding.ts";
import { addProxy, listProxies } from "./proxy.ts";
import { listTunnels } from "./tunnel-device.ts";

const CHUNK = 256;

const openInstance = (
  session: KernelSession,
  sysctl: Sysctl,
  filter: SourceFilter,
  spec: InstanceSpec,
): Promise<Result<void, KernelError>> => {
  const device = instanceDevice(spec.name);
  return inOrder(
    () => openInstanceDevice(session, sysctl, spec),
    () =>
      writeAll(sysctl, [
        [`conf/${device}/proxy_ndp`, "1"],
        // The kernel answers for home addresses at once, not after up to 0.8 s.
        [`neigh/${device}/proxy_delay`, "0"],
      ]),
    () => filter.openAgent(spec.homeAgentAddress),
  );
};

/** Proxy entries again: they went with the link. */
export const restoreProxies = async (
  session: KernelSession,
  instance: FoundInstance,
): Promise<Result<void, KernelError>> => {
  const entries = await readClassic(session, instance.spec.homeAgentAddress);
  if (!entries.ok) return entries;
  return session.all(entries.value.map(({ homeAddress }) => addProxy(instance.device.index, homeAddress)));
};

const activate = (session: KernelSession, instance: FoundInstance): Promise<Result<void, KernelError>> =>
  inOrder(
    () => activateInstanceDevice(session, instance),
    () => restoreProxies(session, instance),
  );

const adoptOne = async (
  session: KernelSession,
  { spec, device }: FoundInstance,
  active: boolean,
  elements: readonly FilterEntry[],
): Promise<Result<AdoptedInstance, KernelError>> => {
  const entries = await readClassic(session, spec.homeAgentAddress);
  if (!entries.ok) return entries;
  const proxies = active ? await listProxies(session, device.index) : ok([]);
  if (!proxies.ok) return proxies;
  const differences: string[] = [];
  const unmatched = new Map(
    elements
      .filter(({ homeAgentAddress }) => addressEquals(homeAgentAddress, spec.homeAgentAddress))
      .map((entry) => [pairKey(entry.homeAddress, entry.careOfAddress), entry]),
  );
  const answered = new Set(proxies.value.map(addressKey));
  for (const { homeAddress, careOfAddress } of entries.value) {
    if (!unmatched.delete(pairKey(homeAddress, careOfAddress)))
      differences.push(`route without source filter element: home address ${formatAddress(homeAddress)}`);
    if (active && !answered.has(addressKey(homeAddress)))
      differences.push(`route without proxy neighbour: home address ${formatAddress(homeAddress)}`);
  }
  for (const { homeAddress } of unmatched.values())
    differences.push(`source filter element without route: home address ${formatAddress(homeAddress)}`);
  return ok({ number: spec.number, active, entries: entries.value, differences });
};

const adopt = async (
  session: KernelSession,
  filter: SourceFilter,
): Promise<Result<readonly AdoptedInstance[], KernelError>> => {
  const instances = await listInstances(session);
  if (!instances.ok) return instances;
  const active = await isActive(session, instances.value);
  if (!active.ok) return active;
  const tunnels = await listTunnels(session);
  if (!tunnels.ok) return tunnels;
  const elements = await filter.list(tunnels.value);
  if (!elements.ok) return elements;
  const adopted: AdoptedInstance[] = [];
  for (const instance of instances.value) {
    const one = await adoptOne(session, instance, active.value.has(instance.spec.number), elements.value);
    if (!one.ok) return one;
    adopted.push(one.value);
  }
  return ok(adopted);
};

const clear = (session: KernelSession, filter: SourceFilter): Promise<Result<void, KernelError>> =>
  inOrder(
    () => removeOurRules(session),
    async () => {
      const routes = await listOurRoutes(session);
      return routes.ok ? session.all(routes.value.map((route) => deleteRoute(route))) : routes;
    },
    async () => {
      const devices = await listDevices(session);
      if (!devices.ok) return devices;
      return session.all(
        devices.value.filter(({ group }) => group === DEVICE_GROUP).map(({ index }) => deleteDevice(index)),
      );
    },
    () => filter.clear(),
  );

/**
 * The classic plane: MIPL2's (features.md §5, §11): an ip6tnl device for each pair of home agent address and care-of
 * address, a host route for each home address, the kernel's own proxy Neighbor Discovery. Good to about 1,000 bindings.
 */
export const createClassicKernel = (session: KernelSession, sysctl: Sysctl, filter: SourceFilter): Kernel => {
  const turns = createTurns();
  const withInstance = async (
    number: number,
    work: (instance: FoundInstance) => Promise<Result<void, KernelError>>,
  ): Promise<Result<void, KernelError>> => {
    const found = await findInstance(session, number);
    return found.ok ? work(found.value) : found;
  };

  const apply = async (number: number, changes: readonly ForwardingChange[]) => {
    const found = await findInstance(session, number);
    if (!found.ok) return changes.map(() => found);
    const results: Result<void, KernelError>[] = [];
    // Also without any change: then what a process that died left is removed.
    for (let start = 0; start === 0 || start < changes.length; start += CHUNK)
      results.push(...(await applyClassic(session, filter, found.value, changes.slice(start, start + CHUNK))));
    return results;
  };

  const closeInstance = async (number: number): Promise<Result<void, KernelError>> => {
    const found = await findInstance(session, number);
    if (!found.ok) return found.error.code === "not-found" ? done : found;
    const { spec, device } = found.value;
    const entries = await readClassic(session, spec.homeAgentAddress);
    if (!entries.ok) return entries;
    return inOrder(
      () => deactivateInstanceDevice(session, found.value),
      async () => {
        const results = await apply(
          number,
          entries.value.map((entry) => ({ kind: "remove" as const, ...entry })),
        );
        return results.find((result) => !result.ok) ?? done;
      },
      () => filter.closeAgent(spec.homeAgentAddress),
      () => session.all([deleteDevice(device.index)]),
    );
  };

  return {
    plane: "classic",
    tellsSenders: true,
    prepare: () =>
      turns.take("devices", () =>
        inOrder(
          () => enableForwarding(sysctl),
          () => filter.prepare(),
        ),
      ),
    adopt: () => adopt(session, filter),
    openInstance: (spec) =>
      spec.number < 1 || spec.number > 255
        ? Promise.resolve(
            failed({ code: "invalid", errno: 0, message: `instance number ${spec.number} is not 1 to 255` }),
          )
        : turns.take("devices", () => openInstance(session, sysctl, filter, spec)),
    closeInstance: (number) => turns.take("devices", () => turns.take(number, () => closeInstance(number))),
    activateInstance: (number) =>
      turns.take("devices", () => withInstance(number, (instance) => activate(session, instance))),
    deactivateInstance: (number) =>
      turns.take("devices", () => withInstance(number, (instance) => deactivateInstanceDevice(session, instance))),
    apply: (number, changes) => turns.take(number, () => apply(number, changes)),
    refusedPackets: () => filter.refusedPackets(),
    clear: () => turns.take("devices", () => clear(session, filter)),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
};
