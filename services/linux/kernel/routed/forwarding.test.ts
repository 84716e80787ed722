import { describe, expect, it } from "vitest";
import { type Address, address, formatAddress } from "#ipv6/address.ts";
import { TABLE } from "#linux/kernel/mark.ts";
import { decodeRoute, setRoute } from "#linux/kernel/routes.ts";
import type { KernelSession } from "#linux/kernel/session.ts";
import { NFT_MSG, setElements } from "#netlink/filter/filter.ts";
import type { ForwardingChange } from "#ports/kernel.ts";
import { done, failed, ok } from "#wire/result.ts";
import { createTableElements } from "./filter-table.ts";
import { applyChanges, METRIC_BASE, removeStale, type Suspects } from "./forwarding.ts";

const AGENT = address("2001:db8:1::a1");
const OTHER_AGENT = address("2001:db8:1::a2");
const HOME = address("2001:db8:1::100");
const CARE1 = address("2001:db8:f1::100");
const CARE2 = address("2001:db8:f2::100");
const CARE3 = address("2001:db8:f3::100");

/** Routes and filter elements in memory; a route to a care-of address in `refuses` is refused. */
const createSession = () => {
  const routes = new Map<string, Uint8Array>();
  const elements = new Map<string, readonly [key: Uint8Array, agent: Uint8Array]>();
  const refuses = new Set<string>();
  const refused = failed({ code: "system" as const, errno: 12, message: "no memory" });
  const missing = failed({ code: "not-found" as const, errno: 2, message: "no such element" });
  const change = (message: Uint8Array) => {
    const decoded = setElements.decode(message);
    const isAddition = decoded?.type === NFT_MSG.NEWSETELEM;
    for (const { key, data } of decoded?.attributes.elements ?? []) {
      if (key?.value === undefined) continue;
      const name = Buffer.from(key.value).toString("hex");
      if (isAddition && data?.value !== undefined) elements.set(name, [key.value.slice(), data.value.slice()]);
      else if (!elements.delete(name)) return missing;
    }
    return done;
  };
  const session: Pick<KernelSession, "each" | "dump" | "filter" | "filterDump"> = {
    each: async (requests) =>
      requests.map(({ message }) => {
        const route = decodeRoute(message);
        if (route === undefined) return refused;
        const key = formatAddress(route.destination.address);
        if (route.outer === undefined) routes.delete(key);
        else if (refuses.has(formatAddress(route.outer.destination))) return refused;
        else routes.set(key, message);
        return done;
      }),
    dump: async () => ok([...routes.values()]),
    filter: async (_, messages) => messages.map(change).find((result) => !result.ok) ?? done,
    filterDump: async () =>
      ok(
        [...elements.values()].map(([key, agent]) =>
          setElements.encode({
            type: NFT_MSG.NEWSETELEM,
            header: { family: 10 },
            attributes: {
              table: "roam6",
              set: "bindings",
              elements: [{ key: { value: key }, data: { value: agent } }],
            },
          }),
        ),
      ),
  };
  const whole = session as KernelSession; // the rest is not used here
  const action = (_: Address, segment: Address) => ({ kind: "encapsulate", segment }) as const;
  const encapsulation = { action, elements: createTableElements(whole) };
  return {
    session: whole,
    target: { number: 1, homeAgentAddress: AGENT, device: 7, encapsulation },
    refuses,
    put: (careOfAddress: Address, homeAddress: Address, agent: Address) => {
      const key = Buffer.concat([careOfAddress, homeAddress]);
      elements.set(key.toString("hex"), [Uint8Array.from(key), agent]);
    },
    putRoute: (careOfAddress: Address) => {
      const place = { table: TABLE.BINDINGS, destination: { address: HOME, length: 128 }, priority: METRIC_BASE + 1 };
      const action = { kind: "encapsulate", segment: careOfAddress } as const;
      routes.set(formatAddress(HOME), setRoute({ ...place, device: 7, action }).message);
    },
    mayTunnel: () => [...elements.values()].map(([key]) => formatAddress(key.subarray(0, 16))),
  };
};

const set = (careOfAddress: Address, previous?: Address): ForwardingChange => ({
  kind: "set",
  homeAddress: HOME,
  careOfAddress,
  ...(previous === undefined ? {} : { previous }),
});

/** As the kernel's port does: what may be stale then is looked for at once. */
const apply = async (
  { session, target }: Pick<ReturnType<typeof createSession>, "session" | "target">,
  changes: readonly ForwardingChange[],
) => {
  const suspects: Suspects = new Map();
  const results = await applyChanges(session, target, changes, suspects);
  await removeStale(session, target, suspects);
  return results;
};

describe("source filter of the routed plane", () => {
  it("lets the old care-of address send still, and the new one not, when the new route is refused", async () => {
    const { session, target, refuses, mayTunnel } = createSession();
    const first = await apply({ session, target }, [set(CARE1)]);
    expect(first).toEqual([done]);
    refuses.add(formatAddress(CARE2));
    const [result] = await apply({ session, target }, [set(CARE2, CARE1)]);
    expect(result?.ok).toBe(false);
    expect(mayTunnel()).toEqual([formatAddress(CARE1)]);
  });

  it("keeps the element of the route that is there when the same one is refused a second time", async () => {
    const { session, target, refuses, mayTunnel } = createSession();
    await apply({ session, target }, [set(CARE1)]);
    refuses.add(formatAddress(CARE1));
    await apply({ session, target }, [set(CARE1, CARE1)]);
    expect(mayTunnel()).toEqual([formatAddress(CARE1)]);
  });

  it("keeps what the last change that was taken made, in a batch of which some are refused", async () => {
    const { session, target, refuses, mayTunnel } = createSession();
    await apply({ session, target }, [set(CARE1)]);
    refuses.add(formatAddress(CARE3));
    const results = await apply({ session, target }, [set(CARE2, CARE1), set(CARE3, CARE2)]);
    expect(results.map(({ ok: isTaken }) => isTaken)).toEqual([true, false]);
    expect(mayTunnel()).toEqual([formatAddress(CARE2)]);
  });

  it("loses every element of an instance that no route goes with, and none of another instance", async () => {
    const { session, target, put, putRoute, mayTunnel } = createSession();
    putRoute(CARE1);
    put(CARE1, HOME, AGENT);
    for (let n = 0; n < 600; n++) put(address(`2001:db8:f9::${n.toString(16)}`), HOME, AGENT);
    put(CARE3, address("2001:db8:1::101"), OTHER_AGENT);
    expect(await removeStale(session, target)).toEqual(done);
    expect(mayTunnel()).toEqual([formatAddress(CARE1), formatAddress(CARE3)]);
  });
});
