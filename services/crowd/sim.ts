import { formatAddress } from "#ipv6/address.ts";
import { derivedKey } from "#linux/derived-keys.ts";
import type { Digests } from "#mip6/digests.ts";
import type { Clock } from "#ports/clock.ts";
import type { PacketError, Packets, PacketTap, TapFilter } from "#ports/packets.ts";
import { done, type Result } from "#wire/result.ts";
import { after, between, type Instant, type Milliseconds, millis, seconds } from "#wire/time.ts";
import { createAddressPlan } from "./address-plan.ts";
import { createCrowd } from "./crowd.ts";
import type { HistorySink } from "./history-lines.ts";
import { createPacer } from "./pacer.ts";
import { createReflector } from "./reflector.ts";
import type { MobileNodeCounts, SimReport, SimSet, SimSettings, SimStatus } from "./report.ts";
import type { CrowdSettings } from "./settings.ts";
import { createCrowdSignalling } from "./signalling.ts";
import { createCrowdTable } from "./table.ts";
import { createTally } from "./tally.ts";
import { criteriaOf } from "./verdict.ts";

/** How often what is due is sent. */
const TURN = millis(4);
/** Packets given to the kernel at once. */
const BURST = 256;
/** Packets that wait for a device that is full; beyond it they are lost, as on a full link. */
const MOST_WAITING = 65_536;
/** De-registrations a second at the end, where no greater rate was asked for. */
const RETURN_RATE = 2000;
const PROTOCOL_MOBILITY = 135;

const EAGAIN = 11;
const ENOBUFS = 105;

const isFull = (error: PacketError): boolean =>
  error.code === "system" && (error.errno === EAGAIN || error.errno === ENOBUFS);

/** A run of simulated mobile nodes. */
export interface Sim extends AsyncDisposable {
  start(): Result<void, PacketError>;
  set(change: SimSet): SimSettings;
  status(): SimStatus;
  report(): SimReport;
  /** Ends the load; resolves when the last answers have come and, unless they are kept, all bindings are ended. */
  end(): Promise<SimReport>;
}

/** Random numbers from a seed (mulberry32): the same choices each time. */
const seededRandom = (seed: number): (() => number) => {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
};

export const createSim = (
  settings: CrowdSettings,
  deps: {
    readonly packets: Packets;
    readonly clock: Clock;
    readonly digests: Digests;
    readonly history?: HistorySink | undefined;
  },
): Sim => {
  const { packets, clock, digests, history } = deps;
  const random = seededRandom(settings.seed);
  const plan = createAddressPlan(settings);
  const table = createCrowdTable(settings.count, {
    lifetime: () => settings.lifetime,
    firstTimeout: settings.firstTimeout,
  });
  for (let node = 0; node < table.count; node++) table.sequence[node] = Math.floor(random() * 65536);
  const tally = createTally();
  const keyOf = (homeAddress: Uint8Array) => derivedKey(settings.masterKey, homeAddress);
  const signalling = createCrowdSignalling(table, { ...settings, plan, keyOf, digests });
  const { answerWithin } = settings;
  const reflector = createReflector({ plan, table, signalling });
  const answer = (answers: readonly Uint8Array[]) => crowd.outbox.push(...answers);
  const onRegistered = (node: number) => answer(reflector.release(node, clock.wall()));
  const crowd = createCrowd(table, { plan, signalling, tally, clock, random, answerWithin, onRegistered, history });
  const startedAt = clock.wall();
  const start = clock.now();
  const processor = process.cpuUsage();
  const pacer = createPacer(settings.load, {
    crowd,
    capacity: settings.count,
    start,
    random,
    offered: () => tally.offered,
    notOffered: tally.notOffered,
  });
  const closers: AsyncDisposable[] = [];
  const taps: PacketTap[] = [];
  let counts: MobileNodeCounts = crowd.census(0);
  let secondEnds = after(start, seconds(1));
  let stopped = false;
  let settled: MobileNodeCounts | undefined;
  let returned: MobileNodeCounts | undefined;

  /** What a full device does not take now goes out with the next turn; what this host has no route for is lost. */
  const flush = () => {
    const { outbox } = crowd;
    let at = 0;
    while (at < outbox.length) {
      const { sent, error } = packets.send(outbox.slice(at, at + BURST));
      at += sent;
      if (error === undefined) continue;
      if (isFull(error)) break;
      tally.ignored("not sent: this host refuses");
      at += 1;
    }
    outbox.splice(0, Math.max(at, outbox.length - MOST_WAITING));
  };

  const dropped = (): number => taps.reduce((sum, tap) => sum + tap.dropped, 0);

  const endSeconds = (now: Instant) => {
    while (now >= secondEnds) {
      counts = crowd.census(pacer.wanted);
      tally.endSecond(counts.registered);
      secondEnds = after(secondEnds, seconds(1));
    }
  };

  const turn = () => {
    if (stopped) return;
    const now = clock.now();
    crowd.advance();
    pacer.advance(now);
    flush();
    endSeconds(now);
    clock.start(TURN, turn);
  };

  const listen = (filter: TapFilter, onPacket: (bytes: Uint8Array) => void): Result<void, PacketError> => {
    const opened = packets.openTap({
      filter,
      ignoreOutgoing: true,
      onPackets: (batch) => {
        for (const { bytes, outgoing } of batch) if (!outgoing) onPacket(bytes);
        if (crowd.outbox.length > 0) flush();
      },
    });
    if (!opened.ok) return opened;
    taps.push(opened.value);
    closers.push(opened.value);
    return done;
  };

  const report = (): SimReport => {
    const now = crowd.census(pacer.wanted);
    const exchanges = tally.counts(dropped());
    const flows = reflector.flows();
    const used = process.cpuUsage(processor);
    const criteria = criteriaOf({
      settled: settled ?? now,
      returned,
      exchanges,
      flows,
      answerWithin: settings.answerWithin / 1000,
      allowedGap: settings.allowedGap,
    });
    return {
      seed: settings.seed,
      startedAt,
      seconds: Math.round(between(start, clock.now()) / 100) / 10,
      homeAgents: settings.homeAgents.map(({ name, address }) => `${name} ${formatAddress(address)}`),
      mobileNodes: settled ?? now,
      exchanges,
      latency: tally.latency(),
      perSecond: tally.perSecond(),
      flows,
      processor: { user: used.user / 1e6, system: used.system / 1e6 },
      verdict: { passed: criteria.every(({ passed }) => passed), criteria },
    };
  };

  /** Waits until `condition` holds, at most `answerWithin` (and `longer`); tells how it is then. */
  const quiet = (
    condition: (now: MobileNodeCounts) => boolean,
    longer: Milliseconds = millis(0),
  ): Promise<MobileNodeCounts> => {
    const limit = after(after(clock.now(), settings.answerWithin), longer);
    return new Promise((resolve) => {
      const look = () => {
        const now = crowd.census(pacer.wanted);
        if (stopped || condition(now) || clock.now() >= limit) resolve(now);
        else clock.start(millis(50), look);
      };
      look();
    });
  };

  return {
    start: () => {
      const listening = listen({ kind: "mobility" }, crowd.receive);
      if (!listening.ok) return listening;
      const reflecting = listen({ kind: "tunnelled" }, (bytes) => answer(reflector.receive(bytes, clock.wall())));
      if (!reflecting.ok) return reflecting;
      const held = packets.holdProtocol(PROTOCOL_MOBILITY);
      if (!held.ok) return held;
      closers.push(held.value);
      turn();
      return done;
    },
    set: ({ moveWithin, ...change }) => {
      pacer.set(change);
      if (moveWithin !== undefined) pacer.moveAll(seconds(moveWithin));
      return pacer.settings;
    },
    status: () => {
      const { offered, answered, retransmitted, p50, p99 } = tally.lastSecond;
      return {
        seconds: Math.round(between(start, clock.now()) / 100) / 10,
        phase: settled === undefined ? "running" : "ending",
        mobileNodes: { ...counts, wanted: pacer.wanted },
        ...{ offered, answered, retransmitted, p50, p99 },
        unanswered: tally.counts(0).unanswered,
        settings: pacer.settings,
      };
    },
    report,
    end: async () => {
      const tell = () => {
        if (history !== undefined) reflector.tell(history);
      };
      // At once: who waits for answers that do not come may be killed meanwhile.
      tell();
      const { wanted } = pacer;
      pacer.set({ rate: 0, moveRate: 0, mobileNodes: wanted, ramp: 0 });
      settled = await quiet(({ awaiting }) => awaiting === 0);
      if (!settings.keep && !stopped) {
        const ramp = wanted / Math.max(RETURN_RATE, settings.load.rate);
        pacer.set({ mobileNodes: 0, ramp });
        await quiet(() => pacer.wanted === 0, seconds(ramp));
        returned = await quiet(({ awaiting, registered }) => awaiting + registered === 0);
      }
      tell();
      return report();
    },
    [Symbol.asyncDispose]: async () => {
      stopped = true;
      for (const closer of closers.splice(0).reverse()) await closer[Symbol.asyncDispose]();
    },
  };
};
