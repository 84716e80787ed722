import { setTimeout as delay } from "node:timers/promises";
import { addressEquals } from "#ipv6/address.ts";
import type { KernelError } from "#ports/kernel.ts";
import { done, type Result } from "#wire/result.ts";
import { listAddresses, mute, setUp } from "./devices.ts";
import { ERRNO } from "./errno.ts";
import { addressRequests, type FoundInstance, restingRule, withdrawalRequests } from "./instances.ts";
import { deleteLocalRoute } from "./routes.ts";
import { addRule, deleteRule, listRules, sameRule } from "./rules.ts";
import type { KernelSession, Request } from "./session.ts";

/** The kernel makes an address local in its own time, tens of milliseconds later on a busy machine. */
const LOCAL_TRIES = 50;
const LOCAL_PACE = 20;
/** No device has this index. */
const NO_DEVICE = 0x7fffffff;

/** Ours, and what the kernel made for the address. */
export const localRouteRemovals = ({ spec, device }: FoundInstance): readonly Request[] => [
  deleteLocalRoute(device.index, spec.homeAgentAddress),
  deleteLocalRoute(device.index, spec.homeAgentAddress),
];

/**
 * An edge that is another node's rests: its device stays up with its addresses, but sends nothing, what comes to it is dropped (but
 * for Neighbor Solicitations, whose answers are not sent), and the home agent address is not this host's. To take a device down and its addresses away, and to bring it up again, has the kernel look at
 * every route of the host each time, tens of milliseconds for 100,000, with its locks held and a processor's network input standing.
 */
export const restRequests = ({ spec, device }: FoundInstance): readonly Request[] => [
  mute(device.index),
  deleteRule(restingRule(spec)),
  addRule(restingRule(spec)),
  ...localRouteRemovals({ spec, device }),
];

/** Whether this kernel can mute a device: what is up must not speak. One without queueing disciplines does not look for the device. */
export const canRest = async (session: KernelSession): Promise<boolean> => {
  const [answer] = await session.each([{ ...mute(NO_DEVICE), allow: [] }]);
  return answer?.ok === false && answer.error.errno === ERRNO.ENODEV;
};

/** Takes away what the kernel makes of a new address in its own time. */
const awaitLocalRoute = async (session: KernelSession, { spec, device }: FoundInstance): Promise<void> => {
  const gone = { ...deleteLocalRoute(device.index, spec.homeAgentAddress), allow: [] };
  for (let tried = 0; tried < LOCAL_TRIES; tried++) {
    const [answer] = await session.each([gone]);
    if (answer?.ok === true) return;
    await delay(LOCAL_PACE);
  }
};

/**
 * Has an edge rest that nobody holds here, whatever its device is like, so that the first takeover finds it as all later ones do;
 * nothing is changed of one that rests. Mute and deaf before it is up; where that is refused it stays down.
 */
export const layToRest = async (
  session: KernelSession,
  instance: FoundInstance,
): Promise<Result<void, KernelError>> => {
  const { spec, device } = instance;
  const addresses = await listAddresses(session);
  if (!addresses.ok) return addresses;
  const hadAddress = addresses.value.some(
    ({ index, address }) => index === device.index && addressEquals(address, spec.homeAgentAddress),
  );
  const rules = await listRules(session);
  if (!rules.ok) return rules;
  const isDeaf = rules.value.some((rule) => sameRule(rule, restingRule(spec)));
  if (device.up && hadAddress && isDeaf)
    return session.all([{ ...mute(device.index), allow: [] }, ...localRouteRemovals(instance)]);
  const quiet = await session.all([{ ...mute(device.index), allow: [] }, ...restRequests(instance)]);
  const laid = quiet.ok ? await session.all([setUp(device.index, true), ...addressRequests(instance)]) : quiet;
  if (!laid.ok) {
    await session.all([...withdrawalRequests(instance)]);
    return laid;
  }
  if (!hadAddress) await awaitLocalRoute(session, instance);
  return done;
};
