import { describe, expect, it } from "vitest";
import { bindingRecord } from "#ports/binding-log.compliance.ts";
import { relayCompliance } from "#ports/relay.compliance.ts";
import type { ReplicaNews } from "#ports/replica-exchange.ts";
import { after, instantOf, millis } from "#wire/time.ts";
import { createFakeCoreBus } from "./fake-core-bus.ts";
import { createVirtualClock } from "./virtual-clock.ts";

const open = () => {
  const clock = createVirtualClock();
  let isUp = true;
  const bus = createFakeCoreBus({ clock, reaches: () => isUp, latency: () => millis(1) });
  const member = (node: string, own = clock) => ({ node, deliver: (work: () => void) => work(), clock: own });
  const setUp = (next: boolean): void => {
    isUp = next;
  };
  return { clock, bus, member, setUp };
};

relayCompliance("the fake bus of octets", () => {
  const { clock, bus, member, setUp } = open();
  const [edge, owner] = [bus.relay(member("edge1")), bus.relay(member("ha1"))];
  return Promise.resolve({
    edge,
    owner,
    now: () => clock.now(),
    until: async (condition) => {
      for (let turns = 0; turns < 1000; turns++) {
        if (condition()) return;
        await clock.advance(millis(1));
      }
      throw new Error("it does not come about");
    },
    setAvailable: async (available) => setUp(available),
    [Symbol.asyncDispose]: async () => {
      await edge[Symbol.asyncDispose]();
      await owner[Symbol.asyncDispose]();
    },
  });
});

describe("fake bus of octets", () => {
  it("brings the ends of lifetimes by the wall clock to a host whose boot-time clock is another", async () => {
    const { clock, bus, member } = open();
    const booted = 5_000;
    const other = { ...clock, now: () => instantOf(clock.now() + booted) };
    const stop = new AbortController();
    const heard: ReplicaNews[] = [];
    void bus.exchange(member("ha2", other)).listen((_, __, news) => heard.push(news), stop.signal);
    const record = { ...bindingRecord(1, clock.now()), expiresAt: after(clock.now(), millis(8_000)) };
    bus.exchange(member("ha1")).tell("a", { kind: "offer", records: [record] });
    await clock.advance(millis(5));
    const [news] = heard;
    expect(news?.kind === "offer" ? news.records[0]?.expiresAt : undefined).toBe(record.expiresAt + booted);
    stop.abort();
  });
});
