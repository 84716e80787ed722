import { STATE } from "#binding/home-registrations.ts";
import { isNewer } from "#binding/record.ts";
import { type HomeRegistrationPolicy, isBound, refusalOf } from "#binding/rules.ts";
import type { Epochs, Following } from "./following.ts";
import type { ForwardingQueue } from "./forwarding-queue.ts";
import type { InstanceBindings } from "./instance-bindings.ts";
import type { HomeAgentInstance } from "./instance-contract.ts";
import type { KernelWaiters } from "./kernel-waiters.ts";
import type { Repair } from "./repair.ts";
import type { ToldAhead } from "./told-ahead.ts";

/** What an edge does at the word of the owner on another node, beside the stream (DESIGN §4.2, §4.5). */
export type ToldByOwner = Pick<HomeAgentInstance, "hearEpoch" | "forwardAhead" | "hearUpdate" | "adoptRecord">;

export const createToldByOwner = (parts: {
  readonly bindings: InstanceBindings;
  readonly policy: HomeRegistrationPolicy;
  readonly toldAhead: ToldAhead;
  readonly forwarding: Pick<ForwardingQueue, "has">;
  readonly kernelWaiters: Pick<KernelWaiters, "wait">;
  readonly repair: Pick<Repair, "reconcile">;
  readonly epochs: Epochs;
  readonly isLevel: () => boolean;
  readonly follow: Following;
}): ToldByOwner => {
  const { toldAhead, epochs } = parts;
  const { cache } = parts.bindings;
  const { slab } = cache;

  const forwardAhead: ToldByOwner["forwardAhead"] = (told) => {
    const slot = cache.find(told.homeAddress);
    if (!parts.isLevel() || slot < 0 || slab.stateAt(slot) !== STATE.registered) return;
    if (isNewer(told, cache.read(slot)) && toldAhead.note(slot, told)) parts.repair.reconcile(slot);
  };

  return {
    hearEpoch: (told) => {
      if (told < epochs.known) return false;
      epochs.known = told;
      return true;
    },
    forwardAhead,
    hearUpdate: ({ envelope, request, isTimely }) => {
      const slot = cache.find(envelope.homeAddress);
      if (slot < 0 || request.lifetime === 0) return;
      const record = cache.read(slot);
      if (!isTimely(record.replayTimestamp) || refusalOf(request, record, parts.policy) !== undefined) return;
      // The version that its record will have, whoever commits it.
      const { homeAddress, epoch, revision } = record;
      forwardAhead({ homeAddress, careOfAddress: request.careOfAddress, epoch, revision: revision + 1 });
    },
    adoptRecord: (record, done) => {
      if (!parts.isLevel()) return done(false);
      const known = cache.find(record.homeAddress);
      const isNews = known < 0 || isNewer(record, cache.read(known));
      parts.follow(record);
      const slot = cache.find(record.homeAddress);
      if (slot < 0) return done(!isBound(record));
      const { careOfAddress: _, ...ended } = record;
      if (isNews) toldAhead.note(slot, isBound(record) ? record : ended);
      parts.repair.reconcile(slot);
      if (parts.forwarding.has(slot)) return parts.kernelWaiters.wait(slot, done);
      done((slab.programmedAt(slot) !== undefined) === isBound(record));
    },
  };
};
