import { isIntercepting, STATE } from "#binding/home-registrations.ts";
import { MAX_DELETE_BCE_TIMEOUT } from "#binding/rules.ts";
import type { Clock } from "#ports/clock.ts";
import type { InstanceBindings } from "./instance-bindings.ts";
import type { HomeAgentInstance } from "./instance-contract.ts";

/** What others ask of the bindings of one instance: pages, neighbours of the home link, the kernel's tunnels. */
export type BindingsView = Pick<HomeAgentInstance, "shows" | "intercepts" | "forwardsTo">;

export const createBindingsView = (
  { cache }: Pick<InstanceBindings, "cache">,
  clock: Clock,
  isLevel: () => boolean,
): BindingsView => {
  const { slab } = cache;
  return {
    shows: (slot) => {
      const state = slab.stateAt(slot);
      if (state !== STATE.unregistered) return true;
      const record = cache.read(slot);
      return record.revision > 0 && clock.now() - record.expiresAt < MAX_DELETE_BCE_TIMEOUT;
    },
    intercepts: (homeAddress, flag = 0) => {
      const slot = cache.find(homeAddress);
      if (slot < 0 || (slab.flagsAt(slot) & flag) !== flag) return false;
      // Until the stream is level, what the kernel forwards is what there is.
      return isIntercepting(slab.stateAt(slot)) || (!isLevel() && slab.programmedAt(slot) !== undefined);
    },
    forwardsTo: (homeAddress) => {
      const slot = cache.find(homeAddress);
      return slot < 0 ? undefined : slab.programmedAt(slot);
    },
  };
};
