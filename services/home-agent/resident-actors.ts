import { createActor, fromPromise } from "xstate";
import type { BindingCache } from "#binding/binding-cache.ts";
import type { HomeRegistrationEvent, HomeRegistrationOutput } from "#binding/home-registration-events.ts";
import { homeRegistrationMachine } from "#binding/home-registration-machine.ts";
import { STATE, snapshotOf, stateNumber } from "#binding/home-registrations.ts";
import type { BindingRecord } from "#binding/record.ts";
import { FLAG, type HomeRegistrationPolicy } from "#binding/rules.ts";
import type { Address } from "#ipv6/address.ts";
import type { InstanceSpec } from "#ports/kernel.ts";
import type { NeighborDiscovery } from "#ports/neighbor-discovery.ts";
import { seconds } from "#wire/time.ts";

/** A binding that is about to be watched by a resident actor. */
interface Arrival {
  readonly state: number;
  readonly record: BindingRecord;
  readonly policy: HomeRegistrationPolicy;
  readonly spec: InstanceSpec;
  /** The event that makes it resident. */
  readonly event: HomeRegistrationEvent;
  /** Told after every transition, the last one included. */
  readonly settle: (
    slot: number,
    next: { readonly record: BindingRecord; readonly state: number },
    outputs: readonly HomeRegistrationOutput[],
  ) => void;
}

/** The bindings that wait for duplicate address detection: real actors, for as long as that lasts (DESIGN §3). */
export interface ResidentActors {
  readonly size: number;
  has(cache: BindingCache, slot: number): boolean;
  start(cache: BindingCache, slot: number, arrival: Arrival): void;
  send(cache: BindingCache, slot: number, event: HomeRegistrationEvent): void;
  stop(cache: BindingCache, slot: number): void;
  /** Duplicate address detection by itself, for optimistic registration. */
  detect(homeAddress: Address, flags: number, spec: InstanceSpec): Promise<boolean>;
}

/** DupAddrDetectTransmits and RetransTimer (RFC 4862 §5.1, RFC 4861 §10). */
const TRANSMITS = 1;
const RETRANSMIT = seconds(1);

/** The link-local address with the home address' interface identifier (RFC 6275 §10.3.1, L=1). */
export const linkLocalAddressOf = (homeAddress: Address): Address => {
  const value = homeAddress.slice();
  value.fill(0, 0, 8);
  value[0] = 0xfe;
  value[1] = 0x80;
  return value;
};

/**
 * Duplicate address detection for a home address, with bit L of `flags` for the link-local address too.
 * @throws where it cannot be carried out
 */
export type DetectDuplicates = (
  homeAddress: Address,
  flags: number,
  at: { readonly spec: InstanceSpec; readonly signal: AbortSignal },
) => Promise<"unique" | "duplicate">;

/** On the home link of this node itself. */
export const detectByNeighborDiscovery =
  (neighborDiscovery: NeighborDiscovery): DetectDuplicates =>
  async (homeAddress, flags, { spec, signal }) => {
    const targets = [homeAddress];
    if ((flags & FLAG.linkLocalCompatibility) !== 0) targets.push(linkLocalAddressOf(homeAddress));
    const results = await Promise.all(
      targets.map((target) =>
        neighborDiscovery.detectDuplicate({
          device: spec.device,
          target,
          transmits: TRANSMITS,
          retransmit: RETRANSMIT,
          signal,
        }),
      ),
    );
    for (const result of results) if (!result.ok) throw new Error(result.error.message);
    return results.some((result) => result.ok && result.value === "duplicate") ? "duplicate" : "unique";
  };

export const createResidentActors = (
  detectDuplicates: DetectDuplicates,
  told: {
    readonly onDuplicate: (homeAddress: Address) => void;
    /** Detection could not be carried out. */
    readonly onFailure: (homeAddress: Address, error: unknown) => void;
  },
): ResidentActors => {
  const actors = new Map<BindingCache, Map<number, { send(event: HomeRegistrationEvent): void; stop(): void }>>();
  let size = 0;
  const detection = async (
    homeAddress: Address,
    flags: number,
    spec: InstanceSpec,
    signal: AbortSignal,
  ): Promise<"unique" | "duplicate"> => {
    try {
      const outcome = await detectDuplicates(homeAddress, flags, { spec, signal });
      if (outcome === "duplicate") told.onDuplicate(homeAddress);
      return outcome;
    } catch (error) {
      if (!signal.aborted) told.onFailure(homeAddress, error);
      throw error;
    }
  };
  const machines = new Map<InstanceSpec, typeof homeRegistrationMachine>();
  /** One machine an instance: providing actors builds all its states anew. */
  const machineOf = (spec: InstanceSpec) => {
    const known = machines.get(spec);
    if (known !== undefined) return known;
    const machine = homeRegistrationMachine.provide({
      actors: {
        detectDuplicate: fromPromise(({ input, signal }) => detection(input.homeAddress, input.flags, spec, signal)),
      },
    });
    machines.set(spec, machine);
    return machine;
  };
  const of = (cache: BindingCache, slot: number) => actors.get(cache)?.get(slot);
  const remove = (cache: BindingCache, slot: number) => {
    const actor = of(cache, slot);
    if (actor === undefined) return;
    actors.get(cache)?.delete(slot);
    size--;
    actor.stop();
  };
  return {
    get size() {
      return size;
    },
    has: (cache, slot) => of(cache, slot) !== undefined,
    start: (cache, slot, { state, record, policy, spec, event, settle }) => {
      const machine = machineOf(spec);
      const actor = createActor(machine, {
        snapshot: snapshotOf(state, { record, policy }),
        input: { record, policy },
      });
      let outputs: HomeRegistrationOutput[] = [];
      let isStarted = false;
      actor.on("*", (output) => outputs.push(output));
      actor.subscribe((snapshot) => {
        if (!isStarted) return;
        const told = outputs;
        outputs = [];
        const next = { record: snapshot.context.record, state: stateNumber(snapshot) };
        // Passive again before anything is carried out: the next event may come from within.
        if (next.state !== STATE.detectingDuplicates) remove(cache, slot);
        settle(slot, next, told);
      });
      actor.start();
      isStarted = true;
      const siblings =
        actors.get(cache) ?? new Map<number, { send(event: HomeRegistrationEvent): void; stop(): void }>();
      actors.set(cache, siblings);
      siblings.set(slot, actor);
      size++;
      actor.send(event);
    },
    send: (cache, slot, event) => of(cache, slot)?.send(event),
    stop: remove,
    // Registered already; what could not be looked for takes nothing away.
    detect: async (homeAddress, flags, spec) =>
      (await detection(homeAddress, flags, spec, new AbortController().signal).catch(() => "unique")) === "duplicate",
  };
};
