import { afterEach, beforeEach, expect, test } from "vitest";
import { createNamespaces, type Namespaces } from "#test/namespaces.ts";
import { probeFeatures } from "./features.ts";

let namespaces: Namespaces;

beforeEach(() => {
  namespaces = createNamespaces("feat");
});

afterEach(() => namespaces[Symbol.dispose]());

test("a kernel has the same features while the loopback device is down, and is left as it was", async () => {
  const namespace = namespaces.add("host");
  const withLoopback = await probeFeatures({ namespace });
  namespaces.ip(namespace, "link", "set", "lo", "down");
  const before = namespaces.ip(namespace, "-br", "link");
  const without = await probeFeatures({ namespace });
  expect(withLoopback).toMatchObject({ ok: true });
  expect(without).toEqual(withLoopback);
  expect(namespaces.ip(namespace, "-br", "link")).toBe(before);
});
