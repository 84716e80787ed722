import { setUp } from "#linux/kernel/devices.ts";
import { createDeviceIndex, openExternalTunnel } from "#linux/kernel/external-tunnel.ts";
import { ENCAPSULATION_TUNNEL, TABLE } from "#linux/kernel/mark.ts";
import type { KernelSession } from "#linux/kernel/session.ts";
import { inOrder } from "#linux/kernel/steps.ts";
import type { Sysctl } from "#linux/kernel/sysctl.ts";
import { tunnelMtu, wayOutMtu } from "#linux/kernel/tunnel-mtu.ts";
import type { KernelError } from "#ports/kernel.ts";
import { done, ok, type Result } from "#wire/result.ts";
import type { Encapsulation } from "./encapsulation.ts";
import { createTableElements, prepareFilter, readRefused, removeFilter, setAgent } from "./filter-table.ts";
import { createOuterFilter } from "./outer-filter.ts";

/** The source check of what comes out of the tunnel. */
type Filter = Pick<Encapsulation, "elements" | "setAgent" | "refusedPackets" | "clear"> & {
  /** The tunnel is down. */
  prepare(tunnel: number): Promise<Result<void, KernelError>>;
};

const createTableCheck = (session: KernelSession): Filter => ({
  elements: createTableElements(session),
  prepare: () => prepareFilter(session, "tunnel"),
  setAgent: (agent, present) => setAgent(session, agent, present),
  refusedPackets: () => readRefused(session),
  clear: () => removeFilter(session),
});

const createClassifierCheck = (session: KernelSession): Filter => {
  const device = createDeviceIndex(session, ENCAPSULATION_TUNNEL.name);
  const filter = createOuterFilter(session, device);
  return {
    elements: filter,
    prepare: (tunnel) => filter.prepare(tunnel),
    // What comes to an address of nobody's comes out of the tunnel as well, and has no element.
    setAgent: async () => done,
    refusedPackets: () => filter.refusedPackets(),
    clear: () => filter.clear(),
  };
};

/**
 * Through one `external` ip6tnl device for all instances: each route has its own outer source and destination, and the
 * device decapsulates what comes to any address of this host. So the source check stands before or in that device and
 * knows no exception. Packet Too Big, fragments of the outer packet and their reassembly are the device's (RFC 2473 §7).
 * @param options.nftables false: the source check is made of classifiers (tc)
 */
export const createTunnelEncapsulation = (
  session: KernelSession,
  sysctl: Sysctl,
  options: { readonly nftables: boolean },
): Encapsulation => {
  const filter = options.nftables ? createTableCheck(session) : createClassifierCheck(session);
  return {
    ...filter,
    tellsSenders: true,
    homePrefixTable: TABLE.BINDINGS,
    prepare: async () => {
      const wayOut = await wayOutMtu(session);
      if (!wayOut.ok) return wayOut;
      const tunnel = await openExternalTunnel(session, sysctl, ENCAPSULATION_TUNNEL, tunnelMtu(wayOut.value));
      if (!tunnel.ok) return tunnel;
      const opened = await inOrder(
        () => filter.prepare(tunnel.value),
        () => session.all([setUp(tunnel.value, true)]),
      );
      return opened.ok ? ok(tunnel.value) : opened;
    },
    action: (homeAgentAddress, careOfAddress) => ({
      kind: "tunnel",
      source: homeAgentAddress,
      destination: careOfAddress,
    }),
  };
};
