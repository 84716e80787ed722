import type { Kernel, KernelError, KernelFeatures, Plane } from "#ports/kernel.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { createClassicKernel } from "./classic/classic-kernel.ts";
import { createTunnelFilter } from "./classic/tunnel-filter.ts";
import { probeFeatures } from "./features.ts";
import { createTableFilter } from "./routed/filter-table.ts";
import { createRoutedKernel } from "./routed/routed-kernel.ts";
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

const PLANE_NEEDS: Readonly<Record<Plane, Needs>> = {
  routed: [
    ["seg6", "IPv6 segment routing (CONFIG_IPV6_SEG6_LWTUNNEL)"],
    ["nftables", "nf_tables for IPv6 (CONFIG_NF_TABLES_IPV6)"],
  ],
  classic: [["ip6tnl", "IPv6 tunnels (CONFIG_IPV6_TUNNEL, module ip6_tunnel)"]],
};
const USER_NEEDS: Readonly<Record<KernelUser, Needs>> = {
  "home agent": [["macvlan", "macvlan devices (CONFIG_MACVLAN)"]],
  "mobile node": [],
};

/** One readable clause; undefined when nothing lacks. */
const missing = (who: string, needs: Needs, features: KernelFeatures): string | undefined => {
  const lacks = needs.filter(([feature]) => features[feature] !== true).map(([, text]) => text);
  return lacks.length === 0 ? undefined : `${who} needs ${lacks.join(" and ")}, which kernel ${features.release} lacks`;
};

/**
 * Decides on the plane for a host: `auto` is the routed one where the kernel has what it needs, with or without ip6tnl, else
 * the classic one.
 * @returns `unsupported` with all that the kernel lacks: for each plane that could have been taken, and for the user
 */
export const choosePlane = (
  wanted: Plane | "auto",
  features: KernelFeatures,
  user: KernelUser,
): Result<Plane, KernelError> => {
  const planes: readonly Plane[] = wanted === "auto" ? ["routed", "classic"] : [wanted];
  const lacks = planes.map((plane) => missing(`the ${plane} plane`, PLANE_NEEDS[plane], features));
  const chosen = planes.find((_, index) => lacks[index] === undefined);
  const userLacks = missing(`a ${user}`, USER_NEEDS[user], features);
  if (chosen !== undefined && userLacks === undefined) return ok(chosen);
  const told = [userLacks, ...(chosen === undefined ? lacks : [])];
  return unsupported(told.filter((text) => text !== undefined).join("; "));
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
  if (plane.value === "routed") return ok(createRoutedKernel(session, sysctl));
  const filter = features.value.nftables ? createTableFilter(session) : createTunnelFilter(session, sysctl);
  return ok(createClassicKernel(session, sysctl, filter));
};
