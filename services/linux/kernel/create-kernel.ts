import type { Kernel, KernelError, KernelFeatures, Plane } from "#ports/kernel.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { createClassicKernel } from "./classic/classic-kernel.ts";
import { createTunnelFilter } from "./classic/tunnel-filter.ts";
import { type Device, listDevices } from "./devices.ts";
import { findForeignExternal } from "./external-tunnel.ts";
import { probeFeatures } from "./features.ts";
import { DEVICE_GROUP, ENCAPSULATION_PAIR, HOLDER_PAIR } from "./mark.ts";
import { createTableFilter } from "./routed/filter-table.ts";
import { createRoutedKernel } from "./routed/routed-kernel.ts";
import { createSegmentEncapsulation } from "./routed/segment-encapsulation.ts";
import { createTunnelEncapsulation } from "./routed/tunnel-encapsulation.ts";
import { openSession } from "./session.ts";
import { openSysctl } from "./sysctl.ts";

/** How to reach the kernel. */
export interface KernelOptions {
  /** `auto` takes the routed plane where this kernel has what it needs, else the classic one. */
  readonly plane: Plane | "auto";
  /** Network namespace by name (`/run/netns/NAME`) or path; the process's own when left out. */
  readonly namespace?: string;
}

const unsupported = (message: string) => failed<KernelError>({ code: "unsupported", errno: 0, message });

/** Whose kernel it is: a mobile node has no instances. */
export type KernelUser = "home agent" | "mobile node";

type Needs = readonly (readonly [feature: keyof KernelFeatures, text: string])[];

const SEGMENT_ROUTING: Needs = [
  ["seg6", "IPv6 segment routing (CONFIG_IPV6_SEG6_LWTUNNEL)"],
  ["nftables", "nf_tables for IPv6 (CONFIG_NF_TABLES_IPV6)"],
];
const TUNNELS: Needs = [["ip6tnl", "IPv6 tunnels (CONFIG_IPV6_TUNNEL, module ip6_tunnel)"]];
const EXTERNAL_TUNNEL: Needs = [
  ["externalTunnel", "routes into IPv6 tunnels (CONFIG_LWTUNNEL, CONFIG_IPV6_TUNNEL, module ip6_tunnel)"],
];
/** What each plane needs; of several ways one is enough. */
const PLANE_NEEDS: Readonly<Record<Plane, readonly Needs[]>> = {
  routed: [EXTERNAL_TUNNEL, SEGMENT_ROUTING],
  classic: [TUNNELS],
};
/**
 * `auto`: the routed plane where the kernel has seg6 and nf_tables, whichever way that plane then takes; where there are
 * tunnels alone, MIPL2's, whose devices `ip -6 tunnel` shows.
 */
const AUTOMATIC: readonly (readonly [plane: Plane, ways: readonly Needs[]])[] = [
  ["routed", [SEGMENT_ROUTING]],
  ["classic", PLANE_NEEDS.classic],
];
const USER_NEEDS: Readonly<Record<KernelUser, Needs>> = {
  "home agent": [["macvlan", "macvlan devices (CONFIG_MACVLAN)"]],
  "mobile node": [],
};

const lackOf = (needs: Needs, features: KernelFeatures): readonly string[] =>
  needs.filter(([feature]) => features[feature] !== true).map(([, text]) => text);

/** One readable clause; undefined when nothing lacks. */
const missing = (who: string, ways: readonly Needs[], features: KernelFeatures): string | undefined => {
  const lacks = ways.map((needs) => lackOf(needs, features));
  if (lacks.some(({ length }) => length === 0)) return undefined;
  const told = lacks.map((texts) => texts.join(" and ")).join(", or ");
  return `${who} needs ${told}, which kernel ${features.release} lacks`;
};

/**
 * Decides on the plane for a host: `auto` is the routed one where the kernel has seg6 and nf_tables, with or without ip6tnl,
 * else the classic one.
 * @returns `unsupported` with all that the kernel lacks: for each plane that could have been taken, and for the user
 */
export const choosePlane = (
  wanted: Plane | "auto",
  features: KernelFeatures,
  user: KernelUser,
): Result<Plane, KernelError> => {
  const candidates = wanted === "auto" ? AUTOMATIC : [[wanted, PLANE_NEEDS[wanted]] as const];
  const lacks = candidates.map(([plane, ways]) => missing(`the ${plane} plane`, ways, features));
  const chosen = candidates.find((_, index) => lacks[index] === undefined)?.[0];
  const userLacks = missing(`a ${user}`, [USER_NEEDS[user]], features);
  if (chosen !== undefined && userLacks === undefined) return ok(chosen);
  const told = [userLacks, ...(chosen === undefined ? lacks : [])];
  return unsupported(told.filter((text) => text !== undefined).join("; "));
};

/** How the routed plane encapsulates: through an `external` tunnel device, or by seg6. */
export type EncapsulationKind = "tunnel" | "segment";

/**
 * Decides on the way of the routed plane: the tunnel where the kernel has it. Seg6 also where an earlier life has left the
 * devices for it, whose bindings are forwarded still, and where somebody else has the one `external` tunnel that a
 * network namespace may have.
 */
export const chooseEncapsulation = (features: KernelFeatures, devices: readonly Device[]): EncapsulationKind => {
  if (!features.externalTunnel) return "segment";
  if (!features.seg6 || !features.nftables) return "tunnel";
  const pairs = [ENCAPSULATION_PAIR.exit, HOLDER_PAIR.exit];
  const isLeft = devices.some(({ name, group }) => group === DEVICE_GROUP && pairs.includes(name));
  return isLeft || findForeignExternal(devices) !== undefined ? "segment" : "tunnel";
};

/**
 * Opens the kernel of this host (or of one network namespace) for home agent instances.
 * @returns `unsupported` when the wanted plane needs what this kernel lacks (named in the message), `permission` without CAP_NET_ADMIN
 */
export const createKernel = async (options: KernelOptions): Promise<Result<Kernel, KernelError>> => {
  const features = await probeFeatures(options);
  if (!features.ok) return features;
  const plane = choosePlane(options.plane, features.value, "home agent");
  if (!plane.ok) return plane;
  const session = openSession(options.namespace);
  const sysctl = openSysctl(options.namespace);
  const { nftables } = features.value;
  if (plane.value === "classic") {
    const filter = nftables ? createTableFilter(session) : createTunnelFilter(session, sysctl);
    return ok(createClassicKernel(session, sysctl, filter));
  }
  const devices = await listDevices(session);
  if (!devices.ok) return devices;
  const encapsulation =
    chooseEncapsulation(features.value, devices.value) === "tunnel"
      ? createTunnelEncapsulation(session, sysctl, { nftables })
      : createSegmentEncapsulation(session, sysctl);
  return ok(createRoutedKernel(session, sysctl, encapsulation));
};
