import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHomeAgent } from "#home-agent/home-agent.ts";
import type { HomeAgent, HomeAgentOptions } from "#home-agent/home-agent-contract.ts";
import { createMobileNodeKeys } from "#home-agent/mobile-node-keys.ts";
import { type Address, address, parsePrefix } from "#ipv6/address.ts";
import { createClock } from "#linux/clock.ts";
import { createDigests } from "#linux/digests.ts";
import { createRandom } from "#linux/random.ts";
import { fillMobileNodeHomeAgent, makeMobileNodeHomeAgentOption } from "#mip6/authentication.ts";
import { encodeMobilityPacket } from "#mip6/packet.ts";
import { replayTimestamp } from "#mip6/replay-timestamp.ts";
import { createBindingLog } from "#nats/binding-log.ts";
import { connectBus } from "#nats/bus.ts";
import { startNatsServer } from "#nats/server.ts";
import type { InstanceSpec, Kernel } from "#ports/kernel.ts";
import type { NeighborDiscovery } from "#ports/neighbor-discovery.ts";
import type { Packets } from "#ports/packets.ts";
import { millis, seconds } from "#wire/time.ts";

const HOME_AGENT = address("2001:db8:1::a1");
const KEY = Uint8Array.from({ length: 16 }, (_, i) => i);
const SPI = 256;
const digests = createDigests();
const prefix = parsePrefix("2001:db8:1::/64");
if (!prefix.ok) throw new Error("prefix");
const forever = millis(Number.POSITIVE_INFINITY);

const SPEC: InstanceSpec = {
  name: "a",
  number: 1,
  homeAgentAddress: HOME_AGENT,
  homePrefix: prefix.value,
  virtualMac: new Uint8Array([0, 0, 0x5e, 0, 2, 1]),
  device: "home0",
};

export const homeAddressOf = (n: number): Address => {
  const value = address("2001:db8:1::1:0");
  value[13] = 1 + (n >> 16);
  value[14] = n >> 8;
  value[15] = n;
  return value;
};

/** An authenticated Binding Update, as it comes in. `lifetime` is in units of 4 s; 0 de-registers. */
export const bindingUpdate = (
  homeAddress: Address,
  careOfAddress: Address,
  sequence: number,
  lifetime = 900,
): Uint8Array =>
  encodeMobilityPacket(
    {
      source: careOfAddress,
      destination: HOME_AGENT,
      homeAddress,
      message: {
        type: 5,
        sequence,
        flags: {
          acknowledge: true,
          homeRegistration: true,
          linkLocalCompatibility: false,
          keyManagement: false,
          mobileRouter: false,
        },
        lifetime,
        options: [
          { type: 10, timestamp: replayTimestamp(Date.now() + sequence, 0) },
          makeMobileNodeHomeAgentOption(SPI),
        ],
      },
    },
    fillMobileNodeHomeAgent(digests, { key: KEY, careOfAddress, other: homeAddress }),
  );

/** A home agent that owns its instance, its stream in a nats-server of its own: one node, file store, fsync before each answer. */
export interface Rig extends AsyncDisposable {
  readonly agent: HomeAgent;
}

export const openRig = async (ports: {
  readonly packets: Packets;
  readonly kernel: Kernel;
  readonly neighborDiscovery: NeighborDiscovery;
  readonly mobileNodes: number;
  readonly duplicateAddressDetection: HomeAgentOptions["policy"]["duplicateAddressDetection"];
}): Promise<Rig> => {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "roam6-bench-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const server = await startNatsServer({ node: "bench", store: folder, listen: "[::1]:0" });
  if (!server.ok) throw new Error(server.error.message);
  stack.use(server.value);
  const bus = stack.use(connectBus({ servers: [server.value.url], name: "bench", ownServerOnly: true }));
  const clock = createClock();
  const log = createBindingLog({ replicas: 1 }, { bus, clock });
  const keys = createMobileNodeKeys(
    Array.from({ length: ports.mobileNodes }, (_, n) => ({ homeAddress: homeAddressOf(n), spi: SPI, key: KEY })),
    1,
  );
  const agent = stack.use(
    createHomeAgent(
      { ...ports, clock, random: createRandom(), digests, log: { info: () => {}, warn: console.error } },
      {
        instances: [SPEC],
        policy: {
          duplicateAddressDetection: ports.duplicateAddressDetection,
          maximumLifetime: seconds(3600),
          minimumLifetime: seconds(4),
          prefixValidLifetime: forever,
          prefixPreferredLifetime: forever,
        },
        authentication: { kind: "rfc4285", keys, replayProtection: "timestamp", tolerance: seconds(3600) },
        limits: { bindings: 1_000_000, inMotion: 100_000, tombstones: 1000 },
        errorReplies: { rate: 100, burst: 100 },
      },
    ),
  );
  const started = await agent.start();
  if (!started.ok) throw new Error(started.error.error.message);
  const stopped = new AbortController();
  stack.defer(() => stopped.abort());
  await new Promise<void>((resolve) => {
    void log.follow(
      "a",
      {
        entry: (entry) => {
          if (entry.kind === "record")
            void agent.onClusterEvent({
              type: "record.followed",
              instance: "a",
              record: entry.record,
              sequence: entry.sequence,
            });
        },
        caughtUp: (sequence) => {
          void agent.onClusterEvent({ type: "stream.level", instance: "a", sequence });
          resolve();
        },
      },
      stopped.signal,
    );
  });
  void agent.onClusterEvent({ type: "edge.taken", instance: "a", term: 1 });
  for (;;) {
    const claimed = await log.claim("a", "bench", stopped.signal);
    if (claimed.ok) {
      void agent.onClusterEvent({ type: "ownership.gained", instance: "a", ownership: claimed.value });
      break;
    }
  }
  const owned = stack.move();
  return { agent, [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose]() };
};

/** Waits until `condition` holds; throws after `limit` milliseconds. */
export const until = async (condition: () => boolean, limit = 60_000): Promise<void> => {
  const deadline = performance.now() + limit;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not so within ${limit} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
};

/** Runs `ip` with these words. */
export const ip = (...words: readonly string[]): void => {
  execFileSync("ip", words, { stdio: "pipe" });
};
