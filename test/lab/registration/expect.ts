import { expect } from "vitest";
import { LAB } from "#lab/topology.ts";
import type { KernelView } from "#test/lab/stage/kernel-view.ts";
import type { Registration } from "./steps.ts";

const REVERSE_TUNNEL = "1001: from 2001:db8:1::100 lookup 252";
const ON_LINK = ["1002: from fe80::/64 lookup main", "1002: from 2001:db8:f1::/64 lookup main"];

/** Without the mark of who made it, which MIPL2's rules do not have. */
const plain = (lines: readonly string[]): string[] => lines.map((line) => line.replace(/ proto 66$/, ""));

/** The rules of features.md S-4-05 at home, those of S-4-06 abroad. */
export const expectRules = ({ rulesAtHome, mobile }: Registration): void => {
  expect(plain(rulesAtHome).filter((line) => /^100[12]:/.test(line))).toEqual([]);
  expect(plain(rulesAtHome)).toContain("32766: from all lookup main");
  expect(plain(mobile.rules)).toEqual(
    expect.arrayContaining([REVERSE_TUNNEL, ...ON_LINK, "32766: from all lookup main"]),
  );
};

/** Default route of metric 128 into the tunnel (S-5-06), the home address on the tunnel's device (S-5-02). */
export const expectReverseTunnel = ({ mobile, plane }: Registration): void => {
  const device = plane === "classic" ? "ip6tnl1" : "roam6m0";
  expect(mobile.tunnelTable).toHaveLength(1);
  expect(mobile.tunnelTable[0]).toMatch(new RegExp(`^default .*dev ${device} .*metric 128`));
  const homes = mobile.addresses.filter((line) => line.includes(` ${LAB.homeAddress}/`));
  expect(homes).toHaveLength(1);
  expect(homes[0]).toMatch(new RegExp(`^\\d+: ${device} inet6 ${LAB.homeAddress}/128 scope global`));
  if (plane !== "classic") return;
  expect(mobile.routes.find((line) => line.startsWith(`${LAB.homeAddress} dev ip6tnl1 `))).toMatch(/metric 192/);
  expect(mobile.devices.find((line) => line.includes(" ip6tnl1@"))).toMatch(/POINTOPOINT,NOARP,UP.* mtu 14[56]\d /);
};

/** One host route of metric 192 into an ip6tnl device (S-5-05, S-5-09), and nothing of the home address but that. */
export const expectClassicTunnel = (view: KernelView): void => {
  const routes = view.routes.filter((line) => line.startsWith(`${LAB.homeAddress} `));
  expect(routes).toHaveLength(1);
  expect(routes[0]).toMatch(/^\S+ dev ip6tnl\d+ proto 66 metric 192/);
  const device = /dev (?<name>ip6tnl\d+)/.exec(routes[0] ?? "")?.groups?.["name"];
  expect(view.devices.find((line) => line.includes(` ${device}@`))).toMatch(/POINTOPOINT,NOARP,UP.* mtu 14[56]\d /);
  expect(view.addresses.filter((line) => line.includes(` ${LAB.homeAddress}/`))).toEqual([]);
};

/** One encapsulating route, in a table of its own: into the one tunnel of all, or by seg6. */
export const expectEncapsulatingRoute = (view: KernelView): void => {
  const routes = view.routes.filter((line) => line.startsWith(`${LAB.homeAddress} `));
  expect(routes).toHaveLength(1);
  expect(routes[0]).toMatch(
    /encap (?:ip6 id 0 .*via fe80::1 dev roam6t0|seg6 mode encap\.red .*dev roam6e1) table 6275 .*metric 1001/,
  );
};
