import { ROUTER } from "#chaos/simulation/home-link.ts";
import type { SimulatedNode } from "#chaos/simulation/simulated-node.ts";
import type { World } from "#chaos/simulation/world.ts";
import type { NodeCommand } from "#ports/node-bus.ts";
import type { SeededRandom } from "#simulator/seeded-random.ts";
import { type Milliseconds, millis } from "#wire/time.ts";

/** A fault that has been injected. */
export interface Injected {
  readonly targets: readonly string[];
  /** How long it lasts; 0 for a blow that is over at once. */
  readonly lasts: Milliseconds;
  /** How long after its end lost packets may still be its doing. */
  readonly allowance: Milliseconds;
  /** The longest time without packets that it explains; 0 where none may be lost. */
  readonly longestGap: Milliseconds;
  /** Others have to take edges because of it, whatever else has befallen them. */
  readonly movesEdges?: boolean;
  /** Puts right what it did; idempotent. */
  readonly heal: () => void;
}

/** One kind of fault. */
export interface Fault {
  readonly kind: string;
  /** How often it is drawn, beside the others. */
  readonly weight: number;
  /** Nothing else is injected before everything is at rest again. */
  readonly isAlone?: boolean;
  /** @returns undefined when it cannot be injected now */
  inject(world: World, random: SeededRandom): Injected | undefined;
}

/** What costs no packet. */
export const NOTHING_LOST = { allowance: millis(0), longestGap: millis(0) } as const;

/**
 * What a takeover costs: the last hello may have come an instant before, `missed` more are waited for and one tells the peers that it is
 * gone; then the kernel, the announcement and the switch.
 */
export const takeoverOf = ({ shape }: World): Pick<Injected, "allowance" | "longestGap"> => {
  const time = millis(shape.hello.interval * (shape.hello.missed + 2) + 60);
  return { allowance: time, longestGap: time };
};

export const running = (world: World): SimulatedNode[] => world.nodes.filter(({ main }) => main?.state === "running");
export const pickNode = (nodes: readonly SimulatedNode[], random: SeededRandom): SimulatedNode | undefined =>
  nodes.length === 0 ? undefined : random.pick(nodes);

/** Starts again what a supervisor would: not before the former process has ended. */
export const restartLater = (world: World, node: SimulatedNode, delay: number): void => {
  world.clock.start(millis(delay), () => {
    if (node.isStopping) restartLater(world, node, 50);
    else node.startMain();
  });
};

/** Asks a node what an operator asks it, again and again until it says that it is done. */
export const askUntilDone = (world: World, node: SimulatedNode, command: NodeCommand, signal: AbortSignal): void => {
  const ask = async (): Promise<void> => {
    const { balance } = node.cluster ?? {};
    const done = node.main?.state === "running" ? await balance?.command(node.name, command, signal) : undefined;
    if (done?.ok !== true && !signal.aborted) world.clock.start(millis(100), () => void ask());
  };
  void ask();
};

export const namesOf = (world: World): string[] => world.nodes.map(({ name }) => name);

const isLinkWhole = ({ nodes, link }: World): boolean => {
  const ends = [...nodes.map(({ name }) => name), ROUTER];
  return ends.every((from) => ends.every((to) => !link.isCut(from, to)));
};

/** Whether an operator would stop a node now: as its status says, it hears all others, and they can take over what it has. */
export const canSpare = (world: World, node: SimulatedNode): boolean =>
  node.main?.state === "running" &&
  !node.isStopping &&
  node.cluster?.peers().every(({ alive }) => alive) === true &&
  isLinkWhole(world) &&
  world.nodes.every(
    (other) =>
      other === node || (other.isLevel && other.guard?.process.state === "running" && other.cluster?.logAvailable),
  );
