import {
  type Address,
  addressEquals,
  formatAddress,
  formatPrefix,
  linkLocalOf,
  parseAddress,
  parsePrefix,
} from "#ipv6/address.ts";
import { NLM_F } from "#netlink/message.ts";
import { IFA_F } from "#netlink/route/address.ts";
import { link, MACVLAN_MODE, macvlanData, RTM_LINK } from "#netlink/route/link.ts";
import type { InstanceSpec, KernelError } from "#ports/kernel.ts";
import { done, failed, ok, type Result } from "#wire/result.ts";
import {
  addAddress,
  type Device,
  deleteDevice,
  findDevice,
  listAddresses,
  listDevices,
  removeAddress,
  setOurs,
  setUp,
  unmute,
} from "./devices.ts";
import { DEVICE_GROUP, instanceDevice, PRIORITY } from "./mark.ts";
import { isLocalRoute, lookUpRoute, setLocalRoute } from "./routes.ts";
import { deleteRule, listRules, type RuleSpec } from "./rules.ts";
import type { KernelSession, Request } from "./session.ts";
import { type Sysctl, writeAll } from "./sysctl.ts";

/** What the alias of an instance's device says, so that another process finds the instance by it. */
const aliasOf = (spec: InstanceSpec): string =>
  `roam6 instance ${spec.number} ${formatAddress(spec.homeAgentAddress)} ${formatPrefix(spec.homePrefix)}`;

/** An instance as its device tells it. */
export interface FoundInstance {
  readonly spec: InstanceSpec;
  readonly device: Device;
}

const readAlias = (device: Device, parent: string): FoundInstance | undefined => {
  const match = /^roam6 instance (\d+) (\S+) (\S+)$/.exec(device.alias);
  const agent = match?.[2] === undefined ? undefined : parseAddress(match[2]);
  const prefix = match?.[3] === undefined ? undefined : parsePrefix(match[3]);
  if (!agent?.ok || !prefix?.ok || device.group !== DEVICE_GROUP) return undefined;
  return {
    device,
    spec: {
      name: device.name.slice(instanceDevice("").length),
      number: Number(match?.[1]),
      homeAgentAddress: agent.value,
      homePrefix: prefix.value,
      virtualMac: device.address,
      device: parent,
    },
  };
};

/** All instances whose device is on this host. */
export const listInstances = async (session: KernelSession): Promise<Result<readonly FoundInstance[], KernelError>> => {
  const devices = await listDevices(session);
  if (!devices.ok) return devices;
  const names = new Map(devices.value.map(({ index, name }) => [index, name]));
  return ok(devices.value.flatMap((device) => readAlias(device, names.get(device.link) ?? "") ?? []));
};

/** @returns `not-found` when no instance of that number was opened, by this process or one before */
export const findInstance = async (
  session: KernelSession,
  number: number,
): Promise<Result<FoundInstance, KernelError>> => {
  const instances = await listInstances(session);
  if (!instances.ok) return instances;
  const found = instances.value.find(({ spec }) => spec.number === number);
  return found === undefined
    ? failed({ code: "not-found", errno: 0, message: `instance ${number} is not open` })
    : ok(found);
};

/**
 * Makes the macvlan device of an instance, down, so that it says nothing on the link (no MLD report, no Router
 * Solicitation, no address of its own); one that fits is left as it is, up or down.
 */
export const openInstanceDevice = async (
  session: KernelSession,
  sysctl: Sysctl,
  spec: InstanceSpec,
): Promise<Result<void, KernelError>> => {
  const parent = await findDevice(session, spec.device);
  if (!parent.ok) return parent;
  const name = instanceDevice(spec.name);
  const devices = await listDevices(session);
  if (!devices.ok) return devices;
  const present = devices.value.find((device) => device.name === name);
  const fits =
    present?.alias === aliasOf(spec) &&
    present.link === parent.value.index &&
    present.address.every((octet, index) => octet === spec.virtualMac[index]);
  if (fits) return done;
  const made = await session.all([
    ...(present === undefined ? [] : [deleteDevice(present.index)]),
    {
      what: `make the device ${name}`,
      message: link.encode({
        type: RTM_LINK.NEW,
        flags: NLM_F.CREATE | NLM_F.EXCL,
        attributes: {
          name,
          address: spec.virtualMac,
          link: parent.value.index,
          info: { kind: "macvlan", data: macvlanData.encode({ mode: MACVLAN_MODE.BRIDGE }) },
        },
      }),
    },
  ]);
  if (!made.ok) return made;
  const device = await findDevice(session, name);
  if (!device.ok) return device;
  const quiet = await writeAll(sysctl, [
    [`conf/${name}/accept_ra`, "0"],
    [`conf/${name}/dad_transmits`, "0"],
  ]);
  return quiet.ok ? session.all([setOurs(device.value.index, DEVICE_GROUP, aliasOf(spec))]) : quiet;
};

/** While it is there nothing that comes to the instance's device is forwarded or handed to this host's programs (`resting.ts`). */
export const restingRule = ({ name }: Pick<InstanceSpec, "name">): RuleSpec => ({
  priority: PRIORITY.RESTING,
  inputDevice: instanceDevice(name),
  drops: true,
});

/** The home agent address and the link-local address of the virtual MAC; neither has a route of its own. */
export const addressRequests = ({ spec, device }: FoundInstance): readonly Request[] => [
  addAddress({
    index: device.index,
    address: spec.homeAgentAddress,
    prefixLength: 128,
    flags: IFA_F.NOPREFIXROUTE,
  }),
  addAddress({
    index: device.index,
    address: linkLocalOf(spec.virtualMac),
    prefixLength: 64,
  }),
];

/** What an edge that rests needs to be taken; refused where its device is down. */
export const wakeRequests = ({ spec, device }: FoundInstance): readonly Request[] => [
  setLocalRoute(device.index, spec.homeAgentAddress),
  deleteRule(restingRule(spec)),
  unmute(device.index),
];

/**
 * Device up and heard, with its addresses, whether it was down or rested. The kernel makes an address local in its own time (a work
 * queue, also without duplicate address detection), tens of milliseconds later on a busy machine: until then tunnelled packets for
 * it would be sent back to the link.
 */
export const activationRequests = (instance: FoundInstance): readonly Request[] => [
  setUp(instance.device.index, true),
  ...wakeRequests(instance),
  ...addressRequests(instance),
];

/** Link first: an address deleted while it is up would send an MLD leave from the virtual MAC. */
export const withdrawalRequests = ({ spec, device }: FoundInstance): readonly Request[] => [
  setUp(device.index, false),
  deleteRule(restingRule(spec)),
  unmute(device.index),
  removeAddress(device.index, spec.homeAgentAddress, 128),
  removeAddress(device.index, linkLocalOf(spec.virtualMac), 64),
];

export const activateInstanceDevice = (
  session: KernelSession,
  instance: FoundInstance,
): Promise<Result<void, KernelError>> => session.all(activationRequests(instance));

export const deactivateInstanceDevice = (
  session: KernelSession,
  instance: FoundInstance,
): Promise<Result<void, KernelError>> => session.all(withdrawalRequests(instance));

/** Whether what comes for an address is this host's. */
const isLocal = async (session: KernelSession, destination: Address): Promise<Result<boolean, KernelError>> => {
  const looked = await session.ask("look up a local address", lookUpRoute(destination));
  // Nowhere to send it to: no local address either.
  if (!looked.ok) return looked.error.code === "permission" ? looked : ok(false);
  return ok(looked.value.some((message) => isLocalRoute(message)));
};

/**
 * Those whose device is up with the home agent address on it, which is this host's, and does not rest: an edge that rests is none,
 * also where somebody has removed its rule.
 */
export const isActive = async (
  session: KernelSession,
  instances: readonly FoundInstance[],
): Promise<Result<ReadonlySet<number>, KernelError>> => {
  const addresses = await listAddresses(session);
  if (!addresses.ok) return addresses;
  const rules = await listRules(session);
  // A kernel without policy rules has none that rest.
  if (!rules.ok && rules.error.code !== "unsupported") return rules;
  const present = rules.ok ? rules.value : [];
  const has = (index: number, agent: Address): boolean =>
    addresses.value.some((found) => found.index === index && addressEquals(found.address, agent));
  const rests = (spec: InstanceSpec): boolean => {
    const { priority, inputDevice } = restingRule(spec);
    return present.some((rule) => rule.priority === priority && rule.inputDevice === inputDevice);
  };
  const active = new Set<number>();
  for (const { spec, device } of instances) {
    if (!device.up || !has(device.index, spec.homeAgentAddress) || rests(spec)) continue;
    const local = await isLocal(session, spec.homeAgentAddress);
    if (!local.ok) return local;
    if (local.value) active.add(spec.number);
  }
  return ok(active);
};
