import { createBindingCache } from "#binding/binding-cache.ts";
import type { HomeRegistrationEvent, HomeRegistrationOutput } from "#binding/home-registration-events.ts";
import { startsDuplicateDetection } from "#binding/home-registration-machine.ts";
import { isAtRest, isIntercepting, STATE } from "#binding/home-registrations.ts";
import { type BindingRecord, isNewer } from "#binding/record.ts";
import { FLAG, type HomeRegistrationPolicy, isBound, refusalOf, unknownBinding } from "#binding/rules.ts";
import { formatAddress } from "#ipv6/address.ts";
import { isNewerSequence } from "#mip6/sequence.ts";
import type { Ownership } from "#ports/binding-log.ts";
import type { ClusterEvent, InstanceRole } from "#ports/cluster.ts";
import type { InstanceSpec } from "#ports/kernel.ts";
import { after, type Milliseconds, seconds } from "#wire/time.ts";
import type { Envelope } from "./acknowledgement.ts";
import { createForwardingQueue } from "./forwarding-queue.ts";
import { createGroupCommitter, type GroupCommitter } from "./group-committer.ts";
import { createInstanceAudit } from "./instance-audit.ts";
import type { HomeAgentInstance, InstanceDependencies, InstanceLimits } from "./instance-contract.ts";
import { createKernelWaiters } from "./kernel-waiters.ts";
import { createLedger } from "./ledger.ts";
import { createRefusals } from "./refusals.ts";
import { createRepair, type Pending } from "./repair.ts";
import { createRivalWatch } from "./rival-watch.ts";
import { createToldAhead } from "./told-ahead.ts";
import { createTombstones } from "./tombstones.ts";

/** An ended binding is shown as invalid so long (RFC 6275 §10.3.2, §12). */
const MAX_DELETE_BCE_TIMEOUT = seconds(10);
/** A standby node looks again so often whether it has become the owner of a binding whose lifetime is over. */
const LAPSED_AGAIN = seconds(10);

export const createHomeAgentInstance = (
  spec: InstanceSpec,
  options: {
    readonly policy: Omit<HomeRegistrationPolicy, "hasRoom">;
    readonly limits: InstanceLimits;
    readonly seed: number;
    /** False where there is no home agent beside the edge. */
    readonly claims?: boolean;
  },
  deps: InstanceDependencies,
): HomeAgentInstance => {
  const { clock, counters, log } = deps;
  const { limits } = options;
  const cache = createBindingCache({ seed: options.seed, now: clock.now() });
  const { slab, wheel } = cache;
  const pending = new Map<number, Pending>();
  let bindings = 0;
  let edgeHeld = false;
  let level = false;
  let epoch = 0;
  /** Greatest epoch heard of; commands of a smaller one are refused (DESIGN §4.4). */
  let knownEpoch = 0;
  /** Another node has claimed the stream since the edge came here. */
  let overtaken = false;
  let committer: GroupCommitter | undefined;
  /** The Binding Update being handled right now: refusals answer it, not the one under way. */
  let current: Envelope | undefined;

  const policy: HomeRegistrationPolicy = Object.freeze({
    ...options.policy,
    hasRoom: () => bindings < limits.bindings,
  });
  const role = (): InstanceRole => {
    if (!edgeHeld) return "standby";
    if (committer !== undefined) return "owner";
    return options.claims === false || overtaken ? "edge" : "claiming";
  };
  const ledger = createLedger();
  const toldAhead = createToldAhead(limits.inMotion);
  const kernelWaiters = createKernelWaiters(limits.inMotion);
  const refusals = createRefusals();

  const forwarding = createForwardingQueue({
    kernel: deps.kernel,
    number: spec.number,
    clock,
    onProgrammed: (slot, careOfAddress) => {
      counters.forwardingChanges++;
      audit.touched(slot);
      slab.setProgrammed(slot, careOfAddress);
      refusals.taken(slab.homeAddressAt(slot));
      if (!forwarding.has(slot)) kernelWaiters.settle(slot, true);
      if (pending.has(slot)) dispatch(slot, { type: "forwarding.programmed", careOfAddress });
    },
    onWithdrawn: (slot) => {
      counters.forwardingChanges++;
      audit.touched(slot);
      slab.setProgrammed(slot, undefined);
      if (!forwarding.has(slot)) kernelWaiters.settle(slot, true);
      if (pending.has(slot)) dispatch(slot, { type: "forwarding.withdrawn" });
      else if (slab.stateAt(slot) === STATE.unregistered && cache.read(slot).revision === 0) {
        ledger.forget(slot);
        cache.remove(slot);
      }
    },
    onRefused: (slot, change, error) => {
      counters.forwardingRefusals++;
      if (refusals.isNews(change.homeAddress, clock.now()))
        log.warn(
          { homeAddress: formatAddress(change.homeAddress), change: change.kind, error },
          "kernel refused a forwarding change",
        );
      if (!forwarding.has(slot)) kernelWaiters.settle(slot, false);
      if (change.kind === "set" && pending.has(slot))
        dispatch(slot, {
          type: "forwarding.refused",
          careOfAddress: change.careOfAddress,
          now: clock.now(),
          epoch,
        });
    },
  });

  const rivals = createRivalWatch(clock, (homeAddress, careOfAddresses) => {
    counters.rivalRegistrations++;
    log.warn(
      { homeAddress: formatAddress(homeAddress), careOfAddresses: careOfAddresses.map(formatAddress) },
      "two mobile nodes may have this home address and its key: its care-of address goes to and fro",
    );
  });

  const tombstones = createTombstones(cache, {
    limit: limits.tombstones,
    isInKernel: (slot) => slab.programmedAt(slot) !== undefined || forwarding.has(slot),
    onForgotten: ledger.forget,
  });

  /** Writes a record and its state, and keeps the count and the due time in step with them. */
  const store = (slot: number, record: BindingRecord, state: number) => {
    const before = slab.stateAt(slot) !== STATE.unregistered && slab.stateAt(slot) !== STATE.ending;
    const isCounted = state !== STATE.unregistered && state !== STATE.ending;
    bindings += Number(isCounted) - Number(before);
    slab.write(slot, record);
    slab.setState(slot, state);
    if (state === STATE.unregistered) {
      if (record.revision > 0) tombstones.remember(slot, clock.now());
      return;
    }
    tombstones.revive(slot);
    const former = state === STATE.deregistering ? pending.get(slot)?.committed.record : undefined;
    if (state === STATE.lapsed) wheel.set(slot, after(clock.now(), LAPSED_AGAIN));
    // Forwarded until its end is committed, but no longer than its lifetime (DESIGN §4.8).
    else if (former !== undefined && isBound(former)) wheel.set(slot, former.expiresAt);
    else if (isBound(record) && state !== STATE.detectingDuplicates) wheel.set(slot, record.expiresAt);
    else wheel.cancel(slot);
  };

  const repair = createRepair({
    cache,
    forwarding,
    pending,
    residents: deps.residents,
    tombstones,
    toldAhead,
    store,
    isOver: ({ expiresAt }) => expiresAt <= clock.now(),
  });

  const execute = (slot: number, output: HomeRegistrationOutput) => {
    switch (output.type) {
      case "commit":
        committer?.add(slot, output.record);
        return;
      case "program":
        deps.forward(spec, cache.read(slot));
        repair.program(slot, output.homeAddress, output.careOfAddress);
        return;
      case "withdraw":
        repair.withdraw(slot, output.homeAddress, output.careOfAddress);
        return;
      case "advertise":
        deps.advertise(output.homeAddress, output.flags, spec);
        return;
      case "acknowledge": {
        const refused = output.status >= 128;
        const envelope = (refused ? current : undefined) ?? pending.get(slot)?.envelope;
        if (envelope === undefined) return;
        const mobileRouter =
          !refused && policy.mobileNetworkPrefixes !== undefined && (slab.flagsAt(slot) & FLAG.mobileRouter) !== 0;
        deps.acknowledge(envelope, { ...output, mobileRouter }, spec, refused ? undefined : cache.read(slot));
        return;
      }
      default:
        output satisfies never;
    }
  };

  /** Stores what a transition made of a binding and carries out what it asks for. */
  const settle = (
    slot: number,
    next: { readonly record: BindingRecord; readonly state: number },
    outputs: readonly HomeRegistrationOutput[],
  ) => {
    const state = slab.stateAt(slot);
    const before = cache.read(slot);
    const isChanged = next.state !== state || isNewer(next.record, before) || next.record.lifetime !== before.lifetime;
    if (!isAtRest(next.state) && !pending.has(slot))
      pending.set(slot, { envelope: undefined, committed: { record: before, state } });
    const waiting = pending.get(slot);
    if (waiting !== undefined && current !== undefined && next.record.revision !== before.revision)
      waiting.envelope = current;
    if (current !== undefined && isBound(before) && isBound(next.record))
      rivals.note(before.homeAddress, before.careOfAddress, next.record.careOfAddress);
    if (isChanged) store(slot, next.record, next.state);
    for (const output of outputs) execute(slot, output);
    if (isAtRest(next.state)) {
      pending.delete(slot);
      if (next.state === STATE.unregistered && next.record.revision === 0) tombstones.forget(slot);
    }
  };

  const dispatch = (slot: number, event: HomeRegistrationEvent) => {
    const state = slab.stateAt(slot);
    if (deps.residents.has(cache, slot)) {
      deps.residents.send(cache, slot, event);
      return;
    }
    const record = cache.read(slot);
    if (
      event.type === "registration.received" &&
      (state === STATE.unregistered || state === STATE.ending || state === STATE.lapsed) &&
      startsDuplicateDetection({ record, policy }, event)
    ) {
      deps.residents.start(cache, slot, { state, record, policy, spec, event, settle });
      return;
    }
    const step = deps.step(state, record, policy, event);
    settle(slot, step, step.outputs);
    if (policy.duplicateAddressDetection === "optimistic" && step.state === STATE.committing && state !== step.state)
      detectMeanwhile(slot, step.record);
  };

  /** Optimistic registration: what duplicate address detection finds later is told to whom was registered. */
  const detectMeanwhile = (slot: number, { homeAddress, flags }: BindingRecord) => {
    const envelope = current;
    void deps.residents.detect(homeAddress, flags, spec).then((isDuplicate) => {
      if (!isDuplicate || cache.find(homeAddress) !== slot) return;
      current = envelope;
      dispatch(slot, { type: "duplicate.found", now: clock.now(), epoch });
      current = undefined;
    });
  };

  const onCommitted = (slots: readonly number[], records: readonly BindingRecord[]) => {
    counters.commits++;
    counters.recordsCommitted += slots.length;
    for (const [at, slot] of slots.entries()) {
      const record = records[at];
      const waiting = pending.get(slot);
      if (record === undefined || waiting === undefined) continue;
      waiting.committed = { record, state: isBound(record) ? STATE.registered : STATE.unregistered };
      dispatch(slot, { type: "binding.committed", epoch: record.epoch, revision: record.revision });
    }
  };

  const gainOwnership = (ownership: Ownership) => {
    committer?.stop();
    overtaken = false;
    knownEpoch = Math.max(knownEpoch, ownership.epoch);
    epoch = ownership.epoch;
    committer = createGroupCommitter({
      ownership,
      clock,
      onCommitted,
      onFenced: () => loseOwnership(),
      onUnavailable: (error) => {
        counters.commitRetries++;
        log.warn({ instance: spec.name, error }, "the log does not answer; acknowledgements wait");
      },
    });
    for (const slot of [...pending.keys()]) dispatch(slot, { type: "ownership.gained", epoch });
  };

  /** A fenced owner changes nothing. */
  const loseOwnership = () => {
    if (committer === undefined) return;
    counters.ownershipsLost++;
    committer.stop();
    committer = undefined;
    repair.undoUncommitted();
  };

  /** @param sequence where the stream has it; left out for a record that comes another way */
  const follow = (record: BindingRecord, sequence?: number) => {
    const slot = cache.reach(record.homeAddress);
    const local = cache.read(slot);
    const waiting = committer === undefined ? pending.get(slot) : undefined;
    // What is served while the stream is claimed counts from what the stream had: its owner writes the same revision.
    const known = waiting?.committed.record ?? local;
    const isAgain = sequence !== undefined && sequence <= ledger.sequenceOf(slot);
    if (sequence !== undefined) ledger.note(slot, record, sequence);
    knownEpoch = Math.max(knownEpoch, record.epoch);
    const isBehind = toldAhead.outdates(slot, record);
    // The owner forgets a tombstone before others may: it then counts revisions from 1 again, in the stream's order.
    const beginsAnew =
      committer === undefined &&
      !pending.has(slot) &&
      !isBehind &&
      !isAgain &&
      !isBound(known) &&
      isBound(record) &&
      record.epoch >= known.epoch;
    if (!isNewer(record, known) && !beginsAnew) return;
    counters.recordsFollowed++;
    epoch = Math.max(epoch, record.epoch);
    const isOver = record.expiresAt <= clock.now();
    const state = isBound(record) ? (isOver ? STATE.lapsed : STATE.registered) : STATE.unregistered;
    if (waiting && isNewerSequence(local.sequence, record.sequence) && !deps.residents.has(cache, slot)) {
      // The mobile node has said more since than the stream knows.
      waiting.committed = { record, state };
      store(slot, { ...local, epoch: record.epoch, revision: record.revision + 1 }, slab.stateAt(slot));
      return;
    }
    deps.residents.stop(cache, slot);
    pending.delete(slot);
    store(slot, record, state);
    if (level) repair.reconcile(slot);
  };

  const audit = createInstanceAudit({
    cache,
    ledger,
    forwarding,
    clock,
    counters,
    isInMotion: (slot) => pending.has(slot),
    recover: follow,
    adopt: follow,
    committer: () => committer,
    repair,
  });

  const onDue = (slot: number) => {
    const state = slab.stateAt(slot);
    const now = clock.now();
    if (state === STATE.unregistered) tombstones.forget(slot);
    else if (role() === "standby" || role() === "edge") {
      if (state === STATE.lapsed) wheel.set(slot, after(now, LAPSED_AGAIN));
      else dispatch(slot, { type: "lifetime.lapsed" });
    } else {
      counters.bindingsExpired++;
      dispatch(slot, { type: "lifetime.expired", now, epoch });
    }
  };

  const onEvent = (event: Exclude<ClusterEvent, { type: "stream.level" }>): void => {
    switch (event.type) {
      case "edge.taken":
        edgeHeld = true;
        overtaken = false;
        return;
      case "edge.withdrawn":
        edgeHeld = false;
        // Served while the stream was claimed: committed at a later takeover it would overrule what happened since.
        loseOwnership();
        repair.undoUncommitted();
        return;
      case "ownership.gained":
        gainOwnership(event.ownership);
        return;
      case "ownership.lost":
        loseOwnership();
        return;
      case "record.followed":
        follow(event.record, event.sequence);
        return;
      case "epoch.followed":
        knownEpoch = Math.max(knownEpoch, event.epoch);
        if (!event.own && edgeHeld && committer === undefined) overtaken = true;
        return;
      case "stream.lost":
        counters.entriesLost++;
        return;
      case "log.available":
        return;
      default:
        event satisfies never;
    }
  };

  return {
    spec,
    cache,
    get role() {
      return role();
    },
    get level() {
      return level;
    },
    get bindings() {
      return bindings;
    },
    get inMotion() {
      return pending.size;
    },
    get epoch() {
      return committer === undefined ? knownEpoch : epoch;
    },
    hearEpoch: (told) => {
      if (told < knownEpoch) return false;
      knownEpoch = told;
      return true;
    },
    forwardAhead: (told) => {
      const slot = cache.find(told.homeAddress);
      if (!level || slot < 0 || slab.stateAt(slot) !== STATE.registered) return;
      if (isNewer(told, cache.read(slot)) && toldAhead.note(slot, told)) repair.reconcile(slot);
    },
    adoptRecord: (record, done) => {
      if (!level) return done(false);
      const known = cache.find(record.homeAddress);
      const isNews = known < 0 || isNewer(record, cache.read(known));
      follow(record);
      const slot = cache.find(record.homeAddress);
      if (slot < 0) return done(!isBound(record));
      const { careOfAddress: _, ...ended } = record;
      if (isNews) toldAhead.note(slot, isBound(record) ? record : ended);
      repair.reconcile(slot);
      if (forwarding.has(slot)) return kernelWaiters.wait(slot, done);
      done((slab.programmedAt(slot) !== undefined) === isBound(record));
    },
    adopt: (entries, isWhole) => {
      repair.setWhole(isWhole);
      for (const { homeAddress, careOfAddress } of entries) slab.setProgrammed(cache.reach(homeAddress), careOfAddress);
    },
    postpones: (homeAddress) => {
      if (committer?.isBehind !== true && !forwarding.isBehind) return false;
      const slot = cache.find(homeAddress);
      return slot < 0 || (slab.stateAt(slot) === STATE.unregistered && !pending.has(slot));
    },
    receive: ({ envelope, request, isTimely, refuseReplay }) => {
      counters.bindingUpdatesReceived++;
      if (!level) {
        // What is registered is not known yet: the mobile node asks again.
        counters.overloadDrops++;
        return;
      }
      const { homeAddress } = envelope;
      const known = cache.find(homeAddress);
      const last = known < 0 ? undefined : cache.read(known);
      if (last !== undefined && last.sequence === request.sequence && pending.has(known)) {
        counters.retransmissionsIgnored++;
        return;
      }
      if (!isTimely(last?.replayTimestamp ?? 0n)) {
        counters.replaysRefused++;
        refuseReplay();
        return;
      }
      const refusal = known < 0 ? refusalOf(request, unknownBinding(homeAddress), policy) : undefined;
      if (refusal !== undefined) {
        // Nothing is stored for an address that is refused.
        deps.acknowledge(
          envelope,
          { status: refusal, sequence: request.sequence, lifetime: 0 as Milliseconds, mobileRouter: false },
          spec,
        );
        return;
      }
      if (pending.size >= limits.inMotion && !pending.has(known)) {
        counters.overloadDrops++;
        return;
      }
      const slot = cache.reach(homeAddress);
      current = envelope;
      dispatch(slot, {
        type: request.lifetime === 0 ? "deregistration.received" : "registration.received",
        request,
        isForwarded: !forwarding.has(slot) && slab.isProgrammed(slot, request.careOfAddress),
        now: clock.now(),
        epoch,
      });
      current = undefined;
    },
    onClusterEvent: (event) => {
      if (event.type !== "stream.level") return onEvent(event);
      if (level) return forwarding.idle();
      level = true;
      for (const slot of [...cache.slots()]) repair.reconcile(slot);
      repair.setWhole(true);
      return forwarding.idle();
    },
    audit,
    shows: (slot) => {
      const state = slab.stateAt(slot);
      if (state !== STATE.unregistered) return true;
      const record = cache.read(slot);
      return record.revision > 0 && clock.now() - record.expiresAt < MAX_DELETE_BCE_TIMEOUT;
    },
    advance: (now) => wheel.advance(now, onDue),
    intercepts: (homeAddress, flag = 0) => {
      const slot = cache.find(homeAddress);
      if (slot < 0 || (slab.flagsAt(slot) & flag) !== flag) return false;
      // Until the stream is level, what the kernel forwards is what there is.
      return isIntercepting(slab.stateAt(slot)) || (!level && slab.programmedAt(slot) !== undefined);
    },
    forwardsTo: (homeAddress) => {
      const slot = cache.find(homeAddress);
      return slot < 0 ? undefined : slab.programmedAt(slot);
    },
    stop: () => {
      committer?.stop();
      kernelWaiters.stop();
      forwarding.stop();
      for (const slot of pending.keys()) deps.residents.stop(cache, slot);
      pending.clear();
    },
  };
};
