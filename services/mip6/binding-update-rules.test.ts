import { describe, expect, it } from "vitest";
import { type Address, address } from "#ipv6/address.ts";
import { bindingAddresses, updateProblem } from "./binding-update-rules.ts";
import type { BindingUpdate } from "./messages/binding-messages.ts";
import type { MobilityOption } from "./options/mobility-option.ts";

const home = address("2001:db8:1::100");
const careOf = address("2001:db8:f1::7");
const alternate = address("2001:db8:f2::7");
const indices: MobilityOption = { type: 4, homeNonceIndex: 1, careOfNonceIndex: 2 };
const authorization: MobilityOption = { type: 5, authenticator: new Uint8Array(12) };
const alternateOption = (careOfAddress: Address): MobilityOption => ({ type: 3, careOfAddress });

const update = (
  homeRegistration: boolean,
  options: readonly MobilityOption[],
  mobileRouter = false,
): BindingUpdate => ({
  type: 5,
  sequence: 1,
  flags: {
    acknowledge: true,
    homeRegistration,
    linkLocalCompatibility: false,
    keyManagement: false,
    mobileRouter,
  },
  lifetime: 1,
  options,
});
const away = { source: careOf, homeAddress: home };

/** Addresses that no binding may have (RFC 6275 §6.1.7). */
const unroutable = ["::", "::1", "ff02::1", "ff0e::7", "fe80::1"].map(address);

describe("Binding Update by itself", () => {
  it("binds the addresses of the options, else the source (R-9.5.1-22, R-9.5.1-23, R-6.2.5-01)", () => {
    expect(bindingAddresses(away, update(true, []))).toEqual({ homeAddress: home, careOfAddress: careOf });
    expect(bindingAddresses(away, update(true, [alternateOption(alternate)]))).toEqual({
      homeAddress: home,
      careOfAddress: alternate,
    });
    expect(bindingAddresses({ source: home }, update(true, []))).toEqual({ homeAddress: home, careOfAddress: home });
  });

  it("passes with everything in place", () => {
    expect(updateProblem(away, update(true, []))).toBeUndefined();
    expect(updateProblem(away, update(false, [indices, authorization]))).toBeUndefined();
  });

  it("is dropped for a home address that is not unicast routable (R-9.5.1-02, R-4.6-01)", () => {
    for (const homeAddress of unroutable)
      expect(updateProblem({ source: careOf, homeAddress }, update(true, []))).toBe("home-address-not-routable");
  });

  it("is dropped for a care-of address that is not unicast routable (R-6.1.7-13, R-4.6-01)", () => {
    for (const bad of unroutable) {
      expect(updateProblem(away, update(true, [alternateOption(bad)]))).toBe("care-of-address-not-routable");
      expect(updateProblem({ ...away, source: bad }, update(true, []))).toBe("care-of-address-not-routable");
    }
  });

  it("is dropped without Nonce Indices when H is clear (R-9.5.1-05)", () => {
    expect(updateProblem(away, update(false, [authorization]))).toBe("nonce-indices-missing");
  });

  it("is dropped without Binding Authorization Data when H is clear (R-9.5.1-08)", () => {
    expect(updateProblem(away, update(false, [indices]))).toBe("authorization-missing");
  });

  it("is dropped with Nonce Indices when H is set (R-9.5.1-13)", () => {
    expect(updateProblem(away, update(true, [indices]))).toBe("nonce-indices-not-allowed");
  });

  it("of a mobile router without H is left to the home agent, who answers 140 (RFC 3963 §6.2)", () => {
    expect(updateProblem(away, update(false, [], true))).toBeUndefined();
  });
});
