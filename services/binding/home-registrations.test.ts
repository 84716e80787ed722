import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createActor, fromPromise } from "xstate";
import { address, addressEquals, parsePrefix } from "#ipv6/address.ts";
import { instantOf, millis, seconds } from "#wire/time.ts";
import type {
  DetectDuplicateInput,
  HomeRegistrationEvent,
  HomeRegistrationOutput,
} from "./home-registration-events.ts";
import { homeRegistrationMachine } from "./home-registration-machine.ts";
import { createHomeRegistrationStep, STATE, snapshotOf, stateName, stateNumber } from "./home-registrations.ts";
import type { BindingRecord } from "./record.ts";
import { FLAG, type HomeRegistrationPolicy, unknownBinding } from "./rules.ts";

const home = address("2001:db8:1::100");
const careOfAddresses = [address("2001:db8:f1::1"), address("2001:db8:f2::1")];
const homePrefix = parsePrefix("2001:db8:1::/64");
if (!homePrefix.ok) throw new Error("prefix");
const policy: HomeRegistrationPolicy = {
  homePrefix: homePrefix.value,
  duplicateAddressDetection: "off",
  maximumLifetime: seconds(3600),
  minimumLifetime: seconds(4),
  prefixValidLifetime: millis(Number.POSITIVE_INFINITY),
  prefixPreferredLifetime: millis(Number.POSITIVE_INFINITY),
  hasRoom: () => true,
  permits: () => true,
};
const step = createHomeRegistrationStep();

const received = (
  type: "registration.received" | "deregistration.received",
  sequence: number,
  careOf = 0,
  isForwarded = true,
): HomeRegistrationEvent => ({
  type,
  request: {
    sequence,
    careOfAddress: careOfAddresses[careOf] ?? home,
    lifetime: seconds(type === "registration.received" ? 60 : 0),
    flags: FLAG.homeRegistration,
    replayTimestamp: 0n,
    spi: 0,
  },
  isForwarded,
  now: instantOf(1000),
  epoch: 1,
});

/** Runs events through virtual steps from a state. */
const run = (events: readonly HomeRegistrationEvent[], from: { state: number; record: BindingRecord }) => {
  let at = from;
  const outputs: HomeRegistrationOutput[] = [];
  for (const event of events) {
    const next = step(at.state, at.record, policy, event);
    outputs.push(...next.outputs);
    at = next;
  }
  return { ...at, outputs };
};
const fresh = { state: STATE.unregistered as number, record: unknownBinding(home) };
const committed = (revision: number, epoch = 1): HomeRegistrationEvent => ({
  type: "binding.committed",
  epoch,
  revision,
});
const programmed = (careOf = 0): HomeRegistrationEvent => ({
  type: "forwarding.programmed",
  careOfAddress: careOfAddresses[careOf] ?? home,
});
const register = [received("registration.received", 7), committed(1), programmed()];

describe("home registration", () => {
  test("is carried out in the order commit, forwarding, proxy Neighbor Discovery, acknowledgement (R-10.3.1-12)", () => {
    const end = run(register, fresh);
    expect(end.outputs.map(({ type }) => type)).toEqual(["commit", "program", "advertise", "acknowledge"]);
    expect(end.outputs.at(-1)).toMatchObject({ status: 0, sequence: 7, lifetime: 60_000 });
    expect(stateName(end.state)).toBe("registered");
  });

  test("a refresh is acknowledged after its commit; a kernel that forwards there already is not asked", () => {
    const end = run([...register, received("registration.received", 8), committed(2)], fresh);
    expect(end.outputs.slice(4).map(({ type }) => type)).toEqual(["commit", "acknowledge"]);
  });

  test("a new care-of address is forwarded to before the commit; the acknowledgement needs both", () => {
    const moving = run([...register, received("registration.received", 8, 1)], fresh);
    expect(moving.outputs.slice(4).map(({ type }) => type)).toEqual(["program", "commit"]);
    for (const order of [
      [programmed(1), committed(2)],
      [committed(2), programmed(1)],
    ]) {
      const [first, second] = order;
      if (first === undefined || second === undefined) throw new Error("order");
      expect(run([first], moving).outputs.some(({ type }) => type === "acknowledge")).toBe(false);
      const end = run([first, second], moving);
      expect(end.outputs.at(-1)).toMatchObject({ type: "acknowledge", status: 0, sequence: 8 });
      expect(end.state).toBe(STATE.registered);
    }
  });

  test("a refresh of a binding that the kernel does not forward is forwarded first; the acknowledgement needs kernel and log", () => {
    const lacking = run([...register, received("registration.received", 8, 0, false)], fresh);
    expect(lacking.outputs.slice(4).map(({ type }) => type)).toEqual(["program", "commit"]);
    for (const order of [
      [committed(2), programmed()],
      [programmed(), committed(2)],
    ]) {
      const before = run(order.slice(0, 1), lacking);
      expect(before.outputs.some(({ type }) => type === "acknowledge")).toBe(false);
      const end = run(order.slice(1), before);
      expect(end.outputs.at(-1)).toMatchObject({ type: "acknowledge", status: 0, sequence: 8 });
    }
  });

  test("a refresh that comes before the kernel has answered for the move is not acknowledged without the kernel", () => {
    const moving = run([...register, received("registration.received", 8, 1)], fresh);
    const refreshed = run([received("registration.received", 9, 1, false), committed(2), committed(3)], moving);
    expect(refreshed.outputs.some(({ type }) => type === "acknowledge")).toBe(false);
    expect(run([programmed(1)], refreshed).outputs).toMatchObject([{ type: "advertise" }, { status: 0, sequence: 9 }]);
  });

  test("a kernel that refuses what a refresh needs ends the binding with status 130 (R-9.5.2-04)", () => {
    const refused: HomeRegistrationEvent = {
      type: "forwarding.refused",
      careOfAddress: careOfAddresses[0] ?? home,
      now: instantOf(1000),
      epoch: 1,
    };
    const end = run([...register, received("registration.received", 8, 0, false), refused], fresh);
    expect(end.outputs.at(-3)).toMatchObject({ type: "acknowledge", status: 130, sequence: 8 });
    expect(end.state).toBe(STATE.ending);
  });

  test("word of the care-of address before last is not taken for the present one", () => {
    const moving = run([...register, received("registration.received", 8, 1)], fresh);
    expect(run([programmed(0), committed(2)], moving).state).toBe(STATE.programming);
  });

  test("an update overtaken by a newer one is answered once, for the newer (R-10.3.1-31)", () => {
    const end = run(
      [
        ...register,
        received("registration.received", 8),
        received("registration.received", 9),
        committed(2),
        committed(3),
      ],
      fresh,
    );
    expect(end.outputs.slice(4).filter(({ type }) => type === "acknowledge")).toMatchObject([{ sequence: 9 }]);
  });

  test("a retransmission while the commit is under way commits nothing again", () => {
    const end = run([...register, received("registration.received", 8), received("registration.received", 8)], fresh);
    expect(end.outputs.slice(4).map(({ type }) => type)).toEqual(["commit"]);
    expect(end.record.revision).toBe(2);
  });

  test("a stale sequence number is answered with 135 and the last accepted one (R-9.5.1-14)", () => {
    const end = run([...register, received("registration.received", 7)], fresh);
    expect(end.outputs.at(-1)).toEqual({ type: "acknowledge", status: 135, sequence: 7, lifetime: 0 });
    expect(end.record.revision).toBe(1);
  });

  test("de-registration ends forwarding before it is acknowledged (R-10.3.2-12)", () => {
    const end = run(
      [...register, received("deregistration.received", 8), committed(2), { type: "forwarding.withdrawn" }],
      fresh,
    );
    expect(end.outputs.slice(4).map(({ type }) => type)).toEqual(["commit", "withdraw", "acknowledge"]);
    expect(end.outputs.at(-1)).toMatchObject({ status: 0, sequence: 8, lifetime: 0 });
    expect(end).toMatchObject({ state: STATE.unregistered, record: { lifetime: 0, sequence: 8, revision: 2 } });
  });

  test("a de-registration repeated with a new number before the answer is answered once", () => {
    const end = run(
      [
        ...register,
        received("deregistration.received", 8),
        received("deregistration.received", 9),
        committed(3),
        { type: "forwarding.withdrawn" },
      ],
      fresh,
    );
    expect(end.outputs.filter(({ type }) => type === "acknowledge").slice(1)).toMatchObject([
      { status: 0, sequence: 9 },
    ]);
  });

  test("the end of a lifetime ends forwarding at once and writes a tombstone (R-10.3.1-24)", () => {
    const end = run([...register, { type: "lifetime.expired", now: instantOf(61_000), epoch: 1 }], fresh);
    expect(end.outputs.slice(4).map(({ type }) => type)).toEqual(["withdraw", "commit"]);
    expect(run([committed(2)], end)).toMatchObject({ state: STATE.unregistered, outputs: [] });
  });

  test("a standby node ends forwarding and writes nothing", () => {
    const end = run([...register, { type: "lifetime.lapsed" }], fresh);
    expect(end.outputs.slice(4).map(({ type }) => type)).toEqual(["withdraw"]);
    expect(end).toMatchObject({ state: STATE.lapsed, record: { revision: 1 } });
  });

  test("what waits for its commit is committed again under the epoch of a new owner", () => {
    const end = run([...register, received("registration.received", 8), { type: "ownership.gained", epoch: 5 }], fresh);
    expect(end.outputs.at(-1)).toMatchObject({ type: "commit", record: { epoch: 5, revision: 2 } });
    expect(run([committed(2, 5)], end).outputs).toMatchObject([{ type: "acknowledge", status: 0 }]);
  });

  test("a kernel that refuses forwarding ends the binding with status 130 (R-9.5.2-04)", () => {
    const refused: HomeRegistrationEvent = {
      type: "forwarding.refused",
      careOfAddress: careOfAddresses[0] ?? home,
      now: instantOf(1000),
      epoch: 1,
    };
    const end = run([received("registration.received", 7), committed(1), refused], fresh);
    expect(end.outputs.slice(2).map(({ type }) => type)).toEqual(["acknowledge", "withdraw", "commit"]);
    expect(end.outputs[2]).toMatchObject({ status: 130, sequence: 7 });
  });

  test("duplicate address detection that finds another node is answered with 134 (R-10.3.1-18)", async () => {
    const machine = homeRegistrationMachine.provide({
      actors: { detectDuplicate: fromPromise<"unique" | "duplicate", DetectDuplicateInput>(async () => "duplicate") },
    });
    const context = {
      record: unknownBinding(home),
      policy: { ...policy, duplicateAddressDetection: "normal" as const },
    };
    const actor = createActor(machine, { input: context });
    const outputs: HomeRegistrationOutput[] = [];
    actor.on("*", (output) => outputs.push(output));
    actor.start();
    actor.send(received("registration.received", 7));
    expect(actor.getSnapshot().value).toBe("detectingDuplicates");
    expect(outputs).toEqual([]);
    await Promise.resolve();
    await Promise.resolve();
    expect(outputs).toMatchObject([{ type: "acknowledge", status: 134, sequence: 7 }]);
    expect(actor.getSnapshot().value).toBe("unregistered");
  });
});

describe("virtual actor", () => {
  const sequence = fc.nat(6);
  const careOf = fc.nat(1);
  const event: fc.Arbitrary<HomeRegistrationEvent> = fc.oneof(
    fc
      .tuple(sequence, careOf, fc.boolean())
      .map(([n, c, isForwarded]) => received("registration.received", n, c, isForwarded)),
    sequence.map((n) => received("deregistration.received", n)),
    fc.tuple(fc.nat(8), fc.integer({ min: 1, max: 2 })).map(([revision, epoch]) => committed(revision, epoch)),
    careOf.map(programmed),
    careOf.map((c) => ({
      type: "forwarding.refused" as const,
      careOfAddress: careOfAddresses[c] ?? home,
      now: instantOf(5),
      epoch: 1,
    })),
    fc.constant<HomeRegistrationEvent>({ type: "forwarding.withdrawn" }),
    fc.constant<HomeRegistrationEvent>({ type: "lifetime.expired", now: instantOf(9), epoch: 1 }),
    fc.constant<HomeRegistrationEvent>({ type: "lifetime.lapsed" }),
    fc.constant<HomeRegistrationEvent>({ type: "ownership.gained", epoch: 2 }),
    fc.constant<HomeRegistrationEvent>({ type: "duplicate.found", now: instantOf(9), epoch: 1 }),
  );

  /** Events that fit the record as it is when they come: most change something. */
  const apt: fc.Arbitrary<(record: BindingRecord) => HomeRegistrationEvent> = fc.oneof(
    event.map((each) => () => each),
    fc.tuple(careOf, fc.boolean()).map(
      ([c, isForwarded]) =>
        (record: BindingRecord) =>
          received("registration.received", record.sequence + 1, c, isForwarded),
    ),
    fc.constant((record: BindingRecord) => committed(record.revision, record.epoch)),
    fc.constant(({ careOfAddress }: BindingRecord) => ({ type: "forwarding.programmed" as const, careOfAddress })),
  );

  test("does what a real actor does, for any sequence of events", () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        const actor = createActor(homeRegistrationMachine, { input: { record: unknownBinding(home), policy } });
        const said: HomeRegistrationOutput[] = [];
        actor.on("*", (output) => said.push(output));
        actor.start();
        let at: { state: number; record: BindingRecord } = fresh;
        for (const each of events) {
          said.length = 0;
          actor.send(each);
          const next = step(at.state, at.record, policy, each);
          expect(next.state).toBe(stateNumber(actor.getSnapshot()));
          expect(next.record).toEqual(actor.getSnapshot().context.record);
          expect(next.outputs).toEqual(said);
          at = next;
        }
        actor.stop();
      }),
      { numRuns: 300 },
    );
  });

  test("keeps its promises for any sequence of events: sequence numbers and versions never go back, success only after a commit", () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), (events) => {
        let at: { state: number; record: BindingRecord } = fresh;
        for (const each of events) {
          const next = step(at.state, at.record, policy, each);
          expect(next.record.revision).toBeGreaterThanOrEqual(at.record.revision);
          if (at.record.revision > 0) expect((next.record.sequence - at.record.sequence) & 0xffff).toBeLessThan(0x8000);
          for (const output of next.outputs)
            if (output.type === "acknowledge" && output.status < 128)
              expect(["binding.committed", "forwarding.programmed", "forwarding.withdrawn"]).toContain(each.type);
          at = next;
        }
      }),
    );
  });

  test("grants nothing of which the kernel's word is missing, for any sequence of events", () => {
    fc.assert(
      fc.property(fc.array(apt, { maxLength: 60 }), (events) => {
        let at: { state: number; record: BindingRecord } = fresh;
        /** The kernel forwards to the record's care-of address, and has been asked for nothing else since it said so. */
        let isForwarded = false;
        for (const choose of events) {
          const each = choose(at.record);
          const next = step(at.state, at.record, policy, each);
          const isPresent = (careOf: Uint8Array) => addressEquals(careOf, next.record.careOfAddress);
          if (each.type === "registration.received" && next.record.revision > at.record.revision)
            isForwarded = each.isForwarded;
          if (each.type === "forwarding.programmed" && isPresent(each.careOfAddress)) isForwarded = true;
          if (each.type === "forwarding.refused" && isPresent(each.careOfAddress)) isForwarded = false;
          for (const { type } of next.outputs) if (type === "program" || type === "withdraw") isForwarded = false;
          for (const output of next.outputs)
            if (output.type === "acknowledge" && output.status < 128 && output.lifetime > 0)
              expect(isForwarded).toBe(true);
          at = next;
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test("every state has a number and comes back from it", () => {
    for (const state of Object.values(STATE))
      expect(stateNumber(snapshotOf(state, { record: unknownBinding(home), policy }))).toBe(state);
  });
});
