import fc from "fast-check";
import { expect, test } from "vitest";
import { address } from "#ipv6/address.ts";
import { instantOf } from "#wire/time.ts";
import { relay } from "./generated/messages.js";
import { decodeFromEdge, decodeFromOwner, encodeFromEdge, encodeFromOwner } from "./relay-message.ts";

const clocks = { now: instantOf(1_000), wall: 1_700_000_000_000 };
const home = address("2001:db8:1::100");

test("what is encoded is decoded as it was", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 40, maxLength: 2000 }),
      fc.uint8Array({ maxLength: 6 }),
      (packet, source) => {
        const from = { node: "edge1", term: 2 ** 40, message: { type: "received" as const, packet, source } };
        expect(decodeFromEdge(encodeFromEdge(from))).toEqual({ ok: true, value: from });
      },
    ),
  );
});

test("any octets are read or refused, never thrown at", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      decodeFromEdge(bytes);
      decodeFromOwner(bytes, clocks);
    }),
  );
});

test("a message that was cut off or changed is read or refused, never thrown at", () => {
  const whole = encodeFromOwner(
    { node: "ha1", epoch: 3, message: { type: "forward", homeAddress: home, careOfAddress: home, revision: 1 } },
    clocks,
  );
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, octet) => {
      decodeFromOwner(whole.subarray(0, at), clocks);
      const changed = whole.slice();
      changed[at] = octet;
      decodeFromOwner(changed, clocks);
    }),
  );
});

test.each([
  ["no packet", { received: { packet: new Uint8Array(39) } }],
  ["a packet beyond the largest", { received: { packet: new Uint8Array(70_000) } }],
  ["nothing", {}],
])("an edge's message with %s is malformed", (_, body) => {
  const bytes = relay.v1.FromEdge.encode({ schema: 1, node: "edge1", ...body }).finish();
  expect(decodeFromEdge(bytes)).toMatchObject({ ok: false, error: { code: "malformed" } });
});

test.each([
  ["a short address", { forward: { homeAddress: new Uint8Array(15), careOfAddress: home } }],
  [
    "a link-layer address of 5 octets",
    { acknowledge: { packet: new Uint8Array(40), linkLayerDestination: new Uint8Array(5) } },
  ],
  ["an entry that is none", { acknowledge: { packet: new Uint8Array(40), entry: new Uint8Array([1, 2, 3]) } }],
  ["nothing", {}],
])("an owner's message with %s is malformed", (_, body) => {
  const bytes = relay.v1.FromOwner.encode({ schema: 1, node: "ha1", ...body }).finish();
  expect(decodeFromOwner(bytes, clocks)).toMatchObject({ ok: false, error: { code: "malformed" } });
});

test("a message of another schema is told apart", () => {
  const bytes = relay.v1.FromEdge.encode({ schema: 9, node: "edge1", standing: { held: true } }).finish();
  expect(decodeFromEdge(bytes)).toEqual({ ok: false, error: { code: "unsupported-schema", schema: 9 } });
});
