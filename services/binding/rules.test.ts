import { describe, expect, test } from "vitest";
import { address, parsePrefix } from "#ipv6/address.ts";
import { instantOf, millis, seconds } from "#wire/time.ts";
import type { BindingRecord } from "./record.ts";
import {
  acceptedRecord,
  asksForDeletion,
  type BindingRequest,
  endedRecord,
  FLAG,
  grantedLifetime,
  type HomeRegistrationPolicy,
  refusalOf,
  repeatsDeregistration,
  successStatus,
  unknownBinding,
} from "./rules.ts";

const home = address("2001:db8:1::100");
const careOf = address("2001:db8:f1::1");
const homePrefix = parsePrefix("2001:db8:1::/64");
if (!homePrefix.ok) throw new Error("prefix");

const policy: HomeRegistrationPolicy = {
  homePrefix: homePrefix.value,
  duplicateAddressDetection: "normal",
  maximumLifetime: seconds(3600),
  minimumLifetime: seconds(8),
  prefixValidLifetime: millis(Number.POSITIVE_INFINITY),
  prefixPreferredLifetime: millis(Number.POSITIVE_INFINITY),
  hasRoom: () => true,
  permits: () => true,
};
const request = (changes: Partial<BindingRequest> = {}): BindingRequest => ({
  sequence: 16,
  careOfAddress: careOf,
  lifetime: seconds(60),
  flags: FLAG.homeRegistration | FLAG.acknowledge,
  replayTimestamp: 0n,
  spi: 0,
  ...changes,
});
const bound: BindingRecord = {
  ...unknownBinding(home),
  careOfAddress: careOf,
  sequence: 15,
  lifetime: seconds(60),
  flags: FLAG.homeRegistration,
  revision: 3,
  epoch: 2,
};

describe("refusal of a Binding Update", () => {
  test("any sequence number is accepted where no entry is (R-9.5.1-03)", () => {
    for (const sequence of [0, 1, 15, 32768, 65535])
      expect(refusalOf(request({ sequence }), unknownBinding(home), policy)).toBeUndefined();
  });

  test("sequence numbers are compared modulo 2^16 (R-9.5.1-04)", () => {
    for (const stale of [0, 7, 15, 32783, 40000, 65535])
      expect(refusalOf(request({ sequence: stale }), bound, policy)).toBe(135);
    for (const fresh of [16, 32782]) expect(refusalOf(request({ sequence: fresh }), bound, policy)).toBeUndefined();
  });

  test("an ended binding still refuses old sequence numbers (R-10.3.2-14)", () => {
    const tombstone = { ...bound, lifetime: millis(0) };
    expect(refusalOf(request({ sequence: 15 }), tombstone, policy)).toBe(135);
    expect(refusalOf(request({ sequence: 16 }), tombstone, policy)).toBeUndefined();
  });

  test("the registration type of a binding does not change (R-9.5.1-15)", () => {
    expect(refusalOf(request({ flags: 0 }), bound, policy)).toBe(139);
    expect(refusalOf(request(), { ...bound, flags: 0 }, policy)).toBe(139);
  });

  test("a home address outside the home prefix is refused with status 132 (R-10.3.1-07)", () => {
    expect(refusalOf(request(), unknownBinding(address("2001:db8:9::100")), policy)).toBe(132);
  });

  test("administration and lack of resources have their own statuses (R-10.3.1-08)", () => {
    expect(refusalOf(request(), unknownBinding(home), { ...policy, permits: () => false })).toBe(129);
    expect(refusalOf(request({ lifetime: seconds(4) }), unknownBinding(home), policy)).toBe(129);
    const full = { ...policy, hasRoom: () => false };
    expect(refusalOf(request(), unknownBinding(home), full)).toBe(130);
    expect(refusalOf(request(), bound, full)).toBeUndefined();
  });

  test("de-registration without an entry is refused with status 133 (R-10.3.2-03)", () => {
    expect(refusalOf(request({ lifetime: seconds(0) }), unknownBinding(home), policy)).toBe(133);
    expect(refusalOf(request({ lifetime: seconds(0) }), { ...bound, lifetime: millis(0) }, policy)).toBe(133);
    expect(refusalOf(request({ lifetime: seconds(0) }), bound, policy)).toBeUndefined();
  });

  test("a de-registration is tested for an entry alone, before all that a registration is tested for (R-10.3.2-01)", () => {
    const elsewhere = unknownBinding(address("2001:db8:9::100"));
    const closed = { ...policy, permits: () => false, hasRoom: () => false };
    expect(refusalOf(request({ lifetime: seconds(0) }), elsewhere, closed)).toBe(133);
    expect(refusalOf(request({ lifetime: seconds(0) }), { ...bound, homeAddress: elsewhere.homeAddress }, closed)).toBe(
      undefined,
    );
  });

  test("a de-registration repeats an earlier one for 10 s, with a greater sequence number (RFC 6275 §10.3.2)", () => {
    const grant = { policy, now: instantOf(1000), epoch: 4 };
    const ended = acceptedRecord(bound, request({ sequence: 16, lifetime: seconds(0) }), grant);
    const again = request({ sequence: 17, lifetime: seconds(0) });
    expect(repeatsDeregistration(again, ended, instantOf(1001))).toBe(true);
    expect(repeatsDeregistration(again, ended, instantOf(10_999))).toBe(true);
    expect(repeatsDeregistration(again, ended, instantOf(11_000))).toBe(false);
    expect(repeatsDeregistration({ ...again, sequence: 16 }, ended, instantOf(1001))).toBe(false);
    expect(repeatsDeregistration({ ...again, lifetime: seconds(60) }, ended, instantOf(1001))).toBe(false);
    expect(repeatsDeregistration(again, bound, instantOf(1001))).toBe(false);
    expect(repeatsDeregistration(again, unknownBinding(home), instantOf(1))).toBe(false);
    const expired = endedRecord(bound, instantOf(1000), 4);
    expect(repeatsDeregistration(again, expired, instantOf(1001)), "ended by its lifetime").toBe(false);
  });

  test("the first test that fails decides (R-10.3.1-03)", () => {
    const elsewhere = { ...bound, homeAddress: address("2001:db8:9::100") };
    const closed = { ...policy, permits: () => false };
    expect(refusalOf(request({ sequence: 15, flags: 0 }), elsewhere, closed)).toBe(135);
    expect(refusalOf(request({ flags: 0 }), elsewhere, closed)).toBe(139);
    expect(refusalOf(request(), elsewhere, closed)).toBe(132);
  });

  test("a mobile router's prefixes must be its own (RFC 3963 §6.1.2)", () => {
    const own = parsePrefix("2001:db8:71::/64");
    const other = parsePrefix("2001:db8:72::/64");
    if (!own.ok || !other.ok) throw new Error("prefix");
    const flags = FLAG.homeRegistration | FLAG.mobileRouter;
    const router = { ...policy, mobileNetworkPrefixes: () => [own.value] };
    const ask = (prefixes: BindingRequest["mobileNetworkPrefixes"] = []) =>
      refusalOf(request({ flags, mobileNetworkPrefixes: prefixes }), unknownBinding(home), router);
    expect(ask([own.value])).toBeUndefined();
    expect(ask()).toBeUndefined();
    expect(ask([own.value, other.value])).toBe(142);
    const none = { ...policy, mobileNetworkPrefixes: () => [] };
    expect(refusalOf(request({ flags }), unknownBinding(home), none)).toBe(143);
    expect(
      refusalOf(request({ flags }), unknownBinding(home), policy),
      "unsupported: the R bit is ignored",
    ).toBeUndefined();
  });
});

describe("grant", () => {
  test("lifetime is not above the request's nor the prefix's, in whole units of 4 s (R-10.3.1-20, R-10.3.1-21, R-10.6.4-01)", () => {
    expect(grantedLifetime(seconds(60), policy)).toBe(60_000);
    expect(grantedLifetime(seconds(7200), policy)).toBe(3_600_000);
    expect(grantedLifetime(seconds(400), { ...policy, prefixValidLifetime: seconds(63) })).toBe(60_000);
  });

  test("the preferred lifetime does not shorten a binding (R-10.3.1-22)", () => {
    const deprecating = { ...policy, prefixValidLifetime: seconds(600), prefixPreferredLifetime: seconds(20) };
    expect(grantedLifetime(seconds(300), deprecating)).toBe(300_000);
  });

  test("status 1 where the prefix is deprecated within the lifetime or invalid at its end, else 0 (R-10.3.1-27, R-10.3.1-28)", () => {
    expect(successStatus(seconds(60), policy)).toBe(0);
    expect(successStatus(seconds(60), { ...policy, prefixPreferredLifetime: seconds(0) })).toBe(1);
    expect(successStatus(seconds(60), { ...policy, prefixPreferredLifetime: seconds(59) })).toBe(1);
    expect(successStatus(seconds(60), { ...policy, prefixPreferredLifetime: seconds(63) })).toBe(0);
    expect(successStatus(seconds(60), { ...policy, prefixValidLifetime: seconds(62) })).toBe(1);
    expect(successStatus(seconds(0), { ...policy, prefixPreferredLifetime: seconds(0) }), "de-registration").toBe(0);
  });

  test("the accepted record holds the sequence number and one revision more (R-9.5.1-19)", () => {
    const grant = { policy, now: instantOf(1000), epoch: 4 };
    const record = acceptedRecord(bound, request({ sequence: 77 }), grant);
    expect(record).toMatchObject({ sequence: 77, revision: 4, epoch: 4, lifetime: 60_000, expiresAt: 61_000 });
    const tombstone = acceptedRecord(bound, request({ sequence: 78, lifetime: seconds(0) }), grant);
    expect(tombstone).toMatchObject({ sequence: 78, lifetime: 0, careOfAddress: careOf });
  });

  test("lifetime 0 or a care-of address equal to the home address asks for deletion (RFC 6275 §9.5.1)", () => {
    expect(asksForDeletion(seconds(0), careOf, home)).toBe(true);
    expect(asksForDeletion(seconds(60), home, home)).toBe(true);
    expect(asksForDeletion(seconds(60), careOf, home)).toBe(false);
  });
});
