import fc from "fast-check";
import { expect, it } from "vitest";
import { address } from "#ipv6/address.ts";
import { decodeControl, encodeControl } from "./control-message.ts";

const A = address("2001:db8::a");
const B = address("2001:db8::b");

it("reads what it writes", () => {
  const whole = { local: A, device: 7, hopLimit: 255, homeAddress: B, routingHome: A };
  expect(decodeControl(encodeControl(whole))).toEqual(whole);
  expect(decodeControl(encodeControl({}))).toEqual({});
});

it("never throws on any octets", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 256 }), (bytes) => {
      decodeControl(bytes);
    }),
  );
});

it("finds a Home Address option behind other options and stops at a length beyond the header", () => {
  const control = encodeControl({ homeAddress: B });
  // The option claims more octets than there are.
  control[16 + 7] = 200;
  expect(decodeControl(control)).toEqual({});
});
