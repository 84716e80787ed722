import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeHello, encodeHello, HELLO_VERSION, type Hello } from "./hello-message.ts";

const hello: Hello = {
  node: "ha1",
  boot: 2 ** 48 - 1,
  sequence: 77,
  mainAlive: true,
  canCommit: false,
  leaving: true,
  load: 345,
  edges: [
    {
      instance: 255,
      held: true,
      term: 12,
      eligible: true,
      epoch: 4,
      lastSequence: 10_000_000_000,
      greatestTerm: 13,
      greatestNode: "ha2",
      greatestAlive: true,
      yieldTo: "*",
      greatestEpoch: 5,
      greatestSequence: 10_000_000_001,
      greatestCannotCommit: true,
    },
  ],
  heard: [{ node: "ha2", boot: 5, sequence: 6 }],
};

describe("hellos", () => {
  it("come back whole", () => {
    expect(decodeHello(encodeHello(hello))).toEqual({ ok: true, value: hello });
  });

  it("of an earlier version, which does not say how far the node of the greatest claim is, are read without it", () => {
    const bytes = encodeHello({ ...hello, heard: [] });
    const [edge] = hello.edges;
    const start = 24 + 1 + hello.node.length;
    const earlier = bytes.subarray(0, bytes.length - 16).with(start + 1, (bytes[start + 1] ?? 0) - 16);
    expect(decodeHello(earlier)).toEqual({
      ok: true,
      value: { ...hello, heard: [], edges: [{ ...edge, greatestEpoch: 0, greatestSequence: 0 }] },
    });
    expect(decodeHello(bytes.subarray(0, bytes.length - 4).with(start + 1, (bytes[start + 1] ?? 0) - 4)).ok).toBe(
      false,
    );
  });

  it("are refused from a program more than one version apart", () => {
    const bytes = encodeHello(hello).with(0, HELLO_VERSION + 2);
    expect(decodeHello(bytes)).toMatchObject({ ok: false, error: { code: "unsupported-schema" } });
  });

  it("never throw on any bytes or truncation", () => {
    const whole = encodeHello(hello);
    for (let end = 0; end < whole.length; end++) decodeHello(whole.subarray(0, end));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(typeof decodeHello(bytes).ok).toBe("boolean");
      }),
    );
  });
});
