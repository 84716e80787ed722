import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createClock } from "#linux/clock.ts";
import { createNamespaces, type Namespaces } from "#test/namespaces.ts";
import { millis } from "#wire/time.ts";
import { forgetNextHops, keepNextHop, type NextHopKeeper } from "./next-hop.ts";

const ROUTER = "2001:db8:1::fe";

describe("the router towards care-of addresses", () => {
  let namespaces: Namespaces;
  let host = "";
  let router = "";
  let keeper: NextHopKeeper | undefined;
  const never = new AbortController().signal;

  beforeEach(() => {
    namespaces = createNamespaces("hop");
    host = namespaces.add("host");
    router = namespaces.add("router");
    namespaces.join({ namespace: host, device: "home0" }, { namespace: router, device: "eth0" });
    namespaces.ip(host, "addr", "add", "2001:db8:1::11/64", "dev", "home0", "nodad");
    namespaces.ip(router, "addr", "add", `${ROUTER}/64`, "dev", "eth0", "nodad");
  });
  afterEach(async () => {
    await keeper?.[Symbol.asyncDispose]();
    namespaces[Symbol.dispose]();
  });

  const problems: string[] = [];
  const start = (): NextHopKeeper => {
    keeper = keepNextHop(
      { device: "home0", namespace: host },
      { clock: createClock(), onProblem: ({ message }) => problems.push(message) },
    );
    return keeper;
  };
  const neighbours = () => namespaces.ip(host, "-6", "neigh", "show", "dev", "home0");

  it("is resolved before anything is sent to it, and kept so by the kernel (DESIGN 4.3)", async () => {
    namespaces.ip(host, "route", "add", "default", "via", ROUTER);
    expect(await start().settled(millis(10_000), never)).toBeUndefined();
    expect(neighbours()).toMatch(/2001:db8:1::fe lladdr \S+.* managed .*(?:REACHABLE|STALE|DELAY|PROBE)/);
    expect(problems).toEqual([]);
    await keeper?.[Symbol.asyncDispose]();
    expect(neighbours()).toContain("managed");
    expect(await forgetNextHops(host)).toMatchObject({ ok: true });
    expect(neighbours()).not.toContain("managed");
  });

  it("is told when it does not answer, and waited for no longer than the limit", async () => {
    namespaces.ip(host, "route", "add", "default", "via", "2001:db8:1::dead");
    expect(await start().settled(millis(300), never)).toBe("the router 2001:db8:1::dead does not answer");
  });

  it("is not waited for where there is none", async () => {
    expect(await start().settled(millis(10_000), never)).toBeUndefined();
  });

  it("is waited for as long as the link-local address of the device is tentative (RFC 4862 §5.4)", async () => {
    namespaces.ip(host, "route", "add", "default", "via", ROUTER);
    for (const of of ["all", "home0"])
      for (const what of ["accept_dad", "dad_transmits"])
        namespaces.run(host, "sysctl", "-q", "-w", `net.ipv6.conf.${of}.${what}=1`);
    namespaces.ip(host, "addr", "add", "fe80::99/64", "dev", "home0");
    expect(await start().settled(millis(0), never)).toBe(
      "the link-local address of home0 is not yet known to be unique",
    );
    expect(await keeper?.settled(millis(20_000), never)).toBeUndefined();
  });
});
