import type { HomeRegistrationEvent, HomeRegistrationOutput } from "#binding/home-registration-events.ts";
import { startsDuplicateDetection } from "#binding/home-registration-machine.ts";
import { isAtRest, STATE } from "#binding/home-registrations.ts";
import { type BindingRecord, isNewer } from "#binding/record.ts";
import { FLAG, type HomeRegistrationPolicy, isBound } from "#binding/rules.ts";
import type { Ownership } from "#ports/binding-log.ts";
import type { ClusterEvent, InstanceRole } from "#ports/cluster.ts";
import type { InstanceSpec } from "#ports/kernel.ts";
import { after, millis } from "#wire/time.ts";
import type { Envelope } from "./acknowledgement.ts";
import { createAdmission } from "./admission.ts";
import { createBindingsView } from "./bindings-view.ts";
import { createFollowing, type Epochs } from "./following.ts";
import { createForwardingQueue } from "./forwarding-queue.ts";
import { createGroupCommitter, type GroupCommitter } from "./group-committer.ts";
import { createInstanceAudit } from "./instance-audit.ts";
import { createInstanceBindings, LAPSED_AGAIN } from "./instance-bindings.ts";
import type { HomeAgentInstance, InstanceDependencies, InstanceOptions } from "./instance-contract.ts";
import { createKernelWaiters } from "./kernel-waiters.ts";
import { createLedger } from "./ledger.ts";
import { createRefusals } from "./refusals.ts";
import { createRepair } from "./repair.ts";
import { createRivalWatch } from "./rival-watch.ts";
import { createSilentLog } from "./silent-log.ts";
import { createToldAhead } from "./told-ahead.ts";
import { createToldByOwner } from "./told-by-owner.ts";

export const createHomeAgentInstance = (
  spec: InstanceSpec,
  options: InstanceOptions,
  deps: InstanceDependencies,
): HomeAgentInstance => {
  const { clock, counters, log } = deps;
  const { limits } = options;
  const ledger = createLedger();
  const bindings = createInstanceBindings(
    { seed: options.seed, tombstones: limits.tombstones },
    { clock, isForwardingChanged: (slot) => forwarding.has(slot), onForgotten: ledger.forget },
  );
  const { cache, pending, tombstones, store } = bindings;
  const { slab, wheel } = cache;
  let edgeHeld = false;
  let level = false;
  const epochs: Epochs = { own: 0, known: 0 };
  /** Another node has claimed the stream since the edge came here. */
  let overtaken = false;
  let committer: GroupCommitter | undefined;
  /** The Binding Update being handled right now: refusals answer it, not the one under way. */
  let current: Envelope | undefined;

  const policy: HomeRegistrationPolicy = Object.freeze({
    ...options.policy,
    hasRoom: () => bindings.count < limits.bindings,
  });
  const role = (): InstanceRole => {
    if (!edgeHeld) return "standby";
    if (committer !== undefined) return "owner";
    return options.claims === false || overtaken ? "edge" : "claiming";
  };
  const toldAhead = createToldAhead(limits.inMotion);
  const kernelWaiters = createKernelWaiters(limits.inMotion);
  const refusals = createRefusals(clock, log);

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
      refusals.note(change, error);
      if (!forwarding.has(slot)) kernelWaiters.settle(slot, false);
      if (change.kind === "set" && pending.has(slot))
        dispatch(slot, {
          type: "forwarding.refused",
          careOfAddress: change.careOfAddress,
          now: clock.now(),
          epoch: epochs.own,
        });
    },
  });

  const rivals = createRivalWatch(clock, { counters, log });

  const repair = createRepair({
    ...{ cache, forwarding, pending, residents: deps.residents, tombstones, toldAhead, store },
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

  const silentLog = createSilentLog({
    silence: () => committer?.silence ?? millis(0),
    pending,
    tell: (moved) => deps.tellStandbys(spec, moved),
  });

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
    if (waiting !== undefined && current !== undefined && next.record.revision !== before.revision) {
      waiting.envelope = current;
      silentLog.waits(waiting);
    }
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
      dispatch(slot, { type: "duplicate.found", now: clock.now(), epoch: epochs.own });
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
    epochs.known = Math.max(epochs.known, ownership.epoch);
    epochs.own = ownership.epoch;
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
    repair.undoToldAhead();
    for (const slot of [...pending.keys()]) dispatch(slot, { type: "ownership.gained", epoch: epochs.own });
  };

  /** A fenced owner changes nothing. */
  const loseOwnership = () => {
    if (committer === undefined) return;
    counters.ownershipsLost++;
    committer.stop();
    committer = undefined;
    repair.undoUncommitted();
  };

  const follow = createFollowing({
    bindings,
    ledger,
    toldAhead,
    residents: deps.residents,
    counters,
    clock,
    epochs,
    isOwner: () => committer !== undefined,
    onStored: (slot) => {
      if (level) repair.reconcile(slot);
    },
  });

  const toldByOwner = createToldByOwner({
    ...{ bindings, policy, toldAhead, forwarding, kernelWaiters, repair, epochs, follow },
    isLevel: () => level,
  });

  const admit = createAdmission({
    bindings,
    policy,
    inMotion: limits.inMotion,
    counters,
    isLevel: () => level,
    refuse: (envelope, acknowledgement) => deps.acknowledge(envelope, acknowledgement, spec),
  });

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
      dispatch(slot, { type: "lifetime.expired", now, epoch: epochs.own });
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
        epochs.known = Math.max(epochs.known, event.epoch);
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
      return bindings.count;
    },
    get inMotion() {
      return pending.size;
    },
    get epoch() {
      return committer === undefined ? epochs.known : epochs.own;
    },
    ...toldByOwner,
    adopt: (entries, isWhole) => {
      repair.setWhole(isWhole);
      for (const { homeAddress, careOfAddress } of entries) slab.setProgrammed(cache.reach(homeAddress), careOfAddress);
    },
    postpones: (homeAddress) => {
      if (committer?.isBehind !== true && !forwarding.isBehind) return false;
      const slot = cache.find(homeAddress);
      return slot < 0 || (slab.stateAt(slot) === STATE.unregistered && !pending.has(slot));
    },
    receive: (update) => {
      const slot = admit(update);
      if (slot === undefined) return;
      const { envelope, request } = update;
      current = envelope;
      dispatch(slot, {
        type: request.lifetime === 0 ? "deregistration.received" : "registration.received",
        request,
        isForwarded: !forwarding.has(slot) && slab.isProgrammed(slot, request.careOfAddress),
        now: clock.now(),
        epoch: epochs.own,
      });
      current = undefined;
    },
    unanswered: () => [...pending.values()].flatMap(({ envelope }) => envelope ?? []),
    onClusterEvent: (event) => {
      if (event.type !== "stream.level") {
        onEvent(event);
        return event.type === "record.followed" ? forwarding.answered() : undefined;
      }
      if (level) return forwarding.idle();
      level = true;
      for (const slot of [...cache.slots()]) repair.reconcile(slot);
      repair.setWhole(true);
      return forwarding.idle();
    },
    audit,
    ...createBindingsView(bindings, clock, () => level),
    advance: (now) => {
      wheel.advance(now, onDue);
      silentLog.look();
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
