import { ask } from "#lab/programs.ts";
import { LAB } from "#lab/topology.ts";
import { now } from "./clock.ts";
import type { Span } from "./report.ts";
import type { Scene } from "./scene.ts";

/** Keeps the story's states by time: one label holds until the next is noted. */
export interface Chronicle {
  note(label: string, at?: number): void;
  spans(until: number): Span[];
}

export const createChronicle = (): Chronicle => {
  const notes: { at: number; label: string }[] = [];
  return {
    note: (label, at = now()) => {
      if (notes.at(-1)?.label !== label) notes.push({ at, label });
    },
    spans: (until) => notes.map(({ at, label }, n) => ({ from: at, to: notes[n + 1]?.at ?? until, label })),
  };
};

const OBSERVE_EVERY = 100;

/** Notes which home agent holds the edge of the mobile node's instance, until it is disposed of. */
export const observeOwner = (scene: Scene, chronicle: Chronicle): AsyncDisposable => {
  let ended = false;
  const observing = (async () => {
    while (!ended) {
      const holder = await scene.edge();
      if (holder !== undefined) chronicle.note(holder);
      await new Promise((resolve) => setTimeout(resolve, OBSERVE_EVERY));
    }
  })();
  return {
    [Symbol.asyncDispose]: async () => {
      ended = true;
      await observing;
    },
  };
};

/** Last lines of a program's log, for those who have to find out why. */
export const whatIsKnown = async (scene: Scene): Promise<string[]> => {
  const mobile = await ask(scene.lab, "mn", "status");
  const agents = await Promise.all(
    scene.living().map(async (node) => {
      const report = await ask(scene.lab, node, "instances");
      const own = report?.instances.find(({ name }) => name === LAB.instance);
      return `${node}: instance ${LAB.instance} ${own?.role ?? "unknown"}, term ${own?.term}, epoch ${own?.epoch}, level ${own?.level}`;
    }),
  );
  return [`mobile node: ${JSON.stringify(mobile?.mobility ?? "no answer")}`, ...agents];
};
