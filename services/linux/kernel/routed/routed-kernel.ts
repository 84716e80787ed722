import { UNSPECIFIED } from "#ipv6/address.ts";
import { type DevicePair, makePair } from "#linux/kernel/device-pair.ts";
import { deleteDevice, listDevices } from "#linux/kernel/devices.ts";
import {
  activateInstanceDevice,
  deactivateInstanceDevice,
  findInstance,
  openInstanceDevice,
} from "#linux/kernel/instances.ts";
import {
  DECAPSULATE_MARK,
  DEVICE_GROUP,
  ENCAPSULATION_PAIR,
  PLACEHOLDER_SOURCE,
  PRIORITY,
  TABLE,
} from "#linux/kernel/mark.ts";
import { deleteRoute, listOurRoutes, setLocalRoute, setRoute } from "#linux/kernel/routes.ts";
import { deleteRule, ensureRules, type RuleSpec, removeOurRules, yieldLocalRule } from "#linux/kernel/rules.ts";
import { setTunnelSource } from "#linux/kernel/segment-routing.ts";
import type { KernelSession } from "#linux/kernel/session.ts";
import { inOrder } from "#linux/kernel/steps.ts";
import { enableForwarding, type Sysctl, writeAll } from "#linux/kernel/sysctl.ts";
import { tunnelMtu, wayOutMtu } from "#linux/kernel/tunnel-mtu.ts";
import { createTurns } from "#linux/kernel/turns.ts";
import type { ForwardingChange, InstanceSpec, Kernel, KernelError } from "#ports/kernel.ts";
import { done, failed, type Result } from "#wire/result.ts";
import { adoptInstances } from "./adoption.ts";
import { prepareFilter, readRefused, removeFilter, setAgent } from "./filter-table.ts";
import { applyChanges, METRIC_BASE, removeStale } from "./forwarding.ts";

const DEFAULT = { address: UNSPECIFIED, length: 0 };

/** Rules that do not depend on an instance; those on instances send packets for a home prefix into the device pair. */
const RULES: readonly RuleSpec[] = [
  { priority: PRIORITY.DECAPSULATE, mark: DECAPSULATE_MARK, table: TABLE.DECAPSULATE },
  { priority: PRIORITY.ENCAPSULATED_INPUT, inputDevice: ENCAPSULATION_PAIR.exit, table: TABLE.BINDINGS },
  { priority: PRIORITY.ENCAPSULATED_OUTPUT, inputDevice: "lo", table: TABLE.BINDINGS },
  // What has passed the pair and has no binding, and what this host says itself, goes its usual way.
  { priority: PRIORITY.PASSED },
  { priority: PRIORITY.PASS_INPUT, inputDevice: ENCAPSULATION_PAIR.exit, goto: PRIORITY.PASSED },
  { priority: PRIORITY.PASS_OUTPUT, inputDevice: "lo", goto: PRIORITY.PASSED },
];

const homePrefixRule = (spec: InstanceSpec): RuleSpec => ({
  priority: PRIORITY.HOME_PREFIX + spec.number,
  destination: spec.homePrefix,
  table: TABLE.ENCAPSULATE,
});

const prepare = async (session: KernelSession, sysctl: Sysctl): Promise<Result<DevicePair, KernelError>> => {
  const forwarding = await enableForwarding(sysctl);
  if (!forwarding.ok) return forwarding;
  const wayOut = await wayOutMtu(session);
  if (!wayOut.ok) return wayOut;
  const pair = await makePair(session, ENCAPSULATION_PAIR, tunnelMtu(wayOut.value));
  if (!pair.ok) return pair;
  const { entry, exit } = pair.value;
  const made = await inOrder(
    () => writeAll(sysctl, [[`conf/${ENCAPSULATION_PAIR.exit}/accept_ra`, "0"]]),
    () => setTunnelSource(session, PLACEHOLDER_SOURCE),
    () =>
      session.all([
        // What this kernel finds too big once it is encapsulated it tells the outer source, which is this: it stays here.
        setLocalRoute(exit, PLACEHOLDER_SOURCE),
        setRoute({
          table: TABLE.ENCAPSULATE,
          destination: DEFAULT,
          device: entry,
          priority: METRIC_BASE,
          action: { kind: "gateway", gateway: ENCAPSULATION_PAIR.exitAddress },
        }),
        setRoute({
          table: TABLE.DECAPSULATE,
          destination: DEFAULT,
          device: exit,
          priority: METRIC_BASE,
          action: { kind: "decapsulate", table: TABLE.ENCAPSULATE },
        }),
      ]),
    () => prepareFilter(session),
    () => yieldLocalRule(session),
    () => ensureRules(session, RULES),
  );
  return made.ok ? pair : made;
};

/** Removes the bindings of an instance, found in the kernel, and its filter elements, also those that no route goes with. */
const removeBindings = async (session: KernelSession, spec: InstanceSpec): Promise<Result<void, KernelError>> => {
  const routes = await listOurRoutes(session);
  if (!routes.ok) return routes;
  const ours = routes.value.filter(
    ({ table, priority }) => table === TABLE.BINDINGS && priority === METRIC_BASE + spec.number,
  );
  return inOrder(
    () => session.all(ours.map((route) => deleteRoute(route))),
    () => removeStale(session, spec),
  );
};

const clear = (session: KernelSession): Promise<Result<void, KernelError>> =>
  inOrder(
    () => removeOurRules(session),
    async () => {
      const devices = await listDevices(session);
      if (!devices.ok) return devices;
      return session.all(
        devices.value.filter(({ group }) => group === DEVICE_GROUP).map(({ index }) => deleteDevice(index)),
      );
    },
    async () => {
      const routes = await listOurRoutes(session);
      return routes.ok ? session.all(routes.value.map((route) => deleteRoute(route))) : routes;
    },
    () => removeFilter(session),
    () => setTunnelSource(session, UNSPECIFIED),
  );

/**
 * The routed plane: one encapsulating route and one filter element for each binding, no device for each (DESIGN §5).
 * Neighbor Solicitations for home addresses are answered by the program, not by the kernel.
 */
export const createRoutedKernel = (session: KernelSession, sysctl: Sysctl): Kernel => {
  let pair: DevicePair | undefined;
  const turns = createTurns();
  /** Instances opened by this process: what `apply` needs at hand. */
  const opened = new Map<number, InstanceSpec>();
  /** Of these, the ones whose filter may have elements of an earlier life that no route goes with. */
  const untidy = new Set<number>();

  const openInstance = (spec: InstanceSpec): Promise<Result<void, KernelError>> =>
    inOrder(
      () => openInstanceDevice(session, sysctl, spec),
      () => setAgent(session, spec.homeAgentAddress, true),
      () => ensureRules(session, [homePrefixRule(spec)]),
      async () => {
        opened.set(spec.number, spec);
        untidy.add(spec.number);
        return done;
      },
    );

  const closeInstance = async (number: number): Promise<Result<void, KernelError>> => {
    const found = await findInstance(session, number);
    opened.delete(number);
    if (!found.ok) return found.error.code === "not-found" ? done : found;
    const { spec, device } = found.value;
    return inOrder(
      () => deactivateInstanceDevice(session, found.value),
      () => removeBindings(session, spec),
      () => session.all([deleteRule(homePrefixRule(spec))]),
      () => setAgent(session, spec.homeAgentAddress, false),
      () => session.all([deleteDevice(device.index)]),
    );
  };

  const apply = async (
    number: number,
    changes: readonly ForwardingChange[],
  ): Promise<readonly Result<void, KernelError>[]> => {
    const spec = opened.get(number);
    if (spec === undefined || pair === undefined) {
      const message = `instance ${number} is not open`;
      return changes.map(() => failed({ code: "not-found", errno: 0, message }));
    }
    const target = { number, homeAgentAddress: spec.homeAgentAddress, device: pair.exit };
    const results = await applyChanges(session, target, changes);
    // Here and not when it is opened: a guard opens it too, and may not take away what is about to get its route.
    if (untidy.has(number) && (await removeStale(session, target)).ok) untidy.delete(number);
    return results;
  };

  return {
    plane: "routed",
    prepare: () =>
      turns.take("devices", async () => {
        const prepared = await prepare(session, sysctl);
        if (!prepared.ok) return prepared;
        pair = prepared.value;
        return done;
      }),
    adopt: () => adoptInstances(session),
    openInstance: (spec) => turns.take("devices", () => openInstance(spec)),
    closeInstance: (number) => turns.take("devices", () => turns.take(number, () => closeInstance(number))),
    activateInstance: (number) =>
      turns.take("devices", async () => {
        const found = await findInstance(session, number);
        return found.ok ? activateInstanceDevice(session, found.value) : found;
      }),
    deactivateInstance: (number) =>
      turns.take("devices", async () => {
        const found = await findInstance(session, number);
        return found.ok ? deactivateInstanceDevice(session, found.value) : found;
      }),
    apply: (number, changes) => turns.take(number, () => apply(number, changes)),
    refusedPackets: () => readRefused(session),
    clear: () =>
      turns.take("devices", () => {
        opened.clear();
        return clear(session);
      }),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
};
