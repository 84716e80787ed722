import { setTimeout as delay } from "node:timers/promises";
import type { KernelError } from "#ports/kernel.ts";
import { done, type Result } from "#wire/result.ts";
import { mute, setUp } from "./devices.ts";
import { ERRNO } from "./errno.ts";
import { addressRequests, type FoundInstance, restingRule } from "./instances.ts";
import { deleteLocalRoute } from "./routes.ts";
import { addRule, deleteRule } from "./rules.ts";
import type { KernelSession, Request } from "./session.ts";

/** The kernel makes an address local in its own time, tens of milliseconds later on a busy machine. */
const LOCAL_TRIES = 50;
const LOCAL_PACE = 20;
/** No device has this index. */
const NO_DEVICE = 0x7fffffff;

/**
 * An edge that is another node's rests: its device stays up with its addresses, but sends nothing, takes nothing, and the home
 * agent address is not this host's. To take a device down and its addresses away, and to bring it up again, has the kernel look at
 * every route of the host each time, tens of milliseconds for 100,000, with its locks held and a processor's network input standing.
 */
export const restRequests = ({ spec, device }: FoundInstance): readonly Request[] => [
  mute(device.index),
  // The kernel lets the same rule in twice.
  deleteRule(restingRule(spec)),
  addRule(restingRule(spec)),
  // Ours, and what the kernel made for the address.
  deleteLocalRoute(device.index, spec.homeAgentAddress),
  deleteLocalRoute(device.index, spec.homeAgentAddress),
];

/** Whether this kernel can mute a device: what is up must not speak. Asks about a device that is not there. */
export const canRest = async (session: KernelSession): Promise<boolean> => {
  const [answer] = await session.each([{ ...mute(NO_DEVICE), allow: [] }]);
  return answer?.ok === false && answer.error.errno === ERRNO.ENODEV;
};

/** Has a device that is down rest, so that the first takeover finds it as all later ones do. */
export const layToRest = async (
  session: KernelSession,
  instance: FoundInstance,
): Promise<Result<void, KernelError>> => {
  const { spec, device } = instance;
  const laid = await session.all([...restRequests(instance), setUp(device.index, true), ...addressRequests(instance)]);
  if (!laid.ok) return laid;
  const gone = { ...deleteLocalRoute(device.index, spec.homeAgentAddress), allow: [] };
  for (let tried = 0; tried < LOCAL_TRIES; tried++) {
    const [answer] = await session.each([gone]);
    if (answer?.ok === true) return done;
    await delay(LOCAL_PACE);
  }
  // A kernel that makes no such route needs none taken away.
  return done;
};
