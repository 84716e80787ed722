import { expect, it } from "vitest";
import { address } from "#ipv6/address.ts";
import type { KernelError } from "#ports/kernel.ts";
import { done, failed, type Result } from "#wire/result.ts";
import type { Suspects } from "./forwarding.ts";
import { createTidying } from "./tidying.ts";

const named = (...names: string[]): Suspects => new Map(names.map((name) => [name, address("2001:db8:1::1")]));

/** @param cost milliseconds that one look takes */
const open = (cost: number) => {
  const state = { now: 0, cost, answer: done as Result<void, KernelError> };
  const looked: (string[] | "all")[] = [];
  const tidying = createTidying(() => state.now);
  const suspect = (instance: number, ...names: string[]) =>
    tidying.suspect(instance, named(...names), async (suspects) => {
      state.now += state.cost;
      looked.push(suspects === undefined ? "all" : [...suspects.keys()]);
      return state.answer;
    });
  return { state, looked, tidying, suspect };
};

it("looks at once, each time, while a look is short, and not at all where nobody is suspected", async () => {
  const { looked, suspect } = open(5);
  await suspect(1);
  await suspect(1, "a");
  await suspect(1, "b", "c");
  await suspect(2);
  expect(looked).toEqual([["a"], ["b", "c"]]);
});

it("looks at all of an instance that was opened, once", async () => {
  const { looked, tidying, suspect } = open(5);
  tidying.suspectAll(1);
  await suspect(2);
  await suspect(1, "a");
  await suspect(1);
  expect(looked).toEqual(["all"]);
});

it("spends no more than a fiftieth of the time where a look is long, and forgets nobody meanwhile", async () => {
  const { state, looked, suspect } = open(1_000);
  await suspect(1, "a");
  for (let round = 0; round < 40; round++) {
    await suspect(1, `b${round % 3}`);
    state.now += 1_000;
  }
  expect(looked).toEqual([["a"]]);
  state.now += 20_000;
  await suspect(1);
  expect(looked).toEqual([["a"], ["b0", "b1", "b2"]]);
});

it("looks again at the next call where it was refused", async () => {
  const { state, looked, suspect } = open(5);
  state.answer = failed({ code: "system", errno: 12, message: "out of memory" });
  await suspect(1, "a");
  state.answer = done;
  await suspect(1);
  await suspect(1);
  expect(looked).toEqual([["a"], ["a"]]);
});

it("remembers no more home addresses than a look at all is worth", async () => {
  const { state, looked, suspect } = open(1_000);
  await suspect(1, "a");
  for (let n = 0; n < 11_000; n += 100) await suspect(1, ...Array.from({ length: 100 }, (_, i) => `h${n + i}`));
  state.now += 100_000;
  await suspect(1);
  expect(looked).toEqual([["a"], "all"]);
});
