import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createNamespaces, type Namespaces } from "#test/namespaces.ts";
import { findDevice, mute, unmute } from "./devices.ts";
import { type KernelSession, openSession } from "./session.ts";

describe("a device of an instance that gives way", () => {
  let namespaces: Namespaces;
  let session: KernelSession;
  let host = "";
  let peer = "";
  let index = 0;

  beforeEach(async () => {
    namespaces = createNamespaces("mut");
    host = namespaces.add("host");
    peer = namespaces.add("peer");
    namespaces.join({ namespace: host, device: "home0" }, { namespace: peer, device: "eth0" });
    namespaces.ip(host, "link", "add", "roam6-a", "link", "home0", "address", "00:00:5e:00:02:01", "type", "macvlan");
    namespaces.ip(host, "link", "set", "roam6-a", "up");
    session = openSession(host);
    const device = await findDevice(session, "roam6-a");
    if (!device.ok) throw new Error(device.error.message);
    index = device.value.index;
  });
  afterEach(async () => {
    await session[Symbol.asyncDispose]();
    namespaces[Symbol.dispose]();
  });

  const dropped = (): number =>
    Number(/dropped (\d+)/.exec(namespaces.run(host, "tc", "-s", "qdisc", "show", "dev", "roam6-a"))?.[1] ?? 0);
  /** Frames from the virtual MAC that the peer has received. */
  const heard = (): number =>
    Number(
      /packets (\d+)/.exec(namespaces.run(peer, "nft", "list", "counter", "ip6", "watch", "virtual"))?.[1] ??
        Number.NaN,
    );
  const watch = () => {
    for (const command of [
      "add table ip6 watch",
      "add counter ip6 watch virtual",
      "add chain ip6 watch in { type filter hook prerouting priority raw; }",
      "add rule ip6 watch in ether saddr 00:00:5e:00:02:01 counter name virtual",
    ])
      namespaces.run(peer, "nft", command);
  };

  it("says nothing on the link, whatever its kernel wants to, until it may again; both may be said twice", async () => {
    watch();
    for (const _ of [1, 2]) expect(await session.all([mute(index)])).toMatchObject({ ok: true });
    const before = heard();
    // A membership of its solicited-node group is reported, and reported again (RFC 9777 §6.1).
    namespaces.ip(host, "addr", "add", "2001:db8:1::a1/128", "dev", "roam6-a", "nodad");
    await expect.poll(dropped, { timeout: 5000 }).toBeGreaterThan(0);
    expect(heard()).toBe(before);
    for (const _ of [1, 2]) expect(await session.all([unmute(index)])).toMatchObject({ ok: true });
    namespaces.ip(host, "addr", "add", "2001:db8:1::a2/128", "dev", "roam6-a", "nodad");
    await expect.poll(heard, { timeout: 5000 }).toBeGreaterThan(before);
  });
});
