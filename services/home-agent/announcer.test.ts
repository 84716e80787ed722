import { expect, it } from "vitest";
import { type Address, address, formatAddress } from "#ipv6/address.ts";
import type { Clock } from "#ports/clock.ts";
import type { InstanceSpec } from "#ports/kernel.ts";
import { createVirtualClock } from "#simulator/virtual-clock.ts";
import { instantOf, millis } from "#wire/time.ts";
import { createAnnouncer } from "./announcer.ts";

const SPEC: InstanceSpec = {
  name: "a",
  number: 1,
  homeAgentAddress: address("2001:db8:1::a1"),
  homePrefix: { address: address("2001:db8:1::"), length: 64 },
  virtualMac: new Uint8Array([0, 0, 0x5e, 0, 2, 1]),
  device: "home0",
};
const HOME = address("2001:db8:1::100");

const open = () => {
  const clock = createVirtualClock();
  const start = clock.now();
  const state = { suspected: false, intercepted: true };
  const sent: { readonly at: number; readonly homeAddress: string }[] = [];
  const announcer = createAnnouncer({
    clock,
    standstill: state,
    send: (_spec, homeAddress: Address) =>
      sent.push({ at: clock.now() - start, homeAddress: formatAddress(homeAddress) }),
    intercepts: () => state.intercepted,
  });
  return { clock, state, sent, announcer, times: () => sent.map(({ at }) => at) };
};

it("says at once that a mobile node has left, and twice more a second apart, for multicasts get lost", async () => {
  const { clock, announcer, times } = open();
  announcer.announce(SPEC, HOME, 0);
  expect(times()).toEqual([0]);
  await clock.advance(millis(10_000));
  expect(times()).toEqual([0, 1000, 2000]);
});

it("says no more once the home address is not intercepted any more: the mobile node is home again", async () => {
  const { clock, announcer, state, times } = open();
  announcer.announce(SPEC, HOME, 0);
  state.intercepted = false;
  await clock.advance(millis(10_000));
  expect(times()).toEqual([0]);
});

it("waits for the end of a standstill with the first advertisement, and loses none", async () => {
  const { clock, announcer, state, times } = open();
  state.suspected = true;
  announcer.announce(SPEC, HOME, 0);
  await clock.advance(millis(150));
  expect(times()).toEqual([]);
  state.suspected = false;
  await clock.advance(millis(5000));
  expect(times()).toEqual([200, 1200, 2200]);
});

it("waits with the repeated ones likewise", async () => {
  const { clock, announcer, state, times } = open();
  announcer.announce(SPEC, HOME, 0);
  await clock.advance(millis(900));
  state.suspected = true;
  await clock.advance(millis(400));
  expect(times()).toEqual([0]);
  state.suspected = false;
  await clock.advance(millis(3000));
  expect(times()).toEqual([0, 1350, 2350]);
});

it("says nothing after a standstill in which another node took the edge", async () => {
  const { clock, announcer, state, times } = open();
  state.suspected = true;
  announcer.announce(SPEC, HOME, 0);
  await clock.advance(millis(100));
  state.intercepted = false;
  state.suspected = false;
  await clock.advance(millis(5000));
  expect(times()).toEqual([]);
});

it("announces a crowd at once, and repeats what does not fill the link", async () => {
  const { clock, announcer, sent } = open();
  for (let i = 0; i < 10_000; i++) {
    const homeAddress = HOME.slice();
    new DataView(homeAddress.buffer).setUint32(8, i);
    announcer.announce(SPEC, homeAddress, 0);
  }
  expect(sent).toHaveLength(10_000);
  await clock.advance(millis(10_000));
  expect(sent).toHaveLength(10_000 + 2 * 4096);
});

it("leaves no timer behind", async () => {
  const { clock, announcer, times } = open();
  announcer.announce(SPEC, HOME, 0);
  announcer[Symbol.dispose]();
  await clock.advance(millis(10_000));
  expect(times()).toEqual([0]);
});

it("waits for a millisecond at least when a timer comes early by what a fraction rounds to", () => {
  let now = 0.1;
  const waits: number[] = [];
  let due: () => void = () => undefined;
  const clock: Clock = {
    now: () => instantOf(now),
    wall: () => now,
    start: (delay, callback) => {
      waits.push(delay);
      due = callback;
      return { cancel: () => undefined };
    },
  };
  const announcer = createAnnouncer({
    clock,
    standstill: { suspected: false },
    send: () => undefined,
    intercepts: () => true,
  });
  announcer.announce(SPEC, HOME, 0);
  now = 1000.1 - 1e-10;
  due();
  expect(waits).toEqual([1000, 1]);
});
