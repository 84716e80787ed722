import { describe, expect, it } from "vitest";
import type { KernelFeatures, Plane } from "#ports/kernel.ts";
import { choosePlane, type KernelUser } from "./create-kernel.ts";

const BARE: KernelFeatures = {
  mip6: false,
  ip6tnl: false,
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

const choose = (wanted: Plane | "auto", user: KernelUser, has: readonly Feature[]) => {
  const features = { ...BARE, ...Object.fromEntries(has.map((feature) => [feature, true])) };
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
    routed: ["seg6", "nftables"],
    classic: ["ip6tnl"],
  },
  { has: ["nftables"], auto: ["ip6tnl", "seg6"], routed: ["seg6"], classic: ["ip6tnl"] },
  { has: ["seg6"], auto: ["ip6tnl", "nftables"], routed: ["nftables"], classic: ["ip6tnl"] },
  { has: ["seg6", "nftables"], auto: "routed", routed: "routed", classic: ["ip6tnl"] },
  { has: ["ip6tnl"], auto: "classic", routed: ["seg6", "nftables"], classic: "classic" },
  { has: ["ip6tnl", "nftables"], auto: "classic", routed: ["seg6"], classic: "classic" },
  { has: ["ip6tnl", "seg6"], auto: "classic", routed: ["nftables"], classic: "classic" },
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
        const features = { ...BARE, ...Object.fromEntries(has.map((feature) => [feature, true])) };
        const plane = choosePlane("auto", features, user);
        expect(choosePlane("auto", { ...features, mip6: true, esp: true }, user)).toEqual(plane);
      }
    }
  });
});
