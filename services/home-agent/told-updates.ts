import type { Digests } from "#mip6/digests.ts";
import { isKnownMessage } from "#mip6/messages/mobility-message.ts";
import { decodeMobilityPacket } from "#mip6/packet.ts";
import { MESSAGE_TYPES } from "#mip6/registry.ts";
import { areAddressesRight } from "#mip6/verdict.ts";
import type { Clock } from "#ports/clock.ts";
import type { TappedPacket } from "#ports/packets.ts";
import type { AuthenticationPolicy } from "./authentication.ts";
import { type Counters, createCounters } from "./counters.ts";
import type { EdgeChange } from "./edge-change.ts";
import type { HomeAgentInstance } from "./instance-contract.ts";
import { createUpdateReception } from "./update-reception.ts";

/**
 * What the holder of an edge tells its standbys because the log is silent (`silent-log.ts`): Binding Updates as their mobile nodes sent
 * them, authenticated here like all others. Their answer is not a standby's to give, so that nothing of them is refused or counted
 * as an update of its own; they are kept for the case that the edge comes here (`edge-change.ts`).
 */
export const createToldUpdates = (parts: {
  readonly authentication: AuthenticationPolicy;
  readonly digests: Digests;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly edgeChange: Pick<EdgeChange, "receiveTold">;
}): ((instance: HomeAgentInstance, packet: Pick<TappedPacket, "bytes" | "source">) => void) => {
  const { authentication, digests, clock, counters, edgeChange } = parts;
  const uncounted = createCounters();
  return (instance, { bytes, source }) => {
    const decoded = decodeMobilityPacket(bytes);
    if (!decoded.ok || !areAddressesRight(decoded.value, "home-agent")) return;
    const { message } = decoded.value;
    if (!isKnownMessage(message) || message.type !== MESSAGE_TYPES.bindingUpdate) return;
    const hear = createUpdateReception({
      ...{ authentication, digests, clock, counters: uncounted, acknowledge: () => undefined },
      // Only what is authentic is kept: strangers on the link must not push it out.
      take: (_, update) => {
        if (!edgeChange.receiveTold(instance.spec, { bytes, source })) return;
        counters.updatesToldByHolders++;
        instance.hearUpdate(update);
      },
    });
    hear(instance, message, decoded.value, { bytes, source });
  };
};
