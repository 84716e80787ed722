import { expect, it } from "vitest";
import { address } from "#ipv6/address.ts";
import { after, instantOf, seconds } from "#wire/time.ts";
import { createRefusals, REFUSAL_PAUSE } from "./refusals.ts";

const [FIRST, SECOND, THIRD] = [address("2001:db8:1::1"), address("2001:db8:1::2"), address("2001:db8:1::3")];
const begin = instantOf(0);
const minute = after(begin, seconds(60));
const hour = after(begin, REFUSAL_PAUSE);

it("is news at first and each hour while the kernel refuses", () => {
  const refusals = createRefusals();
  expect([begin, minute, hour, after(hour, seconds(60))].map((at) => refusals.isNews(FIRST, at))).toEqual([
    true,
    false,
    true,
    false,
  ]);
});

it("is news again once the kernel has taken a change in between", () => {
  const refusals = createRefusals();
  refusals.isNews(FIRST, begin);
  refusals.taken(FIRST);
  expect(refusals.isNews(FIRST, minute)).toBe(true);
});

it("is no news beyond the limit, until what it knows is old", () => {
  const refusals = createRefusals(2);
  expect([FIRST, SECOND, THIRD].map((home) => refusals.isNews(home, begin))).toEqual([true, true, false]);
  expect(refusals.isNews(FIRST, minute)).toBe(false);
  expect(refusals.isNews(THIRD, hour)).toBe(true);
});
