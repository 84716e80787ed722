import { expect, it } from "vitest";
import { type Address, address, formatAddress } from "#ipv6/address.ts";
import type { InstanceSpec } from "#ports/kernel.ts";
import { createVirtualClock } from "#simulator/virtual-clock.ts";
import { millis } from "#wire/time.ts";
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

it("waits for what is due however the clock's fractions round", async () => {
  const { clock, announcer, sent } = open();
  for (let n = 1; n <= 300; n++) {
    await clock.advance(millis(n / 7));
    announcer.announce(SPEC, HOME, 0);
  }
  await clock.advance(millis(10_000));
  expect(sent).toHaveLength(900);
});
