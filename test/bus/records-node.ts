import { createHomeRegistrationStep } from "#binding/home-registrations.ts";
import { type AuditorOptions, createAuditor } from "#home-agent/auditor.ts";
import { type Counters, createCounters } from "#home-agent/counters.ts";
import { createHomeAgentInstance } from "#home-agent/instance.ts";
import type { HomeAgentInstance } from "#home-agent/instance-contract.ts";
import { address, formatAddress, parsePrefix } from "#ipv6/address.ts";
import type { BindingLog, Ownership } from "#ports/binding-log.ts";
import type { ClusterEvent } from "#ports/cluster.ts";
import type { InstanceSpec, Kernel } from "#ports/kernel.ts";
import type { ReplicaExchange } from "#ports/replica-exchange.ts";
import { createFakeKernel, type FakeKernel } from "#simulator/fake-kernel.ts";
import { millis, seconds } from "#wire/time.ts";
import { hostClock } from "./servers.ts";

const prefix = parsePrefix("2001:db8:1::/64");
if (!prefix.ok) throw new Error("prefix");

const SPEC: InstanceSpec = {
  name: "a",
  number: 1,
  homeAgentAddress: address("2001:db8:1::a1"),
  homePrefix: prefix.value,
  virtualMac: new Uint8Array([0, 0, 0x5e, 0, 2, 1]),
  device: "home0",
};

/** One node's instance `a` over a real log, with its auditor; kernel and packets are left out. */
export interface RecordsNode {
  readonly instance: HomeAgentInstance;
  readonly kernel: FakeKernel;
  readonly counters: Counters;
  readonly alarms: readonly string[];
  /** Claims the stream and holds the edge. */
  own(): Promise<Ownership>;
  /** Home addresses with care-of address and version, of the cache. */
  records(): Map<string, string>;
}

/** Opens a node that follows until `signal` aborts, and waits until it is level. */
export const openRecordsNode = async (
  name: string,
  deps: {
    readonly log: BindingLog;
    readonly exchange: ReplicaExchange;
    readonly signal: AbortSignal;
    readonly pace?: AuditorOptions;
    /** Left out: one that only keeps what it is told. */
    readonly realKernel?: Kernel;
  },
): Promise<RecordsNode> => {
  const { log, exchange, signal } = deps;
  const clock = hostClock;
  const counters = createCounters();
  const fake = createFakeKernel();
  const kernel = deps.realKernel ?? fake;
  const opened = await kernel.openInstance(SPEC);
  if (!opened.ok) throw new Error(opened.error.message);
  const alarms: string[] = [];
  const forever = millis(Number.POSITIVE_INFINITY);
  const instance = createHomeAgentInstance(
    SPEC,
    {
      policy: {
        homePrefix: SPEC.homePrefix,
        duplicateAddressDetection: "off",
        maximumLifetime: seconds(3600),
        minimumLifetime: seconds(4),
        prefixValidLifetime: forever,
        prefixPreferredLifetime: forever,
        permits: () => true,
      },
      limits: { bindings: 10_000, inMotion: 10_000, tombstones: 1_000 },
      seed: 1,
    },
    {
      clock,
      kernel,
      counters,
      step: createHomeRegistrationStep(),
      residents: {
        size: 0,
        has: () => false,
        start: () => {},
        send: () => {},
        stop: () => {},
        detect: () => Promise.resolve(false),
      },
      acknowledge: () => {},
      forward: () => {},
      tellStandbys: () => {},
      advertise: () => {},
      log: { info: () => {}, warn: () => {} },
    },
  );
  const auditor = createAuditor(deps.pace ?? { digests: millis(200), kernel: seconds(3600) }, {
    instances: [instance],
    log,
    exchange,
    kernel,
    clock,
    alarm: { error: (_, message) => alarms.push(message), warn: () => {} },
  });
  const tell = (event: ClusterEvent): void => {
    auditor.onClusterEvent(event);
    void instance.onClusterEvent(event);
  };
  await new Promise<void>((resolve) => {
    void log.follow(
      "a",
      {
        entry: (entry) => {
          const { sequence } = entry;
          if (entry.kind === "record") tell({ type: "record.followed", instance: "a", record: entry.record, sequence });
        },
        caughtUp: (sequence) => {
          tell({ type: "stream.level", instance: "a", sequence });
          resolve();
        },
        lost: () => tell({ type: "stream.lost", instance: "a" }),
      },
      signal,
    );
  });
  void auditor.run(signal);
  return {
    instance,
    kernel: fake,
    counters,
    alarms,
    own: async () => {
      for (;;) {
        const claimed = await log.claim("a", name, signal);
        signal.throwIfAborted();
        if (!claimed.ok) continue;
        tell({ type: "edge.taken", instance: "a", term: 1 });
        tell({ type: "ownership.gained", instance: "a", ownership: claimed.value });
        return claimed.value;
      }
    },
    records: () => {
      const found = new Map<string, string>();
      for (const slot of instance.cache.slots()) {
        const { homeAddress, careOfAddress, epoch, revision, lifetime } = instance.cache.read(slot);
        if (lifetime > 0)
          found.set(formatAddress(homeAddress), `${formatAddress(careOfAddress)} of ${epoch}.${revision}`);
      }
      return found;
    },
  };
};
