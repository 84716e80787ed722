import { afterEach, describe, expect, it } from "vitest";
import type { BindingRecord } from "#binding/record.ts";
import { address, formatAddress } from "#ipv6/address.ts";
import { after, type Instant, instantOf, seconds } from "#wire/time.ts";
import type { BindingLog, LogEntry } from "./binding-log.ts";

/** What an adapter's test gives the suite. */
export interface BindingLogSubject {
  /** A log of a further node; all see the same streams. */
  readonly openLog: () => Promise<BindingLog> | BindingLog;
  readonly now: () => Instant;
}

const home = (index: number) => address(`2001:db8:1::${(0x1000 + index).toString(16)}`);

/** A record of the home address with this index. */
export const bindingRecord = (index: number, now: Instant, change: Partial<BindingRecord> = {}): BindingRecord => ({
  homeAddress: home(index),
  careOfAddress: address("2001:db8:f1::1"),
  sequence: 7,
  lifetime: seconds(60),
  expiresAt: after(now, seconds(60)),
  flags: 0xc000,
  replayTimestamp: 0xe8a1_0000_8000_0001n,
  spi: 256,
  epoch: 1,
  revision: 1,
  ...change,
});

/** A node that follows one instance and keeps what it heard. */
export const followLog = (log: BindingLog, instance: string, signal: AbortSignal) => {
  const entries: LogEntry[] = [];
  let level: number | undefined;
  const { promise: caughtUp, resolve } = Promise.withResolvers<void>();
  const running = log.follow(
    instance,
    {
      entry: (entry) => entries.push(entry),
      caughtUp: (sequence) => {
        level = sequence;
        resolve();
      },
    },
    signal,
  );
  const sequence = () => Math.max(level ?? 0, entries.at(-1)?.sequence ?? 0);
  return {
    entries,
    caughtUp,
    running,
    sequence,
    /** The last record heard of each home address. */
    state: () => {
      const state = new Map<string, BindingRecord>();
      for (const entry of entries)
        if (entry.kind === "record") state.set(formatAddress(entry.record.homeAddress), entry.record);
      return state;
    },
    reached: (wanted: number) => expect.poll(sequence, { timeout: 10_000 }).toBeGreaterThanOrEqual(wanted),
  };
};

let counter = 0;

/** The promises of port BindingLog; fake and real adapter pass the same suite. */
export const describeBindingLog = (name: string, open: () => Promise<BindingLogSubject>): void => {
  describe(`BindingLog: ${name}`, () => {
    let stop = new AbortController();
    afterEach(() => {
      stop.abort();
      stop = new AbortController();
    });

    const begin = async () => {
      const subject = await open();
      const instance = `i${++counter}`;
      const node = async () => {
        const log = await subject.openLog();
        const follower = followLog(log, instance, stop.signal);
        await follower.caughtUp;
        return { log, follower };
      };
      const claim = async (from: Awaited<ReturnType<typeof node>>, as: string) => {
        const claimed = await from.log.claim(instance, as, stop.signal);
        if (!claimed.ok) throw new Error(JSON.stringify(claimed.error));
        return claimed.value;
      };
      return { subject, instance, node, claim, now: subject.now() };
    };

    it("is level at once on an empty stream", async () => {
      const { node } = await begin();
      const { follower } = await node();
      expect(follower.entries).toEqual([]);
    });

    it("gives every owner a greater epoch", async () => {
      const { node, claim } = await begin();
      const one = await node();
      const two = await node();
      const first = await claim(one, "ha1");
      await two.follower.reached(1);
      const second = await claim(two, "ha2");
      expect(second.epoch).toBeGreaterThan(first.epoch);
      await one.follower.reached(2);
      expect(one.follower.entries.map((entry) => entry.kind === "epoch" && [entry.epoch, entry.node])).toEqual([
        [first.epoch, "ha1"],
        [second.epoch, "ha2"],
      ]);
    });

    it("refuses to claim a stream that this node does not follow", async () => {
      const { subject, instance } = await begin();
      const log = await subject.openLog();
      expect(await log.claim(instance, "ha1", stop.signal)).toMatchObject({
        ok: false,
        error: { code: "unavailable" },
      });
    });

    it("delivers committed records in order to all that follow, whole and unchanged", async () => {
      const { node, claim, now } = await begin();
      const one = await node();
      const two = await node();
      const owner = await claim(one, "ha1");
      const record = bindingRecord(1, now, { epoch: owner.epoch });
      const batch = [bindingRecord(2, now), bindingRecord(3, now)];
      expect(await owner.append([record], stop.signal)).toEqual({ ok: true, value: { sequence: 2 } });
      expect(await owner.append(batch, stop.signal)).toEqual({ ok: true, value: { sequence: 4 } });
      await two.follower.reached(4);
      expect(two.follower.entries.map((entry) => entry.sequence)).toEqual([1, 2, 3, 4]);
      const heard = two.follower.entries[1];
      if (heard?.kind !== "record") throw new Error("no record heard");
      expect({ ...heard.record, expiresAt: 0 }).toEqual({ ...record, expiresAt: 0 });
      expect(Math.abs(heard.record.expiresAt - record.expiresAt)).toBeLessThan(1_000);
    });

    it("gives a new follower the current record of every home address only", async () => {
      const { node, claim, now } = await begin();
      const one = await node();
      const owner = await claim(one, "ha1");
      for (const sequence of [1, 2, 3])
        await owner.append([bindingRecord(1, now, { sequence }), bindingRecord(2, now, { sequence })], stop.signal);
      const { follower } = await node();
      expect([...follower.state().values()].map((record) => record.sequence)).toEqual([3, 3]);
      expect(follower.entries.filter((entry) => entry.kind === "record")).toHaveLength(2);
      expect(follower.entries.filter((entry) => entry.kind === "epoch")).toHaveLength(1);
    });

    it("keeps the record of an ended binding as a tombstone", async () => {
      const { node, claim, now } = await begin();
      const owner = await claim(await node(), "ha1");
      await owner.append([bindingRecord(1, now)], stop.signal);
      await owner.append([bindingRecord(1, now, { lifetime: seconds(0), expiresAt: instantOf(now) })], stop.signal);
      const { follower } = await node();
      expect([...follower.state().values()].map((record) => [record.lifetime, record.sequence])).toEqual([[0, 7]]);
    });

    it("refuses every write of a former owner, single and batch", async () => {
      const { node, claim, now } = await begin();
      const one = await node();
      const two = await node();
      const former = await claim(one, "ha1");
      await former.append([bindingRecord(1, now)], stop.signal);
      await two.follower.reached(2);
      const owner = await claim(two, "ha2");
      const fenced = { ok: false, error: { code: "fenced", epoch: owner.epoch } };
      expect(await former.append([bindingRecord(1, now, { sequence: 8 })], stop.signal)).toEqual(fenced);
      expect(await former.append([bindingRecord(1, now), bindingRecord(2, now)], stop.signal)).toEqual(fenced);
      expect(await owner.append([bindingRecord(3, now)], stop.signal)).toEqual({ ok: true, value: { sequence: 4 } });
      await one.follower.reached(4);
      expect([...one.follower.state().keys()].sort()).toEqual([home(1), home(3)].map(formatAddress));
    });

    it("lets one of two nodes that claim together become owner of an epoch", async () => {
      const { node, instance, now } = await begin();
      const nodes = await Promise.all([node(), node()]);
      const claims = await Promise.all(nodes.map(({ log }, index) => log.claim(instance, `ha${index}`, stop.signal)));
      const owners = claims.flatMap((claimed) => (claimed.ok ? [claimed.value] : []));
      expect(owners.length).toBeGreaterThan(0);
      expect(new Set(owners.map((owner) => owner.epoch)).size).toBe(owners.length);
      const written = await Promise.all(owners.map((owner) => owner.append([bindingRecord(1, now)], stop.signal)));
      expect(written.filter((result) => result.ok)).toHaveLength(1);
    });

    it("commits a thousand records as one", async () => {
      const { node, claim, now } = await begin();
      const one = await node();
      const owner = await claim(one, "ha1");
      const records = Array.from({ length: 1_000 }, (_, index) => bindingRecord(index, now));
      expect(await owner.append(records, stop.signal)).toEqual({ ok: true, value: { sequence: 1_001 } });
      await one.follower.reached(1_001);
      expect(one.follower.state().size).toBe(1_000);
    });

    it("carries out appends in the order in which they were asked for", async () => {
      const { node, claim, now } = await begin();
      const one = await node();
      const owner = await claim(one, "ha1");
      const results = await Promise.all(
        [1, 2, 3, 4].map((sequence) => owner.append([bindingRecord(1, now, { sequence })], stop.signal)),
      );
      expect(results.map((result) => result.ok && result.value.sequence)).toEqual([2, 3, 4, 5]);
      await one.follower.reached(5);
      expect([...one.follower.state().values()].map((record) => record.sequence)).toEqual([4]);
    });

    it("tells the sequence of the stream", async () => {
      const { node, claim, instance, now } = await begin();
      const one = await node();
      const owner = await claim(one, "ha1");
      await owner.append([bindingRecord(1, now)], stop.signal);
      expect(await one.log.state(instance, stop.signal)).toMatchObject({ ok: true, value: { sequence: 2 } });
    });

    it("reads what the stream holds now, once, whether it is followed or not", async () => {
      const { subject, instance, node, claim, now } = await begin();
      const owner = await claim(await node(), "ha1");
      for (const sequence of [1, 2])
        await owner.append([bindingRecord(1, now, { sequence }), bindingRecord(2, now, { sequence })], stop.signal);
      const found: [string, number, number][] = [];
      const other = await subject.openLog();
      const read = await other.read(
        instance,
        (record, at) => found.push([formatAddress(record.homeAddress), record.sequence, at]),
        stop.signal,
      );
      expect(read).toEqual({ ok: true, value: { sequence: 5 } });
      expect(found).toEqual([
        [formatAddress(home(1)), 2, 4],
        [formatAddress(home(2)), 2, 5],
      ]);
    });

    it("ends following when told to", async () => {
      const { subject, instance } = await begin();
      const own = new AbortController();
      const follower = followLog(await subject.openLog(), instance, own.signal);
      await follower.caughtUp;
      own.abort();
      await follower.running;
    });
  });
};
