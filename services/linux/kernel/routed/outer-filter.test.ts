import { describe, expect, it } from "vitest";
import { address, addressKey, formatAddress } from "#ipv6/address.ts";
import type { DeviceIndex } from "#linux/kernel/external-tunnel.ts";
import type { KernelSession, Request } from "#linux/kernel/session.ts";
import type { FilterEntry } from "#linux/kernel/source-filter.ts";
import { classifier, flowerOptions, RTM_CLASSIFIER } from "#netlink/traffic/traffic.ts";
import type { KernelError } from "#ports/kernel.ts";
import { done, failed, ok } from "#wire/result.ts";
import { createOuterFilter } from "./outer-filter.ts";

const exists = failed({ code: "exists", errno: 17, message: "Filter already exists" } as const);
const notFound = failed({ code: "not-found", errno: 2, message: "Specified filter handle not found" } as const);

const entry = (home: number, instance = 1): FilterEntry => ({
  homeAddress: address(`2001:db8:1::${home}`),
  careOfAddress: address(`2001:db8:f1::${home}`),
  homeAgentAddress: address(`2001:db8:1::a${instance}`),
});

/** The classifiers of one tunnel, as the kernel keeps them: a handle and a key are each taken once. */
const createTunnel = () => {
  const byHandle = new Map<number, { readonly key: string; readonly options: Uint8Array }>();
  const counts = { dumps: 0 };
  const take = ({ message }: Request) => {
    const decoded = classifier.decode(message);
    const { handle = 0 } = decoded?.header ?? {};
    if (decoded?.type === RTM_CLASSIFIER.DELETE) return byHandle.delete(handle) ? done : notFound;
    const options = decoded?.attributes.kind === "flower" ? decoded.attributes.options : undefined;
    if (decoded?.type !== RTM_CLASSIFIER.NEW || options === undefined) return done;
    const found = flowerOptions.decode(options);
    const parts = [found?.source, found?.outerSource, found?.outerDestination];
    const key = parts.map((part) => addressKey(part ?? new Uint8Array(16))).join();
    if (byHandle.has(handle) || [...byHandle.values()].some((other) => other.key === key)) return exists;
    byHandle.set(handle, { key, options });
    return done;
  };
  const session: Pick<KernelSession, "each" | "all" | "dump"> = {
    each: async (requests) => requests.map(take),
    all: async (requests) => requests.map(take).find((result) => !result.ok) ?? done,
    dump: async () => {
      counts.dumps++;
      return ok(
        [...byHandle].map(([handle, { options }]) =>
          classifier.encode({ type: RTM_CLASSIFIER.NEW, header: { handle }, attributes: { kind: "flower", options } }),
        ),
      );
    },
  };
  const device: DeviceIndex = { find: async () => ok(7), forget: () => undefined };
  return {
    counts,
    /** A life of the process. */
    open: () => createOuterFilter(session as KernelSession, device), // the rest is not used here
    /** Somebody puts a classifier in by hand. */
    put: (handle: number, { homeAddress, careOfAddress, homeAgentAddress }: FilterEntry) => {
      const options = flowerOptions.encode({
        source: homeAddress,
        outerSource: careOfAddress,
        outerDestination: homeAgentAddress,
      });
      const key = [homeAddress, careOfAddress, homeAgentAddress].map(addressKey).join();
      byHandle.set(handle, { key, options });
    },
    takeAway: () => byHandle.clear(),
    passes: () =>
      [...byHandle.values()]
        .map(({ options }) => formatAddress(flowerOptions.decode(options)?.source ?? new Uint8Array(16)))
        .sort(),
  };
};

describe("source filter of classifiers at an external tunnel (RFC 6275 §10.4.5)", () => {
  it("adds and removes without reading the tunnel's classifiers each time, and leaves no trial behind", async () => {
    const tunnel = createTunnel();
    const filter = tunnel.open();
    expect(await filter.prepare(7)).toEqual(done);
    expect(tunnel.passes()).toEqual([]);
    const { dumps } = tunnel.counts;
    for (let round = 0; round < 20; round++) {
      expect(await filter.add([entry(1), entry(2)])).toEqual([done, done]);
      expect(await filter.remove([entry(2)])).toEqual([done]);
    }
    expect(tunnel.passes()).toEqual(["2001:db8:1::1"]);
    expect(tunnel.counts.dumps).toBe(dumps);
  });

  it("says of each what is not there, and takes what is there for added", async () => {
    const tunnel = createTunnel();
    const filter = tunnel.open();
    expect(await filter.add([entry(1)])).toEqual([done]);
    expect(await filter.add([entry(1), entry(2)])).toEqual([done, done]);
    const removed = await filter.remove([entry(1), entry(3), entry(2)]);
    expect(removed.map((result) => (result.ok ? "ok" : result.error.code))).toEqual(["ok", "not-found", "ok"]);
    expect(tunnel.passes()).toEqual([]);
  });

  it("removes in the next life what it has added in this one", async () => {
    const tunnel = createTunnel();
    await tunnel.open().add([entry(1), entry(2)]);
    const next = tunnel.open();
    expect(await next.list()).toEqual(ok([entry(1), entry(2)]));
    expect(await next.remove([entry(1)])).toEqual([done]);
    expect(await next.add([entry(3)])).toEqual([done]);
    expect(tunnel.passes()).toEqual(["2001:db8:1::2", "2001:db8:1::3"]);
  });

  it("goes round handles and elements that somebody else has put in, and removes those too", async () => {
    const tunnel = createTunnel();
    const filter = tunnel.open();
    await filter.add([entry(1)]);
    tunnel.put(2, entry(7));
    tunnel.put(9, entry(3));
    expect(await filter.add([entry(2), entry(3), entry(4)])).toEqual([done, done, done]);
    expect(tunnel.passes()).toEqual([1, 2, 3, 4, 7].map((home) => `2001:db8:1::${home}`));
    expect(await filter.remove([entry(3), entry(7)])).toEqual([done, done]);
    expect(tunnel.passes()).toEqual([1, 2, 4].map((home) => `2001:db8:1::${home}`));
  });

  it("puts back what somebody has taken away", async () => {
    const tunnel = createTunnel();
    const filter = tunnel.open();
    await filter.add([entry(1), entry(2)]);
    tunnel.takeAway();
    expect(await filter.add([entry(1)])).toEqual([done]);
    const [removed] = await filter.remove([entry(2)]);
    expect(removed).toMatchObject({ ok: false, error: { code: "not-found" } });
    expect(tunnel.passes()).toEqual(["2001:db8:1::1"]);
  });

  it("keeps apart what instances do side by side", async () => {
    const tunnel = createTunnel();
    const filter = tunnel.open();
    await Promise.all([1, 2, 3].map((instance) => filter.add([entry(instance, instance)])));
    await Promise.all([1, 3].map((instance) => filter.remove([entry(instance, instance)])));
    expect(tunnel.passes()).toEqual(["2001:db8:1::2"]);
  });

  it("refuses to work where the kernel lacks classifiers, and says which", async () => {
    const error: KernelError = { code: "not-found", errno: 2, message: "Failed to load TC action module" };
    const session: Pick<KernelSession, "all"> = { all: async () => failed(error) };
    const device: DeviceIndex = { find: async () => ok(7), forget: () => undefined };
    const prepared = await createOuterFilter(session as KernelSession, device).prepare(7); // the rest is not used here
    expect(prepared).toMatchObject({ ok: false, error: { code: "unsupported" } });
    expect(prepared.ok ? "" : prepared.error.message).toMatch(/the routed plane .*CONFIG_NET_CLS_FLOWER/);
  });
});
