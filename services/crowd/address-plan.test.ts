import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { address, formatAddress, inPrefix, prefixOf } from "#ipv6/address.ts";
import { createAddressPlan } from "./address-plan.ts";

const plan = createAddressPlan({
  firstHomeAddress: address("2001:db8:1::1:0:fffe"),
  count: 1000,
  careOfPrefix: prefixOf(address("2001:db8:c0::"), 48),
});

describe("address plan", () => {
  test("gives consecutive home addresses and care-of addresses by place", () => {
    expect([0, 1, 2].map((node) => formatAddress(plan.homeAddress(node)))).toEqual([
      "2001:db8:1::1:0:fffe",
      "2001:db8:1::1:0:ffff",
      "2001:db8:1::1:1:0",
    ]);
    expect(formatAddress(plan.careOfAddress(6, 3))).toBe("2001:db8:c0:3::7");
    expect(formatAddress(plan.careOfAddress(6, plan.places))).toBe("2001:db8:c0::7");
  });

  test("traces every address back to its node, whatever its place", () => {
    const prefix = prefixOf(address("2001:db8:c0::"), 48);
    fc.assert(
      fc.property(fc.nat(999), fc.nat(200_000), (node, place) => {
        expect(plan.nodeOfHomeAddress(plan.homeAddress(node))).toBe(node);
        const careOfAddress = plan.careOfAddress(node, place);
        expect(plan.nodeOfCareOfAddress(careOfAddress)).toBe(node);
        expect(inPrefix(careOfAddress, prefix)).toBe(true);
      }),
    );
  });

  test("knows no others, and leaves the last subnet to the link", () => {
    for (const other of ["2001:db8:1::1:0:fffd", "2001:db8:1::1:4:e6", "2001:db8:2::1:0:ffff", "::"])
      expect(plan.nodeOfHomeAddress(address(other))).toBe(-1);
    for (const other of ["2001:db8:c0::", "2001:db8:c1::7", "2001:db8:c0::1:0:0:7", "2001:db8:c0:ffff::7"])
      expect(plan.nodeOfCareOfAddress(address(other))).toBe(-1);
  });
});
