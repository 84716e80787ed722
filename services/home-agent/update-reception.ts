import { FLAG } from "#binding/rules.ts";
import type { Digests } from "#mip6/digests.ts";
import type { BindingUpdate } from "#mip6/messages/binding-messages.ts";
import type { MobilityPacket } from "#mip6/packet.ts";
import { BINDING_STATUS } from "#mip6/registry.ts";
import { correctedTimestamp } from "#mip6/replay-timestamp.ts";
import type { Clock } from "#ports/clock.ts";
import type { InstanceSpec } from "#ports/kernel.ts";
import { millis } from "#wire/time.ts";
import { type Acknowledgement, type Envelope, envelopeOf } from "./acknowledgement.ts";
import { type AuthenticationPolicy, authenticateUpdate, isTimestampValid } from "./authentication.ts";
import { type HomeBindingUpdate, judgeBindingUpdate } from "./binding-update.ts";
import type { Counters } from "./counters.ts";
import type { HomeAgentInstance, ReceivedUpdate } from "./instance-contract.ts";

/**
 * What an update without the H bit is told: a mobile router registers at its home agent alone (RFC 3963 §6.2), the
 * registration type of a binding never changes (RFC 6275 §9.5.1). Nothing here keeps correspondent registrations.
 */
const correspondentRefusal = (instance: HomeAgentInstance, update: HomeBindingUpdate): number | undefined => {
  if ((update.request.flags & FLAG.mobileRouter) !== 0) return BINDING_STATUS.mobileRouterOperationNotPermitted;
  if (instance.intercepts(update.homeAddress)) return BINDING_STATUS.registrationTypeChangeDisallowed;
  return undefined;
};

/** Judges and authenticates a Binding Update, and passes on what is authentic (RFC 6275 §9.5.1, RFC 4285 §5). */
export type UpdateReception = (
  instance: HomeAgentInstance,
  message: BindingUpdate,
  packet: MobilityPacket,
  received: Parameters<typeof envelopeOf>[1],
) => void;

export const createUpdateReception = (parts: {
  readonly authentication: AuthenticationPolicy;
  readonly digests: Digests;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly acknowledge: (envelope: Envelope, said: Acknowledgement, spec: InstanceSpec) => void;
  /** Takes what is authentic. */
  readonly take: (instance: HomeAgentInstance, update: ReceivedUpdate) => void;
}): UpdateReception => {
  const { authentication, digests, clock, counters } = parts;
  const refuse = (status: number, sequence: number, envelope: Envelope, spec: InstanceSpec) =>
    parts.acknowledge(envelope, { status, sequence, lifetime: millis(0), mobileRouter: false }, spec);

  return (instance, message, packet, received) => {
    const { spec } = instance;
    const verdict = judgeBindingUpdate(packet, message);
    if (verdict.kind === "silence") {
      counters.packetsIgnored++;
      return;
    }
    const { update } = verdict;
    const { sequence } = update.request;
    if (verdict.kind === "correspondent-registration") {
      counters.packetsIgnored++;
      const status = correspondentRefusal(instance, update);
      if (status !== undefined) refuse(status, sequence, envelopeOf(update, received, {}), spec);
      return;
    }
    const authentic = authenticateUpdate(authentication, digests, update, packet.mobilityBytes);
    if (authentic.kind === "silence") {
      counters.packetsIgnored++;
      return;
    }
    if (authentic.kind === "refused") {
      counters.authenticationFailures++;
      refuse(authentic.status, sequence, envelopeOf(update, received, authentic), spec);
      return;
    }
    const { timestamp, association } = authentic;
    parts.take(instance, {
      envelope: envelopeOf(update, received, authentic),
      request: { ...update.request, replayTimestamp: timestamp ?? 0n, spi: association?.spi ?? 0 },
      isTimely: (last) => isTimestampValid(authentication, timestamp, last, clock.wall()),
      refuseReplay: () => {
        const corrected = correctedTimestamp(timestamp ?? 0n, clock.wall());
        const envelope = envelopeOf(update, received, { ...authentic, timestamp: corrected });
        refuse(BINDING_STATUS.identifierMismatch, sequence, envelope, spec);
      },
    });
  };
};
