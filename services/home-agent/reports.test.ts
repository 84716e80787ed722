import { describe, expect, test } from "vitest";
import { createBindingCache } from "#binding/binding-cache.ts";
import { STATE } from "#binding/home-registrations.ts";
import type { BindingReport } from "#control/reports.ts";
import { type Address, address, formatAddress } from "#ipv6/address.ts";
import { instantOf, millis } from "#wire/time.ts";
import { bindingsReport } from "./reports.ts";

const clock = { now: () => instantOf(5000) };

const homeAddress = (number: number): Address => {
  const octets = address("2001:db8:1::").slice();
  new DataView(octets.buffer).setUint32(12, number);
  return octets;
};

/** An instance with bindings of the home addresses `numbers`, which counts how often it is looked at. */
const instanceOf = (name: string, numbers: readonly number[]) => {
  const cache = createBindingCache({ seed: 7, now: clock.now() });
  let looks = 0;
  const bind = (number: number): void => {
    const slot = cache.reach(homeAddress(number));
    cache.slab.write(slot, {
      homeAddress: homeAddress(number),
      careOfAddress: address("2001:db8:f1::7"),
      expiresAt: instantOf(65_000),
      epoch: 1,
      replayTimestamp: 0n,
      revision: 1,
      lifetime: millis(60_000),
      spi: 256,
      sequence: number & 0xffff,
      flags: 0,
    });
    cache.slab.setState(slot, STATE.registered);
  };
  for (const number of numbers) bind(number);
  return {
    spec: { name },
    cache,
    bind,
    forget: (number: number) => cache.remove(cache.find(homeAddress(number))),
    get looks() {
      return looks;
    },
    shows: (slot: number) => {
      looks++;
      return cache.slab.stateAt(slot) !== STATE.unregistered;
    },
  };
};

const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, at) => from + at);
const addresses = (bindings: readonly BindingReport[]): string[] => bindings.map((binding) => binding.homeAddress);
const ask = (instances: ReturnType<typeof instanceOf>[], fields: object) =>
  bindingsReport(instances, { command: "bindings", ...fields }, clock);

describe("a page of bindings", () => {
  test("says of each where it is and for how long", async () => {
    expect(await ask([instanceOf("a", [9])], {})).toEqual({
      bindings: [
        {
          homeAddress: "2001:db8:1::9",
          careOfAddress: "2001:db8:f1::7",
          instance: "a",
          state: "registered",
          sequence: 9,
          lifetimeSeconds: 60,
          remainingSeconds: 60,
        },
      ],
    });
  });

  test("costs what it holds, not what there is", async () => {
    const instance = instanceOf("a", range(0, 50_000));
    const first = await ask([instance], { limit: 100 });
    expect(first.bindings).toHaveLength(100);
    const second = await ask([instance], { limit: 100, after: first.next });
    expect(second.bindings).toHaveLength(100);
    expect(instance.looks).toBeLessThanOrEqual(202);
  });

  test("lets other work have its turn while it is made", async () => {
    let turns = 0;
    let done = false;
    const count = (): void => {
      turns++;
      if (!done) setImmediate(count);
    };
    setImmediate(count);
    const { bindings } = await ask([instanceOf("a", range(0, 10_000))], { limit: 10_000 });
    done = true;
    expect(bindings).toHaveLength(10_000);
    expect(turns).toBeGreaterThan(15);
  });

  test("and those after it hold everything once, over all instances, whatever comes and goes meanwhile", async () => {
    const first = instanceOf("a", range(0, 50));
    const second = instanceOf("b", range(100, 50));
    const found: string[] = [];
    for (let after: string | undefined, page = 0; ; page++) {
      const { bindings, next } = await ask([first, second], { limit: 7, ...(after === undefined ? {} : { after }) });
      found.push(...addresses(bindings));
      if (next === undefined) break;
      after = next;
      first.bind(1000 + page);
      first.forget(1000 + page);
    }
    expect(found.filter((text, at) => found.indexOf(text) !== at)).toEqual([]);
    const lasting = [...range(0, 50), ...range(100, 50)].map((number) => formatAddress(homeAddress(number)));
    expect(lasting.filter((text) => !found.includes(text))).toEqual([]);
  });

  test("that ends with the last binding names no other; one after nothing that was answered is refused", async () => {
    const instance = instanceOf("a", range(0, 7));
    expect(await ask([instance], { limit: 7 })).not.toHaveProperty("next");
    await expect(ask([instance], { after: "2001:db8:1::6" })).rejects.toThrow("not the 'next' of an earlier answer");
  });
});
