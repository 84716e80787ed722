import { expect, test } from "vitest";
import { address } from "#ipv6/address.ts";
import { bindingRecord } from "#ports/binding-log.compliance.ts";
import { instantOf } from "#wire/time.ts";
import { createToldAhead } from "./told-ahead.ts";

const record = { ...bindingRecord(1, instantOf(60_000)), epoch: 2, revision: 5 };
const later = address("2001:db8:f2::9");
const told = { homeAddress: record.homeAddress, careOfAddress: later, epoch: 2, revision: 6 };

test("a care-of address that was told ahead counts until a record as new comes", () => {
  const ahead = createToldAhead(10);
  expect(ahead.note(1, told)).toBe(true);
  expect(ahead.careOfAddress(1, record)).toEqual(later);
  expect(ahead.outdates(1, record)).toBe(true);
  expect(ahead.outdates(1, { ...record, revision: 6 })).toBe(false);
  expect(ahead.careOfAddress(1, record)).toBeUndefined();
});

test("what is older than was told already is not noted, a record of a greater epoch overrules it", () => {
  const ahead = createToldAhead(10);
  ahead.note(1, told);
  expect(ahead.note(1, { ...told, revision: 5 })).toBe(false);
  expect(ahead.careOfAddress(1, { ...record, epoch: 3, revision: 1 })).toBeUndefined();
});

test("a slot that was given to another home address starts anew", () => {
  const ahead = createToldAhead(10);
  ahead.note(1, told);
  const other = { ...record, homeAddress: address("2001:db8:1::77"), revision: 1 };
  expect(ahead.careOfAddress(1, other)).toBeUndefined();
  expect(ahead.outdates(1, other)).toBe(false);
});

test("beyond the limit the oldest is forgotten", () => {
  const ahead = createToldAhead(2);
  for (const slot of [1, 2, 3]) ahead.note(slot, told);
  expect([1, 2, 3].map((slot) => ahead.careOfAddress(slot, record) !== undefined)).toEqual([false, true, true]);
});

test("once cleared the record counts, and what it says is not older than anything", () => {
  const ahead = createToldAhead(10);
  ahead.note(1, told);
  expect(ahead.clear()).toEqual([told.homeAddress]);
  expect(ahead.careOfAddress(1, record)).toBeUndefined();
  expect(ahead.outdates(1, record)).toBe(false);
  expect(ahead.clear()).toEqual([]);
});
