import { describe, expect, it } from "vitest";
import { createWaitMeter, stampOf } from "./queue-wait.ts";

/** One control message as the kernel writes it on a 64-bit host. */
const control = (type: number, seconds: number, nanoseconds: number): Uint8Array => {
  const view = new DataView(new ArrayBuffer(32));
  view.setBigUint64(0, 32n, true);
  view.setInt32(8, 1, true);
  view.setInt32(12, type, true);
  view.setBigInt64(16, BigInt(seconds), true);
  view.setBigInt64(24, BigInt(nanoseconds), true);
  return new Uint8Array(view.buffer);
};

describe("stampOf", () => {
  it("reads seconds and nanoseconds", () => {
    expect(stampOf(control(35, 1_700_000_000, 250_000_000))).toBe(1_700_000_000_250);
  });
  it("knows nothing of no control message, one that was cut off, or of another kind", () => {
    expect(stampOf(new Uint8Array(0))).toBeUndefined();
    expect(stampOf(control(35, 1, 1).subarray(0, 20))).toBeUndefined();
    expect(stampOf(control(36, 1, 1))).toBeUndefined();
  });
});

describe("createWaitMeter", () => {
  it("says nothing before the queue was empty once", () => {
    expect(createWaitMeter().waited(500)).toBe(0);
  });
  it("counts from what hardly waited", () => {
    const meter = createWaitMeter();
    meter.emptied(2);
    expect(meter.waited(902)).toBe(900);
    expect(meter.waited(1)).toBe(0);
  });
  it("is not taken in by a clock that is stepped, forth or back, for longer than the queue needs to be emptied", () => {
    for (const step of [3_600_000, -3_600_000]) {
      const meter = createWaitMeter();
      meter.emptied(1);
      for (let reading = 0; reading < 16; reading++) meter.emptied(step + 1);
      expect(meter.waited(step + 1)).toBe(0);
      expect(meter.waited(step + 701)).toBe(700);
    }
  });
  it("says nothing after a step until the queue was empty again", () => {
    const meter = createWaitMeter();
    meter.emptied(1);
    meter.stepped();
    expect(meter.waited(3_600_001)).toBe(0);
    meter.emptied(3_600_001);
    expect(meter.waited(3_600_301)).toBe(300);
  });
  it("is not taken in by a process that stood still and then found few packets", () => {
    const meter = createWaitMeter();
    meter.emptied(1);
    meter.emptied(800);
    expect(meter.waited(601)).toBe(600);
  });
});
