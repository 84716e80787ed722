import { address } from "#ipv6/address.ts";
import { createFakeKernel } from "#simulator/fake-kernel.ts";
import type { Bench, Measured } from "./bench.ts";
import { bindingUpdate, homeAddressOf, openRig, until } from "./home-agent-rig.ts";
import { createUnwiredPackets, loneNeighborDiscovery } from "./unwired.ts";

const BINDINGS = 10_000;
/** Home addresses in all: one that de-registers is followed by another. */
const HOME_ADDRESSES = 40_000;
const UPDATES_PER_SECOND = 2000;
/** Updates not yet answered at most: where the machine is too slow for the rate, the rate falls. */
const WINDOW = 1000;
/** At most; one a second where the run is short. */
const SAMPLES = 40;
/** Of the samples, how many are warm-up: caches fill, code is compiled, tombstones reach their limit. */
const WARM_UP = 0.25;
/** Flat means: neither resident memory nor what lives after garbage collection rises by more, in MB a minute. */
const FLAT = 1;
const MB = 1_000_000;

const CARE_OF = ["2001:db8:f1::1", "2001:db8:f2::1"].map(address);

/** One mobile node after another in round robin: every 20th update is a handover, every 50th a de-registration. */
const createTraffic = () => {
  const nodes = Array.from({ length: BINDINGS }, () => ({ sequence: 0, link: 0, generation: 0 }));
  let updates = 0;
  return {
    next: (): Uint8Array => {
      const at = updates % BINDINGS;
      const node = nodes[at];
      if (node === undefined) throw new RangeError("no such node");
      // Shifted by a prime each round, so that it is not always the same ones that move and leave.
      const turn = updates + 7919 * Math.floor(updates / BINDINGS);
      const isFirst = updates++ < BINDINGS;
      const leaves = !isFirst && turn % 50 === 0;
      if (!isFirst && turn % 20 === 1) node.link ^= 1;
      const homeAddress = homeAddressOf((at + node.generation * BINDINGS) % HOME_ADDRESSES);
      if (leaves) node.generation++;
      return bindingUpdate(homeAddress, CARE_OF[node.link] ?? homeAddress, ++node.sequence, leaves ? 0 : 900);
    },
  };
};

interface Sample {
  readonly minute: number;
  readonly resident: number;
  readonly live: number;
}

const sampled = (start: number): Sample => {
  for (let i = 0; i < 3; i++) globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { minute: (performance.now() - start) / 60_000, resident: rss / MB, live: (heapUsed + external) / MB };
};

/** Slope of the least-squares line, in MB a minute. */
const slopeOf = (samples: readonly Sample[], value: (sample: Sample) => number): number => {
  const mean = (of: (sample: Sample) => number) =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const x = mean(({ minute }) => minute);
  const y = mean(value);
  const rise = mean((sample) => (sample.minute - x) * (value(sample) - y));
  return rise / mean(({ minute }) => (minute - x) ** 2);
};

const trendOf = (name: string, samples: readonly Sample[], value: (sample: Sample) => number) => {
  const slope = slopeOf(samples, value);
  const values = samples.map(value);
  const shown = values.map((megabytes) => megabytes.toFixed(Math.max(...values) < 100 ? 1 : 0)).join(" ");
  return { slope, text: `${name}: ${slope.toFixed(2)} MB/min; MB: ${shown}` };
};

/** A home agent under load for some minutes; what its memory grows by, in MB a minute. */
const soak = async ({ minutes }: { readonly minutes: number }): Promise<Measured> => {
  if (globalThis.gc === undefined) throw new Error("run node with --expose-gc");
  const packets = createUnwiredPackets();
  await using rig = await openRig({
    packets,
    kernel: createFakeKernel(),
    neighborDiscovery: loneNeighborDiscovery,
    mobileNodes: HOME_ADDRESSES,
    duplicateAddressDetection: "off",
  });
  const traffic = createTraffic();
  let delivered = 0;
  const deliver = async (count: number) => {
    await until(() => delivered - packets.sent < WINDOW);
    packets.deliver(Array.from({ length: count }, traffic.next));
    delivered += count;
  };
  while (delivered < BINDINGS) await deliver(50);
  const before = delivered;
  const samples: Sample[] = [];
  const start = performance.now();
  const cpu = process.cpuUsage();
  for (let tick = start; tick < start + minutes * 60_000; tick = performance.now()) {
    await deliver(UPDATES_PER_SECOND / 100);
    if (samples.length < ((tick - start) / (minutes * 60_000)) * SAMPLES) samples.push(sampled(start));
    const due = start + ((delivered - before) / UPDATES_PER_SECOND) * 1000;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
  }
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const { counters } = rig.agent;
  const settled = samples.slice(Math.floor(samples.length * WARM_UP));
  const resident = trendOf("resident memory", settled, (sample) => sample.resident);
  const live = trendOf("live after garbage collection", settled, (sample) => sample.live);
  return {
    value: Math.max(resident.slope, live.slope),
    notes: [
      `over ${minutes} min (--minutes 10 for the goal's 10): ${seconds.toFixed(0)} s, ${delivered - before} updates ` +
        `(${Math.round((delivered - before) / seconds)}/s), ${counters.registrationsRefused} refused, ` +
        `${counters.forwardingChanges} forwarding changes, ${rig.agent.instances[0]?.bindings} bindings, ` +
        `${Math.round((user + system) / (delivered - before))} µs of processor time an update with its making`,
      resident.text,
      live.text,
      `flat is a rise of at most ${FLAT} MB/min of both, after the first quarter`,
    ],
  };
};

export const benches: Bench[] = [
  {
    name: `soak: memory growth of a home agent, ${BINDINGS.toLocaleString("en")} bindings, ${UPDATES_PER_SECOND.toLocaleString("en")} BU/s`,
    unit: "MB/min",
    goal: { atMost: FLAT },
    run: soak,
  },
];
