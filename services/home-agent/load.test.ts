import { expect, it } from "vitest";
import { loadOf } from "./load.ts";

const limits = { bindings: 1_000, inMotion: 100 };

it("a node is as full as the fullest instance that it serves", () => {
  expect(loadOf([], limits)).toBe(0);
  expect(loadOf([{ role: "standby", bindings: 900, inMotion: 0 }], limits)).toBe(0);
  const instances = [
    { role: "owner", bindings: 250, inMotion: 10 },
    { role: "edge", bindings: 100, inMotion: 40 },
  ] as const;
  expect(loadOf(instances, limits)).toBe(400);
  expect(loadOf([{ role: "owner", bindings: 2_000, inMotion: 0 }], limits)).toBe(1_000);
});
