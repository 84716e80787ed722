import { FLAG } from "#binding/rules.ts";
import { type Address, isLinkLocal, type MacAddress } from "#ipv6/address.ts";
import type { HomeAgentInstance } from "./instance-contract.ts";

/** Who answers Neighbor Solicitations on a home link. */
export type HomeLinkProxy = (target: Address) => { linkLayerAddress: MacAddress; router: boolean } | undefined;

/**
 * Who answers for an address on the home link of `device` (RFC 6275 §10.4.1): an instance held here, for its mobile nodes that are
 * away; with the L bit also for the link-local address of the same interface identifier.
 * @param isStill the program may have been stopped for a while: another node may be the one to answer
 */
export const createHomeLinkProxy =
  (device: string, instances: readonly HomeAgentInstance[], isStill: () => boolean): HomeLinkProxy =>
  (target) => {
    if (isStill()) return undefined;
    for (const { spec, role, intercepts } of instances) {
      if (spec.device !== device || role === "standby") continue;
      let homeAddress = target;
      if (isLinkLocal(target)) {
        homeAddress = spec.homePrefix.address.slice();
        homeAddress.set(target.subarray(8), 8);
      }
      const isOurs = isLinkLocal(target) ? intercepts(homeAddress, FLAG.linkLocalCompatibility) : intercepts(target);
      if (isOurs) return { linkLayerAddress: spec.virtualMac, router: false };
    }
    return undefined;
  };
