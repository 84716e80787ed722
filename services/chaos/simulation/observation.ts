import type { BindingRecord } from "#binding/record.ts";
import { decodeEntry } from "#bus/entry-message.ts";
import { addressKey, formatAddress } from "#ipv6/address.ts";
import { isNewerSequence } from "#mip6/sequence.ts";
import type { Clock } from "#ports/clock.ts";
import type { InstanceSpec } from "#ports/kernel.ts";
import type { StoredMessage } from "#simulator/fake-jetstream-contract.ts";
import { type Instant, instantOf } from "#wire/time.ts";
import type { Recorder } from "./recorder.ts";
import type { SimulatedNode } from "./simulated-node.ts";

/** What the log and the nodes know of bindings. */
export interface Observation {
  /** A node that knows another version of a binding than the log. */
  findApart(): string | undefined;
  /** Writes down what the log, and every node's cache and kernel hold. */
  observeBindings(): void;
}

/** A record, by the clock of who has it. */
interface Dated<Of> {
  readonly record: Of;
  readonly now: Instant;
}
type Version = Pick<BindingRecord, "sequence" | "lifetime" | "expiresAt">;

/**
 * Whether the log lacks what a node knows of a home address. What has ended need not be there; but what it had ended must not be
 * registered there again: by a de-registration not even after its lifetime, for who reads the log then goes back to that sequence number.
 */
export const isApart = (
  { record: known, now }: Dated<Version>,
  { record: stored, now: logNow }: Dated<Version | undefined>,
): boolean => {
  if (stored?.sequence === known.sequence) return false;
  if (known.lifetime > 0 && known.expiresAt > now) return true;
  return (
    stored !== undefined &&
    stored.lifetime > 0 &&
    (known.lifetime === 0 || stored.expiresAt > logNow) &&
    isNewerSequence(known.sequence, stored.sequence)
  );
};

export const observe = (world: {
  readonly clock: Clock;
  readonly nodes: readonly SimulatedNode[];
  readonly recorder: Recorder;
  readonly specs: readonly InstanceSpec[];
  /** What the log of an instance holds. */
  readonly messages: (instance: string) => readonly StoredMessage[];
}): Observation => {
  const { clock, nodes, recorder, specs } = world;

  const committed = (instance: string) =>
    world.messages(instance).flatMap(({ data }) => {
      const entry = decodeEntry(data, { now: instantOf(clock.now()), wall: clock.wall() });
      return entry.ok && entry.value.kind === "record" ? [entry.value.record] : [];
    });

  const findApart = (): string | undefined => {
    for (const { name, number } of specs) {
      const inLog = new Map(committed(name).map((record) => [addressKey(record.homeAddress), record]));
      for (const { name: node, agent, clock: own } of nodes) {
        const cache = agent?.instances.find(({ spec }) => spec.number === number)?.cache;
        const known = new Map<string, BindingRecord>();
        for (const slot of cache?.slots() ?? []) {
          const record = cache?.read(slot);
          if (record !== undefined) known.set(addressKey(record.homeAddress), record);
        }
        for (const [key, record] of known)
          if (isApart({ record, now: own.now() }, { record: inLog.get(key), now: clock.now() })) return node;
        for (const [key, { sequence, lifetime, expiresAt }] of inLog)
          if (lifetime > 0 && expiresAt > clock.now() && known.get(key)?.sequence !== sequence) return node;
      }
    }
    return undefined;
  };

  const observeBindings = (): void => {
    for (const { name, number } of specs) {
      const bindings = committed(name)
        .filter(({ lifetime }) => lifetime > 0)
        .map(({ homeAddress, careOfAddress, sequence }) => ({
          homeAddress: formatAddress(homeAddress),
          careOfAddress: formatAddress(careOfAddress),
          sequence,
        }));
      recorder.note({ type: "bindings.observed", holder: "log", instance: name, bindings });
      for (const node of nodes) {
        const own = node.agent?.instances.find(({ spec }) => spec.number === number);
        const entries = [...(node.kernel.instances.get(number)?.entries.values() ?? [])];
        recorder.note({
          type: "bindings.observed",
          holder: node.name,
          instance: name,
          bindings: entries.map(({ homeAddress, careOfAddress }) => {
            const slot = own?.cache.find(homeAddress) ?? -1;
            return {
              homeAddress: formatAddress(homeAddress),
              careOfAddress: formatAddress(careOfAddress),
              sequence: slot < 0 ? 0 : (own?.cache.read(slot).sequence ?? 0),
            };
          }),
        });
      }
    }
  };

  return { findApart, observeBindings };
};
