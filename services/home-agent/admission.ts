import { type HomeRegistrationPolicy, refusalOf, unknownBinding } from "#binding/rules.ts";
import { millis } from "#wire/time.ts";
import type { Acknowledgement, Envelope } from "./acknowledgement.ts";
import type { Counters } from "./counters.ts";
import type { InstanceBindings } from "./instance-bindings.ts";
import type { ReceivedUpdate } from "./instance-contract.ts";

/**
 * Which authentic Binding Updates reach their binding: none while the stream is not known, none that is under way already, none whose
 * timestamp is old (RFC 4285 §6), none that is refused where nothing is stored (RFC 6275 §9.5.1), none beyond the limit.
 * @returns the slot of the binding; undefined when the update is dropped or was answered
 */
export type Admission = (update: ReceivedUpdate) => number | undefined;

/** @param parts.inMotion most bindings that wait for duplicate detection, the log or the kernel */
export const createAdmission = (parts: {
  readonly bindings: InstanceBindings;
  readonly policy: HomeRegistrationPolicy;
  readonly inMotion: number;
  readonly counters: Counters;
  readonly isLevel: () => boolean;
  readonly refuse: (envelope: Envelope, acknowledgement: Acknowledgement) => void;
}): Admission => {
  const { policy, counters } = parts;
  const { cache, pending } = parts.bindings;
  return ({ envelope, request, isTimely, refuseReplay }) => {
    counters.bindingUpdatesReceived++;
    if (!parts.isLevel()) {
      // What is registered is not known yet: the mobile node asks again.
      counters.overloadDrops++;
      return undefined;
    }
    const { homeAddress } = envelope;
    const known = cache.find(homeAddress);
    const last = known < 0 ? undefined : cache.read(known);
    if (last !== undefined && last.sequence === request.sequence && pending.has(known)) {
      counters.retransmissionsIgnored++;
      return undefined;
    }
    if (!isTimely(last?.replayTimestamp ?? 0n)) {
      counters.replaysRefused++;
      refuseReplay();
      return undefined;
    }
    const status = known < 0 ? refusalOf(request, unknownBinding(homeAddress), policy) : undefined;
    if (status !== undefined) {
      // Nothing is stored for an address that is refused.
      parts.refuse(envelope, { status, sequence: request.sequence, lifetime: millis(0), mobileRouter: false });
      return undefined;
    }
    if (pending.size >= parts.inMotion && !pending.has(known)) {
      counters.overloadDrops++;
      return undefined;
    }
    return cache.reach(homeAddress);
  };
};
