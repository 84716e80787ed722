import { execFileSync } from "node:child_process";
import { createBindingCache } from "#binding/binding-cache.ts";
import type { HomeRegistrationEvent } from "#binding/home-registration-events.ts";
import { createHomeRegistrationStep, STATE } from "#binding/home-registrations.ts";
import { FLAG, type HomeRegistrationPolicy, unknownBinding } from "#binding/rules.ts";
import { address, parsePrefix } from "#ipv6/address.ts";
import { after, instantOf, millis, seconds } from "#wire/time.ts";
import type { Bench, Measured } from "./bench.ts";

const BINDINGS = 100_000;
const STEPS = 200_000;

const prefix = parsePrefix("2001:db8:1::/64");
if (!prefix.ok) throw new Error("prefix");
const forever = millis(Number.POSITIVE_INFINITY);
const policy: HomeRegistrationPolicy = {
  homePrefix: prefix.value,
  duplicateAddressDetection: "off",
  maximumLifetime: seconds(3600),
  minimumLifetime: seconds(4),
  prefixValidLifetime: forever,
  prefixPreferredLifetime: forever,
  hasRoom: () => true,
  permits: () => true,
};

/** Steps a second of processor time, over bindings in round robin: hydrate, one transition, store. Each refresh is two: the update, and its commit. */
const stepsPerSecond = (): number => {
  const cache = createBindingCache({ seed: 1, now: instantOf(0) });
  const careOfAddress = address("2001:db8:f1::1");
  const homeAddress = address("2001:db8:1::");
  for (let n = 0; n < BINDINGS; n++) {
    homeAddress[13] = n >> 16;
    homeAddress[14] = n >> 8;
    homeAddress[15] = n;
    const slot = cache.reach(homeAddress);
    const record = {
      ...unknownBinding(homeAddress),
      careOfAddress,
      flags: FLAG.homeRegistration,
      lifetime: seconds(60),
    };
    cache.slab.write(slot, { ...record, revision: 1, epoch: 1 });
    cache.slab.setState(slot, STATE.registered);
  }
  const step = createHomeRegistrationStep();
  const run = (slot: number, event: HomeRegistrationEvent) => {
    const next = step(cache.slab.stateAt(slot), cache.read(slot), policy, event);
    cache.slab.write(slot, next.record);
    cache.slab.setState(slot, next.state);
    cache.wheel.set(slot, next.record.expiresAt);
    return next;
  };
  const now = after(instantOf(0), seconds(1));
  const start = process.cpuUsage();
  for (let n = 0; n < STEPS / 2; n++) {
    const slot = n % BINDINGS;
    const { record } = run(slot, {
      type: "registration.received",
      request: {
        sequence: 1 + Math.floor(n / BINDINGS),
        careOfAddress,
        lifetime: seconds(60),
        flags: FLAG.homeRegistration,
        replayTimestamp: 1n,
        spi: 256,
      },
      isForwarded: true,
      now,
      epoch: 1,
    });
    const { state } = run(slot, { type: "binding.committed", epoch: 1, revision: record.revision });
    if (state !== STATE.registered) throw new Error("a refresh did not end registered");
  }
  const { user, system } = process.cpuUsage(start);
  return STEPS / ((user + system) / 1_000_000) / 1000;
};

/** In a process of its own, so that nothing else counts. */
const octetsPerBinding = (kind: "cache" | "map") => (): number =>
  Number(
    execFileSync(process.execPath, ["--expose-gc", new URL("./binding-memory.ts", import.meta.url).pathname, kind], {
      encoding: "utf8",
    }),
  );

/** All of a home agent, in a process of its own. */
const octetsOfHomeAgent = (keys: "derived" | "listed") => (): Measured => {
  const program = new URL("./home-agent-memory.ts", import.meta.url).pathname;
  const said: unknown = JSON.parse(
    execFileSync(process.execPath, ["--expose-gc", program, keys], { encoding: "utf8" }),
  );
  const octets = new Map(Object.entries(said ?? {}).map(([name, value]) => [name, Number(value)]));
  const shown = (name: string) => `${Math.round(octets.get(name) ?? Number.NaN)} B`;
  return {
    value: octets.get("whole") ?? Number.NaN,
    notes: [
      `resident memory of a whole home agent, its NATS client apart; ${shown("live")} live after garbage collection`,
      `Binding Cache ${shown("cache")}; resident after the keys were made: ${shown("keys")}`,
    ],
  };
};

const OBJECTS = "baseline: memory of 1,000,000 records as plain objects in a Map";

export const benches: Bench[] = [
  {
    name: "binding: step (hydrate, transition, store)",
    unit: "k/s",
    goal: { atLeast: 100 },
    run: () => {
      stepsPerSecond();
      return stepsPerSecond();
    },
  },
  {
    name: "home agent: memory at rest, 1,000,000 bindings, everything included, keys derived",
    unit: "B/binding",
    goal: { atMost: 400 },
    run: octetsOfHomeAgent("derived"),
  },
  {
    name: "home agent: memory at rest, 1,000,000 bindings, everything included, keys listed one by one",
    unit: "B/binding",
    goal: { atMost: 400 },
    run: octetsOfHomeAgent("listed"),
  },
  {
    name: "binding: memory of the Binding Cache alone, 1,000,000 bindings",
    unit: "B/binding",
    baseline: OBJECTS,
    run: octetsPerBinding("cache"),
  },
  { name: OBJECTS, unit: "B/binding", run: octetsPerBinding("map") },
];
