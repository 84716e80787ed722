import { describe, expect, it } from "vitest";
import { createActor, fromPromise } from "xstate";
import { type OwnershipOutput, ownershipMachine } from "./ownership-machine.ts";

/** An ownership whose claims the test answers. */
const start = () => {
  const claims: { resolve: (epoch: number) => void; signal: AbortSignal }[] = [];
  const said: OwnershipOutput[] = [];
  const timers: (() => void)[] = [];
  const actor = createActor(
    ownershipMachine.provide({
      actors: {
        claim: fromPromise<number, { readonly instance: string }>(
          ({ signal }) => new Promise((resolve) => claims.push({ resolve, signal })),
        ),
      },
    }),
    {
      input: { instance: "a" },
      clock: { setTimeout: (callback: () => void) => timers.push(callback), clearTimeout: () => undefined },
    },
  );
  actor.on("*", (output) => said.push(output));
  actor.start();
  const answer = async (epoch: number) => {
    claims.shift()?.resolve(epoch);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { actor, claims, said, answer, fire: () => timers.splice(0).map((timer) => timer()) };
};

describe("ownership", () => {
  it("follows the edge, and is gained when the epoch entry is written", async () => {
    const { actor, said, answer } = start();
    actor.send({ type: "edge.taken" });
    expect(actor.getSnapshot().value).toBe("claiming");
    expect(said).toEqual([]);
    await answer(5);
    expect(actor.getSnapshot().value).toBe("owner");
    expect(said).toEqual([{ type: "ownership.gained", instance: "a", epoch: 5 }]);
  });

  it("stops claiming when the edge is gone", async () => {
    const { actor, claims } = start();
    actor.send({ type: "edge.taken" });
    const { signal } = claims[0] ?? {};
    actor.send({ type: "edge.withdrawn" });
    expect(actor.getSnapshot().value).toBe("following");
    expect(signal?.aborted).toBe(true);
  });

  it("is lost with the edge", async () => {
    const { actor, said, answer } = start();
    actor.send({ type: "edge.taken" });
    await answer(5);
    actor.send({ type: "edge.withdrawn" });
    expect(said.at(-1)).toEqual({ type: "ownership.lost", instance: "a", epoch: 5 });
  });

  it("is lost to a greater epoch alone, and claimed again after a while if the edge stays", async () => {
    const { actor, said, answer, fire } = start();
    actor.send({ type: "edge.taken" });
    await answer(5);
    actor.send({ type: "ownership.fenced", epoch: 5 });
    expect(actor.getSnapshot().value).toBe("owner");
    actor.send({ type: "ownership.fenced", epoch: 6 });
    expect(actor.getSnapshot().value).toBe("fenced");
    expect(said.at(-1)).toEqual({ type: "ownership.lost", instance: "a", epoch: 5 });
    fire();
    expect(actor.getSnapshot().value).toBe("claiming");
    await answer(7);
    expect(said.at(-1)).toEqual({ type: "ownership.gained", instance: "a", epoch: 7 });
  });

  it("is not gained by a claim whose answer comes after another node's greater epoch, and claimed again after a while", async () => {
    const { actor, said, answer, fire } = start();
    actor.send({ type: "edge.taken" });
    actor.send({ type: "ownership.fenced", epoch: 6 });
    expect(actor.getSnapshot().value).toBe("claiming");
    await answer(5);
    expect(actor.getSnapshot().value).toBe("fenced");
    expect(said).toEqual([]);
    fire();
    await answer(7);
    expect(said).toEqual([{ type: "ownership.gained", instance: "a", epoch: 7 }]);
  });
});
