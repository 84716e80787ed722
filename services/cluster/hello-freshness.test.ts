import { describe, expect, it } from "vitest";
import type { Hello } from "#bus/hello-message.ts";
import { isFresh, rememberHello } from "./hello-freshness.ts";

const own = { node: "ha1", boot: 100, sequence: 500 };
const hello = (boot: number, sequence: number, heard: Hello["heard"] = []): Hello => ({
  node: "ha2",
  boot,
  sequence,
  mainAlive: true,
  canCommit: true,
  leaving: false,
  load: 0,
  edges: [],
  heard,
});
const echo = (sequence: number, boot = own.boot) => [{ node: "ha1", boot, sequence }];

describe("freshness of hellos", () => {
  const known = { boot: 7, sequence: 20, retired: [] };

  it("takes only greater sequences within a boot", () => {
    expect(isFresh(hello(7, 21), known, own)).toBe(true);
    expect(isFresh(hello(7, 20), known, own)).toBe(false);
    expect(isFresh(hello(7, 19), known, own)).toBe(false);
  });

  it("takes a boot that was not heard before only with a recent echo of this boot", () => {
    expect(isFresh(hello(8, 1), known, own)).toBe(false);
    expect(isFresh(hello(8, 1, echo(499)), known, own)).toBe(true);
    expect(isFresh(hello(8, 1, echo(399)), known, own)).toBe(false);
    expect(isFresh(hello(8, 1, echo(501)), known, own)).toBe(false);
    expect(isFresh(hello(8, 1, echo(499, 99)), known, own)).toBe(false);
  });

  it("refuses a boot that was replaced, even with a recent echo", () => {
    const next = rememberHello(hello(8, 1), known);
    expect(next).toEqual({ boot: 8, sequence: 1, retired: [7] });
    expect(isFresh(hello(7, 99, echo(499)), next, own)).toBe(false);
  });
});
