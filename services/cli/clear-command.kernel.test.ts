import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { address } from "#ipv6/address.ts";
import { createKernel } from "#linux/kernel/create-kernel.ts";
import { createMobileKernel } from "#linux/mobile-kernel/create-mobile-kernel.ts";
import type { KernelError, Plane } from "#ports/kernel.ts";
import { createNamespaces, type Namespaces } from "#test/namespaces.ts";
import type { Result } from "#wire/result.ts";

vi.setConfig({ testTimeout: 60_000 });

const HOME_PREFIX = { address: address("2001:db8:1::"), length: 64 };
const HOME_AGENT = address("2001:db8:1::a1");
const HOME = address("2001:db8:1::100");
const CARE_OF = address("2001:db8:f1::5");
const PLANES: readonly Plane[] = ["routed", "classic"];

let namespaces: Namespaces;
let namespace: string;

beforeEach(() => {
  namespaces = createNamespaces("clrk");
  namespace = namespaces.add("host");
  const link = namespaces.add("link");
  namespaces.join({ namespace, device: "home0" }, { namespace: link, device: "peer0" });
});

afterEach(() => namespaces[Symbol.dispose]());

/** Devices, rules, routes of any table and packet filters, without what changes by itself. */
const state = (): string =>
  [
    namespaces.ip(namespace, "-br", "link"),
    namespaces.ip(namespace, "-6", "rule"),
    namespaces.ip(namespace, "-6", "route", "show", "table", "all", "proto", "66"),
    namespaces.run(namespace, "nft", "list", "tables"),
  ].join("\n");

const well = <T>(result: Result<T, KernelError>): T => {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
};

const clear = (): string => namespaces.run(namespace, join(import.meta.dirname, "roam6"), "clear");

for (const plane of PLANES) {
  test(`clear removes what a home agent left, ${plane} plane`, async ({ skip }) => {
    const before = state();
    const opened = await createKernel({ plane, namespace });
    skip(!opened.ok && opened.error.code === "unsupported", "this kernel lacks the plane");
    {
      await using kernel = well(opened);
      well(await kernel.prepare());
      const spec = { name: "a", number: 1, homeAgentAddress: HOME_AGENT, homePrefix: HOME_PREFIX, device: "home0" };
      well(await kernel.openInstance({ ...spec, virtualMac: new Uint8Array([0, 0, 0x5e, 0, 2, 1]) }));
      well(await kernel.activateInstance(1));
      for (const result of await kernel.apply(1, [{ kind: "set", homeAddress: HOME, careOfAddress: CARE_OF }]))
        well(result);
    }
    expect(state()).not.toBe(before);
    expect(clear()).toBe("");
    expect(state()).toBe(before);
  });

  test(`clear removes what a mobile node left, ${plane} plane`, async ({ skip }) => {
    const before = state();
    const opened = await createMobileKernel({ plane, namespace });
    skip(!opened.ok && opened.error.code === "unsupported", "this kernel lacks the plane");
    {
      await using kernel = well(opened);
      well(await kernel.prepare({ homeAddress: HOME, homePrefix: HOME_PREFIX, homeAgentAddress: HOME_AGENT }));
      namespaces.ip(namespace, "address", "add", "2001:db8:f1::5/64", "dev", "home0", "nodad");
      well(await kernel.goAway({ device: "home0", careOfAddress: CARE_OF }));
    }
    expect(state()).not.toBe(before);
    expect(clear()).toBe("");
    expect(state()).toBe(before);
  });
}

test("clear where nothing is left changes nothing, twice", () => {
  const before = state();
  expect(clear()).toBe("");
  expect(clear()).toBe("");
  expect(state()).toBe(before);
});
