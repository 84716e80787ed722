import { expect, it } from "vitest";
import type { PacketError } from "#ports/packets.ts";
import { createVirtualClock } from "#simulator/virtual-clock.ts";
import { millis } from "#wire/time.ts";
import { createPacedSender } from "./paced-sender.ts";

const FULL: PacketError = { code: "system", errno: 105, message: "no room" };
const GONE: PacketError = { code: "no-device", message: "no such device" };

/** A sender over a link that takes as many packets at a time as `room` says. */
const setUp = (room: () => number, refusal: PacketError) => {
  const clock = createVirtualClock();
  const out: number[] = [];
  const sender = createPacedSender(clock, (batch) => {
    const taken = batch.slice(0, room());
    out.push(...taken.map((bytes) => bytes[0] ?? -1));
    return taken.length < batch.length ? { sent: taken.length, error: refusal } : { sent: taken.length };
  });
  const settled: string[] = [];
  const add = (count: number) => {
    for (let i = 0; i < count; i++)
      sender.add(new Uint8Array([i]), (error) => settled.push(error === undefined ? "sent" : error.code));
  };
  return { clock, out, sender, settled, add };
};

it("sends a burst at once and the rest in order, a burst each millisecond", () => {
  const { clock, out, sender, add } = setUp(() => Number.POSITIVE_INFINITY, FULL);
  add(600);
  sender.flush();
  expect(out.length).toBe(256);
  clock.advanceNow(millis(1));
  expect(out.length).toBe(512);
  clock.advanceNow(millis(1));
  expect(out).toEqual(Array.from({ length: 600 }, (_, index) => index & 0xff));
  expect(clock.pending).toBe(0);
});

it("tries again later what the link has no room for", () => {
  let room = 2;
  const { clock, out, sender, settled, add } = setUp(() => room, FULL);
  add(5);
  sender.flush();
  expect(out).toEqual([0, 1]);
  room = 10;
  clock.advanceNow(millis(1));
  expect(out).toEqual([0, 1, 2, 3, 4]);
  expect(settled).toEqual(["sent", "sent", "sent", "sent", "sent"]);
});

it("tells each packet that can not be sent, and goes on with those after it", () => {
  const { clock, out, sender, settled, add } = setUp(() => 0, GONE);
  add(3);
  sender.flush();
  clock.advanceNow(millis(10));
  expect(out).toEqual([]);
  expect(settled).toEqual(["no-device", "no-device", "no-device"]);
});

it("forgets what waits when it is closed", () => {
  const { clock, out, sender, add } = setUp(() => Number.POSITIVE_INFINITY, FULL);
  add(300);
  sender.flush();
  sender.close();
  clock.advanceNow(millis(10));
  expect(out.length).toBe(256);
});
