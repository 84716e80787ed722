import { describe, expect, it } from "vitest";
import { createActor, type SnapshotFrom } from "xstate";
import { address } from "#ipv6/address.ts";
import { instantOf, type Milliseconds, millis, seconds } from "#wire/time.ts";
import { lifetimeToAsk } from "./binding-update-list.ts";
import {
  type BindingUpdateListEvent,
  type BindingUpdateListOutput,
  bindingUpdateListMachine,
} from "./binding-update-list-machine.ts";

const HOME = address("2001:db8:1::100");
const HOME_AGENT = address("2001:db8:1::a1");
const FIRST = address("2001:db8:f1::100");
const SECOND = address("2001:db8:f2::100");

type Update = Extract<BindingUpdateListOutput, { type: "update.due" }>;

/** One entry on a clock of its own; every `update.due` is answered with `update.sent` at once, as the program does. */
const entry = (input: { sequence?: number; wantedLifetime?: Milliseconds; shortened?: Milliseconds } = {}) => {
  let now = 0;
  let nextId = 0;
  const timers = new Map<number, { due: number; run: () => void }>();
  const clock = {
    setTimeout: (run: () => void, delay: number) => {
      timers.set(++nextId, { due: now + delay, run });
      return nextId;
    },
    clearTimeout: (id: number) => {
      timers.delete(id);
    },
  };
  const actor = createActor(bindingUpdateListMachine, {
    clock,
    input: {
      peer: HOME_AGENT,
      homeAddress: HOME,
      wantedLifetime: input.wantedLifetime ?? seconds(60),
      sequence: input.sequence ?? 99,
    },
  });
  const said: (BindingUpdateListOutput & { at: number })[] = [];
  const at = () => instantOf(now);
  actor.on("*", (output) => {
    said.push({ ...output, at: now });
    if (output.type === "update.due")
      actor.send({ type: "update.sent", lifetime: input.shortened ?? output.lifetime, at: at() });
  });
  actor.start();
  return {
    send: (event: BindingUpdateListEvent) => actor.send(event),
    register: (careOfAddress = FIRST) => actor.send({ type: "registration.requested", careOfAddress, at: at() }),
    deregister: () => actor.send({ type: "deregistration.requested", at: at() }),
    answer: (answer: { status: number; sequence?: number; lifetime?: Milliseconds; refreshAdvice?: Milliseconds }) =>
      actor.send({
        type: "acknowledgement.received",
        sequence: actor.getSnapshot().context.sequence,
        lifetime: seconds(60),
        ...answer,
        at: at(),
      }),
    advance: (by: Milliseconds) => {
      const end = now + by;
      for (;;) {
        const due = [...timers].filter(([, t]) => t.due <= end).sort((a, b) => a[1].due - b[1].due)[0];
        if (due === undefined) break;
        timers.delete(due[0]);
        now = due[1].due;
        due[1].run();
      }
      now = end;
    },
    updates: () => said.filter((o): o is Update & { at: number } => o.type === "update.due"),
    said,
    state: (): SnapshotFrom<typeof bindingUpdateListMachine>["value"] => actor.getSnapshot().value,
    context: () => actor.getSnapshot().context,
    at,
  };
};

const gaps = (times: readonly number[]) => times.slice(1).map((t, i) => t - (times[i] ?? 0));

describe("a Binding Update towards the home agent", () => {
  it("waits 1.5 s, then doubles to 32 s and stays there without ever giving up (R-11.8-02, R-11.8-05, R-11.7.1-16, R-12-05)", () => {
    const e = entry();
    e.register();
    e.advance(seconds(200));
    expect(gaps(e.updates().map((u) => u.at))).toEqual([1500, 3000, 6000, 12000, 24000, 32000, 32000, 32000, 32000]);
  });

  it("waits 1 s where the home agent has a binding of ours (R-11.8-03, R-12-02)", () => {
    const e = entry();
    e.register();
    e.answer({ status: 0 });
    e.register(SECOND);
    e.advance(seconds(3));
    expect(gaps(e.updates().map((u) => u.at))).toEqual([0, 1000, 2000]);
  });

  it("is retransmitted with a greater sequence number, modulo 2^16 (R-11.8-08, R-11.1-03)", () => {
    const e = entry({ sequence: 65534 });
    e.register();
    e.advance(seconds(5));
    expect(e.updates().map((u) => u.sequence)).toEqual([65535, 0, 1]);
  });

  it("starts a new back-off for another care-of address (R-11.8-06)", () => {
    const e = entry();
    e.register();
    e.advance(seconds(20));
    e.register(SECOND);
    e.advance(seconds(2));
    expect(e.updates().slice(-2)).toMatchObject([
      { careOfAddress: SECOND, attempt: 1, at: 20_000 },
      { attempt: 2, at: 21_500 },
    ]);
  });

  it("leaves at most three times a second however often the link changes, the last one wins (R-11.5.3-03, R-12-11)", () => {
    const e = entry();
    for (let i = 0; i < 20; i++) {
      e.register(i % 2 === 0 ? FIRST : SECOND);
      e.advance(millis(50));
    }
    expect(e.updates().filter((u) => u.at < 1000)).toHaveLength(3);
    e.advance(seconds(1));
    expect(e.updates().at(-1)?.careOfAddress).toEqual(SECOND);
  });

  it("rests while there is no link and leaves at once when there is one again", () => {
    const e = entry();
    e.register();
    e.send({ type: "path.lost" });
    e.advance(seconds(100));
    expect(e.updates()).toHaveLength(1);
    e.register();
    expect(e.updates()).toHaveLength(2);
  });

  it("asks for no longer lifetime than the care-of address has left, in steps of 4 s, and never for 0 (R-11.7.1-12, R-11.7.1-11)", () => {
    const ask = (left: number) => lifetimeToAsk(seconds(60), instantOf(90_000 + left * 1000), instantOf(90_000));
    expect([31, 28, 61, 60, 3, 0, -5].map(ask)).toEqual([28, 28, 60, 60, 4, 4, 4].map(seconds));
    expect(lifetimeToAsk(seconds(60), undefined, instantOf(0))).toBe(seconds(60));
  });

  it("is counted from the lifetime that was in it, and the next one asks for the whole again (R-11.1-01)", () => {
    const e = entry({ shortened: seconds(20) });
    e.register();
    expect(e.context().expiresAt).toBe(20_000);
    e.answer({ status: 0 });
    expect(e.context().acknowledgedUntil).toBe(20_000);
    e.advance(millis(15_500));
    expect(e.updates().map((u) => [u.at, u.lifetime])).toEqual([
      [0, 60_000],
      [15_000, 60_000],
    ]);
  });

  it("is not sent twice for the same care-of address", () => {
    const e = entry();
    e.register();
    e.register();
    e.answer({ status: 0 });
    e.register();
    expect(e.updates()).toHaveLength(1);
  });
});

describe("a Binding Acknowledgement (R-8.5-11)", () => {
  it("below 128 stops retransmission and marks the entry (R-11.7.3-07, R-11.7.3-08)", () => {
    const e = entry();
    e.register();
    e.answer({ status: 0 });
    e.advance(seconds(30));
    expect(e.updates()).toHaveLength(1);
    expect(e.state()).toEqual({ update: "registered", binding: "acknowledged" });
  });

  it("grants max(L_remain - (L_update - L_ack), 0), counted from the sending (R-11.7.3-09)", () => {
    const e = entry();
    e.register();
    e.advance(seconds(1));
    e.answer({ status: 0, lifetime: seconds(40) });
    expect(e.context().acknowledgedUntil).toBe(40_000);
  });

  it("with another sequence number is ignored (R-11.7.3-05)", () => {
    const e = entry();
    e.register();
    e.answer({ status: 0, sequence: 99 });
    expect(e.state()).toEqual({ update: "awaiting", binding: "unacknowledged" });
  });

  it("is followed by a refresh well before the end of the lifetime (R-11.7.3-10)", () => {
    const e = entry();
    e.register();
    e.answer({ status: 0 });
    e.advance(millis(45_500));
    expect(e.updates().map((u) => u.at)).toEqual([0, 45_000]);
  });

  it("with Binding Refresh Advice is followed by a refresh at that interval (R-11.7.3-17, R-10.3.1-35, R-6.2.4-01)", () => {
    const e = entry();
    e.register();
    e.answer({ status: 0, refreshAdvice: seconds(8) });
    e.advance(seconds(8));
    expect(e.updates().map((u) => u.at)).toEqual([0, 8000]);
  });

  it("135 gives the sequence number to go on from, at once (R-11.7.1-20, R-11.7.3-11)", () => {
    const e = entry();
    e.register();
    e.answer({ status: 135, sequence: 500 });
    expect(e.updates().map((u) => [u.sequence, u.at])).toEqual([
      [100, 0],
      [501, 0],
    ]);
  });

  it("135 again and again is answered within the rate limit, then by the ordinary back-off", () => {
    const e = entry();
    e.register();
    for (let i = 0; i < 500; i++) {
      e.answer({ status: 135, sequence: i });
      e.advance(millis(10));
    }
    expect(e.updates().length).toBeLessThanOrEqual(8);
  });

  it("144 is corrected at once by a new Binding Update (RFC 4285 §6)", () => {
    const e = entry();
    e.register();
    e.answer({ status: 144 });
    expect(e.updates()).toHaveLength(2);
  });

  it("134 ends the use of the home address (R-11.7.1-23)", () => {
    const e = entry();
    e.register();
    e.answer({ status: 134 });
    e.register(SECOND);
    e.advance(seconds(1000));
    expect(e.updates()).toHaveLength(1);
    expect(e.said.at(-1)).toMatchObject({ type: "binding.refused", status: 134, final: true });
  });

  it("134 leaves no binding, so that a return home detects duplicates before the address is used", () => {
    const e = entry();
    e.register();
    e.answer({ status: 134 });
    expect(e.state()).toEqual({ update: "duplicate", binding: "none" });
  });

  it("134 is over once the address was proven unique at home: leaving again registers it as a new one (R-11.7.1-22)", () => {
    const e = entry();
    e.register();
    e.answer({ status: 134 });
    e.send({ type: "home.reached" });
    e.register(SECOND);
    e.advance(seconds(2));
    expect(e.updates().map((u) => [u.at, u.careOfAddress])).toEqual([
      [0, FIRST],
      [0, SECOND],
      [1500, SECOND],
    ]);
  });

  it("146 leaves what was registered before to its own end, and tells it", () => {
    const e = entry();
    e.register();
    e.answer({ status: 0 });
    e.advance(seconds(45));
    e.answer({ status: 146 });
    expect(e.state()).toEqual({ update: "barred", binding: "acknowledged" });
    e.advance(seconds(15));
    expect(e.state()).toEqual({ update: "barred", binding: "none" });
    expect(e.said.at(-1)).toEqual({ type: "binding.gone", at: 60_000 });
  });

  it("146 to the first Binding Update leaves no binding", () => {
    const e = entry();
    e.register();
    e.answer({ status: 146 });
    expect(e.state()).toEqual({ update: "barred", binding: "none" });
  });

  it("146 still counts after the mobile node was at home (RFC 4285 §5.3)", () => {
    const e = entry();
    e.register();
    e.answer({ status: 146 });
    e.send({ type: "home.reached" });
    e.register(SECOND);
    expect(e.updates()).toHaveLength(1);
  });

  it("146 that is authentic stops all Binding Updates (RFC 4285 §5.3)", () => {
    const e = entry();
    e.register();
    e.answer({ status: 146 });
    e.register(SECOND);
    e.advance(seconds(1000));
    expect(e.updates()).toHaveLength(1);
    expect(e.said).toContainEqual(expect.objectContaining({ type: "binding.refused", status: 146, final: true }));
  });

  it("of another refusal makes the entry try again every 32 s only (R-11.7.3-14)", () => {
    const e = entry();
    e.register();
    e.answer({ status: 129 });
    e.advance(seconds(33));
    expect(e.updates().map((u) => u.at)).toEqual([0, 32_000]);
    expect(e.said[1]).toMatchObject({ type: "binding.refused", status: 129, final: false });
  });
});

describe("the lifetime of an entry", () => {
  it("ends with the acknowledged lifetime when refreshes are not answered (R-11.1-02)", () => {
    const e = entry();
    e.register();
    e.answer({ status: 0 });
    e.advance(seconds(60));
    expect(e.said.filter((o) => o.type === "binding.expired")).toMatchObject([{ at: 60_000 }]);
    expect(e.state()).toEqual({ update: "awaiting", binding: "unacknowledged" });
    // A new binding for the same home address: the first timeout is the long one again (R-11.7.1-22).
    e.register(SECOND);
    e.advance(seconds(2));
    expect(gaps(e.updates().map((u) => u.at)).at(-1)).toBe(1500);
  });

  it("is not made longer by an acknowledgement that comes twice", () => {
    const e = entry();
    e.register();
    e.answer({ status: 0 });
    e.advance(seconds(30));
    e.answer({ status: 0 });
    expect(e.context().acknowledgedUntil).toBe(60_000);
  });
});

describe("a de-registration", () => {
  it("has lifetime 0 and the home address as care-of address (R-11.5.5-03)", () => {
    const e = entry();
    e.register();
    e.answer({ status: 0 });
    e.deregister();
    expect(e.updates().at(-1)).toMatchObject({ careOfAddress: HOME, lifetime: 0 });
    e.answer({ status: 0, lifetime: seconds(0) });
    expect(e.state()).toEqual({ update: "idle", binding: "none" });
    expect(e.said.at(-1)).toMatchObject({ type: "binding.deregistered", status: 0 });
  });

  it("ends by itself when the binding has expired at the home agent", () => {
    const e = entry({ wantedLifetime: seconds(8) });
    e.register();
    e.answer({ status: 0, lifetime: seconds(8) });
    e.deregister();
    e.advance(seconds(100));
    expect(e.state()).toEqual({ update: "idle", binding: "none" });
    expect(e.updates().at(-1)?.at).toBe(7000);
  });

  it.each([
    ["refused by 130", 130],
    ["refused by 146", 146],
  ])("that is %s ends with the binding", (_, status) => {
    const e = entry();
    e.register();
    e.answer({ status: 0 });
    e.deregister();
    e.answer({ status });
    e.advance(seconds(59));
    expect(e.said.at(-1)).not.toMatchObject({ type: "binding.deregistered" });
    e.advance(seconds(1));
    expect(e.said.at(-1)).toEqual({ type: "binding.deregistered", status: undefined, at: 60_000 });
  });

  it("that the rate limit holds back ends with the binding too", () => {
    const e = entry({ wantedLifetime: seconds(4) });
    e.register();
    e.answer({ status: 0, lifetime: seconds(4) });
    e.advance(millis(3900));
    for (let i = 0; i < 3; i++) e.register(i % 2 === 0 ? SECOND : FIRST);
    // Only the acknowledgement of the first counts.
    e.deregister();
    expect(e.state()).toMatchObject({ update: "held" });
    e.advance(seconds(100));
    expect(e.said.filter((o) => o.type === "binding.deregistered")).toHaveLength(1);
    expect(e.state()).toEqual({ update: "idle", binding: "none" });
  });

  it("is over when the home agent has no binding of ours (133)", () => {
    const e = entry();
    e.deregister();
    e.answer({ status: 133 });
    expect(e.state()).toEqual({ update: "idle", binding: "none" });
  });
});
