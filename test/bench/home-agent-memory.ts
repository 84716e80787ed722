import type { BindingRecord } from "#binding/record.ts";
import { FLAG } from "#binding/rules.ts";
import { absentKernel } from "#home-agent/absent-edge.ts";
import { createHomeAgent } from "#home-agent/home-agent.ts";
import {
  createMobileNodeKeys,
  type MobileNodeKeys,
  type MobilitySecurityAssociation,
} from "#home-agent/mobile-node-keys.ts";
import { type Address, address, parsePrefix } from "#ipv6/address.ts";
import { createClock } from "#linux/clock.ts";
import { createDigests } from "#linux/digests.ts";
import { createRandom } from "#linux/random.ts";
import { after, millis, seconds } from "#wire/time.ts";
import { createUnwiredPackets, loneNeighborDiscovery } from "./unwired.ts";

/**
 * A whole home agent that follows bindings into its Binding Cache, its ledger, its timers and a kernel that keeps nothing,
 * with the keys of all mobile nodes. Prints, as JSON, octets for each binding: what the process grew by (`whole`), what of
 * that came with the keys, what the Binding Cache holds, and what lives after garbage collection. With the argument `listed` each key is listed by itself, else all are derived from a master key.
 * Run with --expose-gc.
 */
const BINDINGS = 1_000_000;
const BATCH = 1_000;
const SPI = 256;

const settled = async (): Promise<number> => {
  for (let i = 0; i < 3; i++) {
    globalThis.gc?.();
    // Pages that are free go back to the system in idle time.
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return process.memoryUsage().rss;
};

const homeAddressOf = (n: number): Address => {
  const value = address("2001:db8:1::1:0:0");
  value[13] = n >> 16;
  value[14] = n >> 8;
  value[15] = n;
  return value;
};

const listedKeys = function* (): Generator<MobilitySecurityAssociation> {
  for (let n = 0; n < BINDINGS; n++) yield { homeAddress: homeAddressOf(n), spi: SPI, key: new Uint8Array(16).fill(n) };
};

const makeKeys = (kind: "derived" | "listed"): MobileNodeKeys => {
  if (kind === "listed") return createMobileNodeKeys(listedKeys(), 42);
  const masterKey = new Uint8Array(32).fill(7);
  const keys = createMobileNodeKeys([], 42, [{ first: homeAddressOf(0), count: BINDINGS, spi: SPI, masterKey }]);
  // As after an update of each.
  for (let n = 0; n < BINDINGS; n++) keys.find(homeAddressOf(n), SPI);
  return keys;
};

const prefix = parsePrefix("2001:db8:1::/64");
if (!prefix.ok) throw new Error("prefix");
const forever = millis(Number.POSITIVE_INFINITY);
const clock = createClock();
const open = (keys: MobileNodeKeys) =>
  createHomeAgent(
    {
      packets: createUnwiredPackets(),
      neighborDiscovery: loneNeighborDiscovery,
      kernel: absentKernel,
      clock,
      random: createRandom(),
      digests: createDigests(),
      log: { info: () => {}, warn: console.error },
    },
    {
      instances: [
        {
          name: "a",
          number: 1,
          homeAgentAddress: address("2001:db8:1::a1"),
          homePrefix: prefix.value,
          virtualMac: new Uint8Array([0, 0, 0x5e, 0, 2, 1]),
          device: "home0",
        },
      ],
      policy: {
        duplicateAddressDetection: "normal",
        maximumLifetime: seconds(3600),
        minimumLifetime: seconds(4),
        prefixValidLifetime: forever,
        prefixPreferredLifetime: forever,
      },
      authentication: { kind: "rfc4285", keys, replayProtection: "timestamp", tolerance: seconds(7) },
      limits: { bindings: BINDINGS, inMotion: 100_000, tombstones: 1000 },
      errorReplies: { rate: 100, burst: 100 },
    },
  );

const careOfAddress = address("2001:db8:f1::1");
const recordOf = (n: number): BindingRecord => ({
  homeAddress: homeAddressOf(n),
  careOfAddress,
  sequence: n & 0xffff,
  lifetime: seconds(3600),
  expiresAt: after(clock.now(), seconds(3600)),
  flags: FLAG.acknowledge | FLAG.homeRegistration,
  replayTimestamp: BigInt(n),
  spi: SPI,
  epoch: 1,
  revision: 1,
});

const empty = await settled();
const live = process.memoryUsage().heapUsed + process.memoryUsage().external;
const keys = makeKeys(process.argv[2] === "listed" ? "listed" : "derived");
const withKeys = await settled();
await using agent = open(keys);
const started = await agent.start();
if (!started.ok) throw new Error(started.error.error.message);
await agent.onClusterEvent({ type: "stream.level", instance: "a", sequence: 0 });
for (let n = 0; n < BINDINGS; n++) {
  void agent.onClusterEvent({ type: "record.followed", instance: "a", record: recordOf(n), sequence: n + 1 });
  if (n % BATCH === 0) await new Promise((resolve) => setImmediate(resolve));
}
await new Promise((resolve) => setImmediate(resolve));
const [instance] = agent.instances;
if (instance?.bindings !== BINDINGS || agent.counters.forwardingChanges !== BINDINGS)
  throw new Error(`${instance?.bindings} bindings, ${agent.counters.forwardingChanges} forwarded`);
const whole = await settled();
const { heapUsed, external } = process.memoryUsage();
process.stdout.write(
  `${JSON.stringify({
    whole: (whole - empty) / BINDINGS,
    keys: (withKeys - empty) / BINDINGS,
    cache: instance.cache.octets / BINDINGS,
    live: (heapUsed + external - live) / BINDINGS,
  })}\n`,
);
