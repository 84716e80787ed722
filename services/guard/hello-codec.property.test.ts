import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeHello, encodeHello, type Hello } from "#bus/hello-message.ts";
import { seal, unseal } from "#edge/hello-transport.ts";
import { native } from "#linux/native.ts";

const KEY = new Uint8Array(32).fill(9);
const ROOM = 65_507;

const counter = fc.oneof(fc.nat(5), fc.maxSafeNat());
const name = fc.stringMatching(/^[A-Za-z0-9_-]{1,32}$/);
const hello: fc.Arbitrary<Hello> = fc.record({
  node: name,
  boot: counter,
  sequence: counter,
  mainAlive: fc.boolean(),
  canCommit: fc.boolean(),
  leaving: fc.boolean(),
  load: fc.integer({ min: 0, max: 65_535 }),
  edges: fc.array(
    fc
      .record({
        instance: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        held: fc.boolean(),
        term: counter,
        eligible: fc.boolean(),
        epoch: counter,
        lastSequence: counter,
        greatestTerm: counter,
        greatestNode: fc.oneof(name, fc.constant("")),
        greatestAlive: fc.boolean(),
        yieldTo: fc.oneof(name, fc.constantFrom("", "*")),
        greatestEpoch: counter,
        greatestSequence: counter,
        isStuck: fc.boolean(),
        isGreatestStuck: fc.boolean(),
      })
      .map(({ isStuck, isGreatestStuck, ...edge }) => ({
        ...edge,
        ...(isStuck ? { cannotCommit: true } : {}),
        ...(isGreatestStuck ? { greatestCannotCommit: true } : {}),
      })),
    { maxLength: 8 },
  ),
  heard: fc.array(fc.record({ node: name, boot: counter, sequence: counter }), { maxLength: 5 }),
});

/** What the reference makes of the octets between magic and authenticator. */
const reference = (datagram: Uint8Array): Hello | undefined => {
  const message = unseal(KEY, datagram);
  const decoded = message && decodeHello(message);
  return decoded?.ok ? decoded.value : undefined;
};

describe("hellos of the native thread", () => {
  it("are read as the reference reads them, and written octet for octet alike", () => {
    fc.assert(
      fc.property(hello, (said) => {
        const datagram = seal(KEY, encodeHello(said));
        expect(native().unsealHello(KEY, datagram)).toEqual(said);
        const target = new Uint8Array(ROOM);
        const length = native().sealHelloAgain(KEY, datagram, target);
        expect(target.subarray(0, length)).toEqual(datagram);
      }),
    );
  });

  it("are refused under another key, changed in any octet, or cut, as the reference refuses them", () => {
    const datagram = seal(KEY, encodeHello(fc.sample(hello, { numRuns: 1, seed: 7 })[0] ?? expect.fail()));
    expect(native().unsealHello(new Uint8Array(32), datagram)).toBeUndefined();
    for (let at = 0; at < datagram.length; at++) {
      expect(native().unsealHello(KEY, datagram.with(at, (datagram[at] ?? 0) ^ 1))).toBeUndefined();
      expect(native().unsealHello(KEY, datagram.subarray(0, at))).toBeUndefined();
    }
  });

  it("that are authentic and hostile are refused or read, the same on both sides, whatever octets they hold", () => {
    let read = 0;
    const both = (message: Uint8Array) => {
      const datagram = seal(KEY, message);
      const expected = reference(datagram);
      if (expected) read++;
      expect(native().unsealHello(KEY, datagram)).toEqual(expected);
    };
    // Whole ones with octets changed, cut or put in: lengths and counts that lie.
    const change = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), octet: fc.nat(255) });
    fc.assert(
      fc.property(hello, fc.array(change, { maxLength: 4 }), fc.nat(8), (said, changes, cut) => {
        const message = encodeHello(said);
        for (const { at, octet } of changes) message[Math.floor(at * (message.length - 1))] = octet;
        both(message.subarray(0, message.length - cut));
        both(Uint8Array.of(...message, ...new Uint8Array(cut)));
      }),
      { numRuns: 1_000 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), both), { numRuns: 1_000 });
    expect(read).toBeGreaterThan(100);
  });

  it("skip what a later version puts behind the fields of a record", () => {
    const said = fc.sample(hello, { numRuns: 20, seed: 3 }).find(({ heard }) => heard.length > 0) ?? expect.fail();
    const message = encodeHello(said);
    const last = said.heard.at(-1) ?? expect.fail();
    const start = message.length - (17 + last.node.length) - 2;
    const longer = Uint8Array.of(...message.with(start + 1, (message[start + 1] ?? 0) + 3), 1, 2, 3).with(0, 2);
    expect(reference(seal(KEY, longer))).toEqual(said);
    expect(native().unsealHello(KEY, seal(KEY, longer))).toEqual(said);
  });

  it("do not fit a datagram that is too small for them, and are not written then", () => {
    const datagram = seal(KEY, encodeHello(fc.sample(hello, { numRuns: 1, seed: 1 })[0] ?? expect.fail()));
    for (let room = 0; room < datagram.length; room++)
      expect(native().sealHelloAgain(KEY, datagram, new Uint8Array(room))).toBe(0);
  });
});
