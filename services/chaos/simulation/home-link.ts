import type { Clock } from "#ports/clock.ts";
import type { SeededRandom } from "#simulator/seeded-random.ts";
import { type Milliseconds, millis } from "#wire/time.ts";

/** The router between the home link and the rest, as an end of the link. */
export const ROUTER = "router";

/** What happens to packets of the home link while it is disturbed. */
export interface Disturbance {
  readonly loss: number;
  readonly duplication: number;
  /** Each packet is late by up to this much, so that they overtake each other. */
  readonly jitter: Milliseconds;
}

/**
 * The home link: who reaches whom, and to whom its switch sends what is for an instance's virtual MAC: the node that last spoke from
 * it, as heard where the router is plugged in.
 */
export interface HomeLink {
  /** Cuts one way between two ends; gives what heals it. Cuts add up. */
  cut(from: string, to: string): () => void;
  isCut(from: string, to: string): boolean;
  disturb(disturbance: Disturbance): () => void;
  /** Packets get lost, doubled or late. */
  readonly isDisturbed: boolean;
  /** When the copies of a packet arrive: after these times; none when it is lost. */
  ways(from: string, to: string): readonly Milliseconds[];
  /** A node spoke from the virtual MAC of an instance. */
  speak(node: string, instance: number): void;
  /** Where the router's packets for the virtual MAC go. */
  holder(instance: number): string | undefined;
}

export const createHomeLink = (deps: {
  readonly clock: Clock;
  readonly random: SeededRandom;
  /** The switch learned where a virtual MAC is. */
  readonly onLearned: (instance: number, node: string) => void;
}): HomeLink => {
  const { random } = deps;
  const cuts = new Map<string, number>();
  const disturbances = new Set<Disturbance>();
  const holders = new Map<number, string>();
  const keyOf = (from: string, to: string): string => `${from} ${to}`;
  const isCut = (from: string, to: string): boolean => (cuts.get(keyOf(from, to)) ?? 0) > 0;
  return {
    cut: (from, to) => {
      const key = keyOf(from, to);
      cuts.set(key, (cuts.get(key) ?? 0) + 1);
      let isHealed = false;
      return () => {
        if (isHealed) return;
        isHealed = true;
        cuts.set(key, (cuts.get(key) ?? 1) - 1);
      };
    },
    isCut,
    get isDisturbed() {
      return disturbances.size > 0;
    },
    disturb: (disturbance) => {
      disturbances.add(disturbance);
      return () => void disturbances.delete(disturbance);
    },
    ways: (from, to) => {
      if (isCut(from, to)) return [];
      let delays = [random.between(0.1, 0.6)];
      for (const { loss, duplication, jitter } of disturbances) {
        if (random.chance(loss)) return [];
        delays = delays.map((delay) => delay + random.fraction() * jitter);
        const [first] = delays;
        if (first !== undefined && random.chance(duplication)) delays.push(first + random.fraction() * 5);
      }
      return delays.map(millis);
    },
    speak: (node, instance) => {
      if (isCut(node, ROUTER) || holders.get(instance) === node) return;
      holders.set(instance, node);
      deps.onLearned(instance, node);
    },
    holder: (instance) => holders.get(instance),
  };
};
