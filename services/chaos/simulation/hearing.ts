import type { Clock } from "#ports/clock.ts";
import { type Milliseconds, millis } from "#wire/time.ts";
import type { HomeLink } from "./home-link.ts";
import type { Recorder } from "./recorder.ts";
import type { SimulatedNode } from "./simulated-node.ts";

/** Tells the history who hears whom on the home link: what a node may be excused for depends on it. */
export interface Hearing {
  /** A node got a hello, of whomever. */
  noteHello(node: string): void;
  /** Says what has changed; to be called after links or processes did. */
  tell(): void;
}

/** @param parts.hello pace of the hellos; on a disturbed link who got none for too long counts as one that hears nobody */
export const createHearing = (parts: {
  readonly clock: Clock;
  readonly link: HomeLink;
  readonly recorder: Recorder;
  readonly hello: { readonly interval: Milliseconds; readonly missed: number };
  readonly nodes: readonly SimulatedNode[];
}): Hearing => {
  const { clock, link, recorder, hello, nodes } = parts;
  const heard = new Map<string, string>();
  /** When each node got a hello last, of whomever: where hellos get lost, nobody need be cut off to hear nobody. */
  const helloAt = new Map<string, number>();
  const isDeaf = (name: string): boolean =>
    link.isDisturbed && clock.now() - (helloAt.get(name) ?? 0) > hello.interval * (hello.missed - 1);
  const tell = (): void => {
    for (const node of nodes) {
      const hears = nodes
        .filter(() => !isDeaf(node.name))
        .filter(
          (other) => other !== node && other.guard?.process.state === "running" && !link.isCut(other.name, node.name),
        )
        .map(({ name }) => name);
      const said = hears.join(" ");
      if (heard.get(node.name) === said) continue;
      heard.set(node.name, said);
      recorder.note({ type: "hearing.changed", node: node.name, hears });
    }
  };
  const watch = (): void => {
    if (link.isDisturbed) tell();
    clock.start(millis(hello.interval / 4), watch);
  };
  watch();
  return { noteHello: (node) => void helloAt.set(node, clock.now()), tell };
};
