import { describe, expect, it } from "vitest";
import { ip6TunnelData } from "#netlink/route/link.ts";
import type { KernelFeatures, Plane } from "#ports/kernel.ts";
import { chooseEncapsulation, choosePlane, type KernelUser } from "./create-kernel.ts";
import type { Device } from "./devices.ts";
import { DEVICE_GROUP } from "./mark.ts";

const BARE: KernelFeatures = {
  mip6: false,
  ip6tnl: false,
  externalTunnel: false,
  seg6: false,
  esp: false,
  macvlan: false,
  nftables: false,
  release: "6.1.0",
};
/** What a person reads of a feature that is missing. */
const TOLD = { ip6tnl: "ip6_tunnel", seg6: "SEG6", nftables: "NF_TABLES_IPV6", macvlan: "MACVLAN" } as const;
type Feature = keyof typeof TOLD;
const FEATURES: readonly Feature[] = ["ip6tnl", "seg6", "nftables", "macvlan"];

/** Every set of these features. */
const SETS: readonly (readonly Feature[])[] = Array.from({ length: 1 << FEATURES.length }, (_, bits) =>
  FEATURES.filter((_, bit) => (bits >> bit) & 1),
);

/** A kernel with tunnels has routes into them, all that is not said to be otherwise. */
const kernelWith = (has: readonly Feature[]): KernelFeatures => ({
  ...BARE,
  ...Object.fromEntries(has.map((feature) => [feature, true])),
  externalTunnel: has.includes("ip6tnl"),
});

const choose = (wanted: Plane | "auto", user: KernelUser, has: readonly Feature[]) => {
  const features = kernelWith(has);
  const plane = choosePlane(wanted, features, user);
  if (plane.ok) return plane.value;
  const { code, message } = plane.error;
  expect(code).toBe("unsupported");
  expect(message).toContain("kernel 6.1.0 lacks");
  return FEATURES.filter((feature) => message.includes(TOLD[feature]));
};

/** The plane of a mobile node, or all that is missing for it. */
const TABLE: readonly {
  readonly has: readonly Feature[];
  readonly auto: Plane | readonly Feature[];
  readonly routed: Plane | readonly Feature[];
  readonly classic: Plane | readonly Feature[];
}[] = [
  {
    has: [],
    auto: ["ip6tnl", "seg6", "nftables"],
    routed: ["ip6tnl", "seg6", "nftables"],
    classic: ["ip6tnl"],
  },
  { has: ["nftables"], auto: ["ip6tnl", "seg6"], routed: ["ip6tnl", "seg6"], classic: ["ip6tnl"] },
  { has: ["seg6"], auto: ["ip6tnl", "nftables"], routed: ["ip6tnl", "nftables"], classic: ["ip6tnl"] },
  { has: ["seg6", "nftables"], auto: "routed", routed: "routed", classic: ["ip6tnl"] },
  { has: ["ip6tnl"], auto: "classic", routed: "routed", classic: "classic" },
  { has: ["ip6tnl", "nftables"], auto: "classic", routed: "routed", classic: "classic" },
  { has: ["ip6tnl", "seg6"], auto: "classic", routed: "routed", classic: "classic" },
  { has: ["ip6tnl", "seg6", "nftables"], auto: "routed", routed: "routed", classic: "classic" },
];

describe("the plane of a kernel (DESIGN §5)", () => {
  it.each(TABLE)("of a mobile node with %o", ({ has, ...expected }) => {
    for (const macvlan of [[], ["macvlan"]] as const)
      for (const wanted of ["auto", "routed", "classic"] as const)
        expect([wanted, choose(wanted, "mobile node", [...has, ...macvlan])]).toEqual([wanted, expected[wanted]]);
  });

  it.each(TABLE)("of a home agent with %o: the same, and macvlan must be there", ({ has, ...expected }) => {
    for (const wanted of ["auto", "routed", "classic"] as const) {
      const plane = expected[wanted];
      expect([wanted, choose(wanted, "home agent", [...has, "macvlan"])]).toEqual([wanted, plane]);
      const lacks = typeof plane === "string" ? ["macvlan"] : [...plane, "macvlan"];
      expect([wanted, choose(wanted, "home agent", has)]).toEqual([wanted, lacks]);
    }
  });

  it("is decided for every set of features, and what the kernel has of Mobile IPv6 and ESP of its own does not matter", () => {
    for (const has of SETS) {
      const rows = TABLE.filter(({ has: row }) => row.join() === has.filter((feature) => feature !== "macvlan").join());
      expect(rows.length).toBe(1);
      for (const user of ["home agent", "mobile node"] as const) {
        const features = kernelWith(has);
        const plane = choosePlane("auto", features, user);
        expect(choosePlane("auto", { ...features, mip6: true, esp: true }, user)).toEqual(plane);
      }
    }
  });

  it("of tunnels that no route leads into is the classic one", () => {
    const features = { ...kernelWith(["ip6tnl", "nftables"]), externalTunnel: false };
    expect(choosePlane("auto", features, "mobile node")).toEqual({ ok: true, value: "classic" });
    const routed = choosePlane("routed", features, "mobile node");
    expect(routed.ok ? "" : routed.error.message).toMatch(/CONFIG_LWTUNNEL.*, or .*CONFIG_IPV6_SEG6_LWTUNNEL/);
  });
});

describe("how the routed plane encapsulates (DESIGN §5)", () => {
  const device = (name: string, kind: string, more: Partial<Device> = {}): Device => ({
    index: 7,
    name,
    up: true,
    running: true,
    loopback: false,
    address: new Uint8Array(0),
    kind,
    group: 0,
    alias: "",
    mtu: 1460,
    ipv6Mtu: 1460,
    link: 0,
    parameters: new Uint8Array(0),
    ...more,
  });
  const external = ip6TunnelData.encode({ collectMetadata: true });
  const all = kernelWith(["ip6tnl", "seg6", "nftables"]);
  const without = kernelWith(["ip6tnl", "seg6"]);

  it("is the external tunnel where the kernel has it, with or without nf_tables and seg6", () => {
    for (const has of [all, without, kernelWith(["ip6tnl"]), kernelWith(["ip6tnl", "nftables"])])
      expect(chooseEncapsulation(has, [])).toBe("tunnel");
    expect(chooseEncapsulation(kernelWith(["seg6", "nftables"]), [])).toBe("segment");
  });

  it("is the tunnel still in the next life, with ordinary tunnels of anybody's beside it", () => {
    const ours = device("roam6t0", "ip6tnl", { group: DEVICE_GROUP, parameters: external });
    expect(chooseEncapsulation(all, [ours, device("ip6tnl0", "ip6tnl")])).toBe("tunnel");
  });

  it("stays seg6 where an earlier life forwards by it, of a home agent or a mobile node", () => {
    for (const name of ["roam6e1", "roam6m1"])
      expect(chooseEncapsulation(all, [device(name, "veth", { group: DEVICE_GROUP })])).toBe("segment");
    expect(chooseEncapsulation(all, [device("roam6e1", "veth")])).toBe("tunnel");
  });

  it("is seg6 where somebody else has the one external tunnel, as far as the kernel has seg6", () => {
    const foreign = device("cilium_ip6tnl", "ip6tnl", { parameters: external });
    expect(chooseEncapsulation(all, [foreign])).toBe("segment");
    expect(chooseEncapsulation(without, [foreign])).toBe("tunnel");
  });
});
