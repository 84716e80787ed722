import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { address, parseMac, parsePrefix } from "#ipv6/address.ts";
import type { InstanceSpec } from "#ports/kernel.ts";
import { createNamespaces, type Namespaces } from "#test/namespaces.ts";
import { activateInstanceDevice, type FoundInstance, findInstance, isActive, openInstanceDevice } from "./instances.ts";
import { canRest, layToRest, restRequests } from "./resting.ts";
import { type KernelSession, openSession } from "./session.ts";
import { openSysctl } from "./sysctl.ts";

const HOME_AGENT = "2001:db8:1::a1";
const VIRTUAL_MAC = "00:00:5e:00:02:01";

const value = <T>(
  result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown },
): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
};

describe("the edge of a standby, which rests with its device up", () => {
  const spec: InstanceSpec = {
    name: "a",
    number: 1,
    homeAgentAddress: address(HOME_AGENT),
    homePrefix: value(parsePrefix("2001:db8:1::/64")),
    virtualMac: value(parseMac(VIRTUAL_MAC)),
    device: "home0",
  };
  let namespaces: Namespaces;
  let session: KernelSession;
  let host = "";
  let neighbour = "";
  let instance: FoundInstance;

  beforeEach(async () => {
    namespaces = createNamespaces("rst");
    host = namespaces.add("host");
    neighbour = namespaces.add("nb");
    namespaces.join({ namespace: host, device: "home0" }, { namespace: neighbour, device: "eth0" });
    namespaces.ip(host, "addr", "add", "2001:db8:1::11/64", "dev", "home0", "nodad");
    namespaces.ip(neighbour, "addr", "add", "2001:db8:1::99/64", "dev", "eth0", "nodad");
    for (const command of [
      "add table ip6 watch",
      "add counter ip6 watch virtual",
      "add chain ip6 watch in { type filter hook prerouting priority raw; }",
      `add rule ip6 watch in ether saddr ${VIRTUAL_MAC} counter name virtual`,
    ])
      namespaces.run(neighbour, "nft", command);
    session = openSession(host);
    value(await openInstanceDevice(session, openSysctl(host), spec));
    instance = value(await findInstance(session, 1));
  });
  afterEach(async () => {
    await session[Symbol.asyncDispose]();
    namespaces[Symbol.dispose]();
  });

  /** Packets from the virtual MAC that the neighbour has received. */
  const heard = (): number =>
    Number(
      /packets (\d+)/.exec(namespaces.run(neighbour, "nft", "list", "counter", "ip6", "watch", "virtual"))?.[1] ??
        Number.NaN,
    );
  const active = async () => value(await isActive(session, [value(await findInstance(session, 1))])).has(1);
  /** Whether the home agent address answers at the virtual MAC, where the neighbour believes it to be. */
  const answers = (): boolean => {
    namespaces.ip(neighbour, "neigh", "replace", HOME_AGENT, "lladdr", VIRTUAL_MAC, "dev", "eth0");
    try {
      namespaces.run(neighbour, "busybox", "ping6", "-c", "1", "-W", "1", HOME_AGENT);
      return true;
    } catch {
      return false;
    }
  };
  const isUp = () => namespaces.ip(host, "link", "show", "dev", "roam6-a", "up") !== "";
  const local = () => namespaces.ip(host, "-6", "route", "show", "table", "local", HOME_AGENT);

  it("says and takes nothing, and its host has no home agent address, until it is taken; and so again", async () => {
    expect(await canRest(session)).toBe(true);
    value(await layToRest(session, instance));
    for (const _ of [1, 2, 3]) {
      expect(await active()).toBe(false);
      expect(isUp()).toBe(true);
      expect(local()).toBe("");
      const before = heard();
      expect(answers()).toBe(false);
      expect(heard()).toBe(before);

      value(await activateInstanceDevice(session, instance));
      expect(await active()).toBe(true);
      expect(answers()).toBe(true);
      expect(heard()).toBeGreaterThan(before);

      value(await session.all([...restRequests(instance)]));
      value(await session.all([...restRequests(instance)]));
    }
    expect(namespaces.ip(host, "-6", "addr", "show", "dev", "roam6-a")).toContain(HOME_AGENT);
  });

  it("leaves no rule behind that would make it deaf as holder", async () => {
    value(await layToRest(session, instance));
    value(await session.all([...restRequests(instance)]));
    expect(namespaces.ip(host, "-6", "rule", "show").match(/blackhole/g)).toHaveLength(1);
    value(await activateInstanceDevice(session, instance));
    expect(namespaces.ip(host, "-6", "rule", "show")).not.toContain("blackhole");
  });

  it("is laid to rest from wherever a guard that died has left it, or somebody has put it", async () => {
    const ip = (...what: string[]) => namespaces.ip(host, ...what);
    const meddling: readonly [string, () => void][] = [
      [
        "its local route is there again",
        () => ip("-6", "route", "add", "local", HOME_AGENT, "dev", "roam6-a", "table", "local"),
      ],
      ["its rule is gone", () => ip("-6", "rule", "del", "pref", "5")],
      ["its address is gone", () => ip("addr", "del", `${HOME_AGENT}/128`, "dev", "roam6-a")],
      ["its device is down", () => ip("link", "set", "roam6-a", "down")],
      ["it speaks", () => namespaces.run(host, "tc", "qdisc", "del", "dev", "roam6-a", "root")],
    ];
    value(await layToRest(session, instance));
    for (const [what, meddle] of meddling) {
      meddle();
      expect(await active(), what).toBe(false);
      value(await layToRest(session, value(await findInstance(session, 1))));
      expect([isUp(), local(), await active()], what).toEqual([true, "", false]);
      expect(ip("-6", "addr", "show", "dev", "roam6-a"), what).toContain(HOME_AGENT);
      expect(ip("-6", "rule", "show").match(/blackhole/g), what).toHaveLength(1);
      expect(namespaces.run(host, "tc", "qdisc", "show", "dev", "roam6-a"), what).toContain("blackhole");
    }
    value(await activateInstanceDevice(session, instance));
    expect(await active()).toBe(true);
  });
});
