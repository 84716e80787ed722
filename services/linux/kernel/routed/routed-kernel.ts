import { deleteDevice, listDevices } from "#linux/kernel/devices.ts";
import {
  activateInstanceDevice,
  deactivateInstanceDevice,
  findInstance,
  openInstanceDevice,
  restingRule,
} from "#linux/kernel/instances.ts";
import { DEVICE_GROUP, PRIORITY, TABLE } from "#linux/kernel/mark.ts";
import { deleteRoute, listOurRoutes } from "#linux/kernel/routes.ts";
import { deleteRule, ensureRules, type RuleSpec, removeOurRules } from "#linux/kernel/rules.ts";
import type { KernelSession } from "#linux/kernel/session.ts";
import { inOrder } from "#linux/kernel/steps.ts";
import { enableForwarding, type Sysctl } from "#linux/kernel/sysctl.ts";
import { createTurns } from "#linux/kernel/turns.ts";
import type { ForwardingChange, InstanceSpec, Kernel, KernelError } from "#ports/kernel.ts";
import { done, failed, type Result } from "#wire/result.ts";
import { adoptInstances } from "./adoption.ts";
import type { Encapsulation } from "./encapsulation.ts";
import { applyChanges, METRIC_BASE, removeStale, type Suspects } from "./forwarding.ts";
import { createTidying } from "./tidying.ts";

/** Packets for a home prefix go where those of them that have a binding are encapsulated. */
const homePrefixRule = (spec: InstanceSpec, table: number): RuleSpec => ({
  priority: PRIORITY.HOME_PREFIX + spec.number,
  destination: spec.homePrefix,
  table,
});

/** Removes the bindings of an instance, found in the kernel, and its filter elements, also those that no route goes with. */
const removeBindings = async (
  session: KernelSession,
  encapsulation: Encapsulation,
  spec: InstanceSpec,
): Promise<Result<void, KernelError>> => {
  const routes = await listOurRoutes(session);
  if (!routes.ok) return routes;
  const ours = routes.value.filter(
    ({ table, priority }) => table === TABLE.BINDINGS && priority === METRIC_BASE + spec.number,
  );
  return inOrder(
    () => session.all(ours.map((route) => deleteRoute(route))),
    () => removeStale(session, { ...spec, encapsulation }),
  );
};

const clear = (session: KernelSession, encapsulation: Encapsulation): Promise<Result<void, KernelError>> =>
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
    () => encapsulation.clear(),
  );

/**
 * The routed plane: one encapsulating route and one filter element for each binding, no device for each (DESIGN §5).
 * Neighbor Solicitations for home addresses are answered by the program, not by the kernel.
 */
export const createRoutedKernel = (session: KernelSession, sysctl: Sysctl, encapsulation: Encapsulation): Kernel => {
  /** Index of the device that the routes of bindings name. */
  let device: number | undefined;
  const turns = createTurns();
  /** Instances opened by this process: what `apply` needs at hand. */
  const opened = new Map<number, InstanceSpec>();
  const tidying = createTidying();

  const openInstance = (spec: InstanceSpec): Promise<Result<void, KernelError>> =>
    inOrder(
      () => openInstanceDevice(session, sysctl, spec),
      () => encapsulation.setAgent(spec.homeAgentAddress, true),
      () => ensureRules(session, [homePrefixRule(spec, encapsulation.homePrefixTable)]),
      async () => {
        opened.set(spec.number, spec);
        tidying.suspectAll(spec.number);
        return done;
      },
    );

  const closeInstance = async (number: number): Promise<Result<void, KernelError>> => {
    const found = await findInstance(session, number);
    opened.delete(number);
    if (!found.ok) return found.error.code === "not-found" ? done : found;
    const { spec, device: own } = found.value;
    return inOrder(
      () => deactivateInstanceDevice(session, found.value),
      () => removeBindings(session, encapsulation, spec),
      () =>
        session.all([deleteRule(homePrefixRule(spec, encapsulation.homePrefixTable)), deleteRule(restingRule(spec))]),
      () => encapsulation.setAgent(spec.homeAgentAddress, false),
      () => session.all([deleteDevice(own.index)]),
    );
  };

  const apply = async (
    number: number,
    changes: readonly ForwardingChange[],
  ): Promise<readonly Result<void, KernelError>[]> => {
    const spec = opened.get(number);
    if (spec === undefined || device === undefined) {
      const message = `instance ${number} is not open`;
      return changes.map(() => failed({ code: "not-found", errno: 0, message }));
    }
    const target = { number, homeAgentAddress: spec.homeAgentAddress, device, encapsulation };
    const suspects: Suspects = new Map();
    const results = await applyChanges(session, target, changes, suspects);
    // Here and not when it is opened: a guard opens it too, and may not take away what is about to get its route.
    await tidying.suspect(number, suspects, (all) => removeStale(session, target, all));
    return results;
  };

  return {
    plane: "routed",
    tellsSenders: encapsulation.tellsSenders,
    prepare: () =>
      turns.take("devices", async () => {
        const forwarding = await enableForwarding(sysctl);
        if (!forwarding.ok) return forwarding;
        const prepared = await encapsulation.prepare();
        if (!prepared.ok) return prepared;
        device = prepared.value;
        return done;
      }),
    adopt: () => adoptInstances(session, encapsulation.elements),
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
    refusedPackets: () => encapsulation.refusedPackets(),
    clear: () =>
      turns.take("devices", () => {
        opened.clear();
        device = undefined;
        return clear(session, encapsulation);
      }),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
};
