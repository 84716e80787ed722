import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressKey } from "#ipv6/address.ts";
import { instantOf, millis } from "#wire/time.ts";
import { createAddressIndex } from "./address-index.ts";
import { createBindingCache } from "./binding-cache.ts";
import { createRecordSlab } from "./record-slab.ts";
import { createTimerWheel } from "./timer-wheel.ts";

/** Few distinct addresses, so that runs of the index collide and entries come and go. */
const addressOf = (n: number) => {
  const value = new Uint8Array(16);
  value.set([0x20, 0x01, 0x0d, 0xb8], 0);
  value[14] = n >> 8;
  value[15] = n;
  return value;
};

describe("BindingCache", () => {
  test("finds what a Map would, through inserts and removals in any order", () => {
    const operation = fc.record({ n: fc.nat(200), remove: fc.boolean() });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 600 }), fc.integer(), (operations, seed) => {
        const cache = createBindingCache({ seed, now: instantOf(0) });
        const model = new Map<string, number>();
        for (const { n, remove } of operations) {
          const key = addressKey(addressOf(n));
          if (remove) {
            const slot = model.get(key);
            if (slot !== undefined) cache.remove(slot);
            model.delete(key);
          } else model.set(key, cache.reach(addressOf(n)));
        }
        for (let n = 0; n <= 200; n++) expect(cache.find(addressOf(n))).toBe(model.get(addressKey(addressOf(n))) ?? -1);
        expect(cache.size).toBe(model.size);
        expect(new Set(cache.slots())).toEqual(new Set(model.values()));
      }),
      { numRuns: 100 },
    );
  });

  test("a record comes back as it was written, at the limits of its fields", () => {
    const slab = createRecordSlab();
    const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    const field = (bits: number) => fc.bigInt({ min: 0n, max: (1n << BigInt(bits)) - 1n }).map(Number);
    const record = fc.record({
      homeAddress: octets(16),
      careOfAddress: octets(16),
      sequence: field(16),
      flags: field(16),
      lifetime: field(32).map((value) => millis(value)),
      expiresAt: fc.double({ noNaN: true }).map((value) => instantOf(value)),
      spi: field(32),
      revision: field(32),
      epoch: fc.maxSafeNat(),
      replayTimestamp: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
    });
    fc.assert(
      fc.property(record, fc.nat(10), (value, state) => {
        const slot = slab.allocate();
        slab.write(slot, value);
        slab.setState(slot, state);
        expect(slab.read(slot)).toEqual(value);
        expect(slab.programmedAt(slot)).toBeUndefined();
        slab.setProgrammed(slot, value.homeAddress);
        expect(slab.programmedAt(slot)).toEqual(value.homeAddress);
        expect(slab.stateAt(slot)).toBe(state);
      }),
    );
  });

  test("a slot handed out again is empty", () => {
    const cache = createBindingCache({ seed: 1, now: instantOf(0) });
    const slot = cache.reach(addressOf(1));
    cache.slab.setProgrammed(slot, addressOf(9));
    cache.slab.setState(slot, 3);
    cache.wheel.set(slot, instantOf(100));
    cache.remove(slot);
    const again = cache.reach(addressOf(2));
    expect(again).toBe(slot);
    expect(cache.read(again)).toMatchObject({ homeAddress: addressOf(2), revision: 0 });
    expect(cache.slab.programmedAt(again)).toBeUndefined();
    expect(cache.slab.stateAt(again)).toBe(0);
    expect(cache.wheel.size).toBe(0);
  });
});

describe("AddressIndex", () => {
  test("entries stay findable when others of the same run are removed", () => {
    const addresses: Uint8Array[] = [];
    const index = createAddressIndex(
      {
        homeAddressAt: (slot) => addresses[slot] ?? new Uint8Array(16),
        homeAddressEquals: (slot, value) => addressKey(addresses[slot] ?? new Uint8Array(16)) === addressKey(value),
      },
      7,
    );
    for (let n = 0; n < 5000; n++) {
      addresses[n] = addressOf(n);
      index.insert(addressOf(n), n);
    }
    for (let n = 0; n < 5000; n += 3) expect(index.remove(addressOf(n))).toBe(true);
    for (let n = 0; n < 5000; n++) expect(index.find(addressOf(n))).toBe(n % 3 === 0 ? -1 : n);
    expect(index.remove(addressOf(0))).toBe(false);
  });
});

describe("TimerWheel", () => {
  test("tells each slot once, never early and at most one tick late, over many rounds", () => {
    const timer = fc.record({ slot: fc.nat(50), due: fc.nat(600_000), cancel: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(timer, { maxLength: 100 }),
        fc.array(fc.integer({ min: 1, max: 300_000 })),
        (timers, steps) => {
          const wheel = createTimerWheel(instantOf(0), millis(50));
          const model = new Map<number, number>();
          for (const { slot, due, cancel } of timers) {
            if (cancel) {
              wheel.cancel(slot);
              model.delete(slot);
            } else {
              wheel.set(slot, instantOf(due));
              model.set(slot, due);
            }
          }
          expect(wheel.size).toBe(model.size);
          let now = 0;
          for (const step of [...steps, 1_000_000]) {
            now += step;
            wheel.advance(instantOf(now), (slot) => {
              const due = model.get(slot);
              expect(due, "told without due time, or twice").toBeDefined();
              expect(now).toBeGreaterThanOrEqual(due ?? Number.POSITIVE_INFINITY);
              model.delete(slot);
            });
            for (const due of model.values()) expect(due).toBeGreaterThan(now - 100);
          }
          expect(model.size).toBe(0);
        },
      ),
      { numRuns: 200 },
    );
  });

  test("a callback may set its slot again and cancel others", () => {
    const wheel = createTimerWheel(instantOf(0), millis(50));
    wheel.set(1, instantOf(100));
    wheel.set(2, instantOf(100));
    const told: number[] = [];
    const onDue = (slot: number) => {
      told.push(slot);
      wheel.cancel(slot === 1 ? 2 : 1);
      if (told.length === 1) wheel.set(slot, instantOf(400));
    };
    wheel.advance(instantOf(200), onDue);
    expect(told).toHaveLength(1);
    wheel.advance(instantOf(500), onDue);
    expect(told).toHaveLength(2);
    expect(told[1]).toBe(told[0]);
  });
});
