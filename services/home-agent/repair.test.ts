import { describe, expect, test } from "vitest";
import { STATE } from "#binding/home-registrations.ts";
import { type Address, address } from "#ipv6/address.ts";
import { bindingRecord } from "#ports/binding-log.compliance.ts";
import { createVirtualClock } from "#simulator/virtual-clock.ts";
import { instantOf } from "#wire/time.ts";
import type { ForwardingQueue } from "./forwarding-queue.ts";
import { createInstanceBindings } from "./instance-bindings.ts";
import { createRepair } from "./repair.ts";
import type { ResidentActors } from "./resident-actors.ts";
import { createToldAhead } from "./told-ahead.ts";

const record = { ...bindingRecord(1, instantOf(60_000)), epoch: 2, revision: 5 };
const later = address("2001:db8:f2::9");
const told = { homeAddress: record.homeAddress, careOfAddress: later, epoch: 2, revision: 6 };

/** A binding at rest by `record`, and a kernel that does at once what it is asked for. */
const open = () => {
  const asked: Address[] = [];
  const bindings = createInstanceBindings(
    { seed: 1, tombstones: 10 },
    { clock: createVirtualClock(), isForwardingChanged: () => false, onForgotten: () => {} },
  );
  const { cache, pending, tombstones, store } = bindings;
  const forwarding: ForwardingQueue = {
    waiting: 0,
    isBehind: false,
    set: (slot, _, careOfAddress) => {
      asked.push(careOfAddress);
      cache.slab.setProgrammed(slot, careOfAddress);
    },
    remove: () => expect.fail("removed"),
    has: () => false,
    idle: async () => {},
    answered: () => undefined,
    stop: () => {},
  };
  const residents: ResidentActors = {
    size: 0,
    has: () => false,
    start: () => expect.fail("started"),
    detect: () => expect.fail("detected"),
    send: () => expect.fail("sent"),
    stop: () => {},
  };
  const toldAhead = createToldAhead(10);
  const repair = createRepair({
    cache,
    forwarding,
    pending,
    residents,
    tombstones,
    toldAhead,
    store,
    isOver: () => false,
  });
  const slot = cache.reach(record.homeAddress);
  store(slot, record, STATE.registered);
  repair.reconcile(slot);
  return { asked, cache, pending, store, toldAhead, repair, slot };
};

describe("what a former owner told ahead", () => {
  test("is forwarded to, and undone once this node owns what the stream has", () => {
    const { asked, repair, toldAhead, slot } = open();
    toldAhead.note(slot, told);
    repair.reconcile(slot);
    expect(repair.wanted(slot)).toEqual(later);
    repair.undoToldAhead();
    expect(repair.wanted(slot)).toEqual(record.careOfAddress);
    expect(asked).toEqual([record.careOfAddress, later, record.careOfAddress]);
  });

  test("stays where the stream has it by then", () => {
    const { asked, repair, store, toldAhead, slot } = open();
    toldAhead.note(slot, told);
    repair.reconcile(slot);
    store(slot, { ...record, careOfAddress: later, revision: 6 }, STATE.registered);
    repair.undoToldAhead();
    expect(asked).toEqual([record.careOfAddress, later]);
  });

  test("leaves a Binding Update that is under way to its commit; undone later, the record counts", () => {
    const { asked, repair, pending, store, toldAhead, slot } = open();
    toldAhead.note(slot, told);
    repair.reconcile(slot);
    pending.set(slot, { envelope: undefined, committed: { record, state: STATE.registered } });
    store(slot, { ...record, careOfAddress: later, epoch: 3 }, STATE.committing);
    repair.undoToldAhead();
    expect(asked).toEqual([record.careOfAddress, later]);
    repair.undoUncommitted();
    expect(asked.at(-1)).toEqual(record.careOfAddress);
  });

  test("of a binding that is not known any more changes nothing", () => {
    const { asked, repair, cache, toldAhead, slot } = open();
    toldAhead.note(slot, told);
    cache.remove(slot);
    repair.undoToldAhead();
    expect(asked).toEqual([record.careOfAddress]);
  });
});
