import { addressEquals, UNSPECIFIED } from "#ipv6/address.ts";
import {
  addPass,
  guardTunnel,
  lacksClassifiers,
  listPasses,
  prepareRefused,
  removePass,
  removeRefused,
} from "#linux/kernel/classifiers.ts";
import { setMtu, setUp } from "#linux/kernel/devices.ts";
import { ERRNO } from "#linux/kernel/errno.ts";
import { openExternalTunnel } from "#linux/kernel/external-tunnel.ts";
import { HOLDER_TUNNEL, TABLE } from "#linux/kernel/mark.ts";
import { setRoute } from "#linux/kernel/routes.ts";
import type { KernelSession } from "#linux/kernel/session.ts";
import { inOrder } from "#linux/kernel/steps.ts";
import type { Sysctl } from "#linux/kernel/sysctl.ts";
import { tunnelMtu, tunnelSegment, USUAL_MTU } from "#linux/kernel/tunnel-mtu.ts";
import type { KernelError } from "#ports/kernel.ts";
import type { HomeSpec } from "#ports/mobile-kernel.ts";
import { done, failed, ok, type Result } from "#wire/result.ts";
import { prepareMobileFilter, removeMobileFilter } from "./mobile-filter.ts";
import { METRIC, type ReverseTunnel } from "./reverse-tunnel.ts";

/** By classifiers: out of the tunnel comes what the home agent has sent, and nothing else. */
const guardByClassifiers = async (
  session: KernelSession,
  tunnel: number,
  { homeAgentAddress }: HomeSpec,
): Promise<Result<void, KernelError>> => {
  const guarded = await inOrder(
    () => prepareRefused(session),
    () => session.all(guardTunnel(tunnel)),
    () => session.all([{ ...addPass(tunnel, { outerSource: homeAgentAddress }), allow: [ERRNO.EEXIST] }]),
  );
  if (!guarded.ok) return failed(lacksClassifiers("routed", guarded.error));
  const passes = await listPasses(session, tunnel);
  if (!passes.ok) return passes;
  // Of a home agent that it was before.
  const former = passes.value.filter(
    ({ outerSource }) => outerSource === undefined || !addressEquals(outerSource, homeAgentAddress),
  );
  return session.all(former.map(({ handle }) => ({ ...removePass(tunnel, handle), allow: [ERRNO.ENOENT] })));
};

/**
 * Through an `external` ip6tnl device, which holds the home address while away. Its kernel sends Packet Too Big, makes
 * fragments of outer packets and puts them together (RFC 2473 §7).
 * @param options.nftables false: what does not come from the home agent is refused by classifiers (tc)
 */
export const createTunnelReverseTunnel = (
  session: KernelSession,
  sysctl: Sysctl,
  options: { readonly nftables: boolean },
): ReverseTunnel => ({
  prepare: async (home) => {
    const tunnel = await openExternalTunnel(session, sysctl, HOLDER_TUNNEL, tunnelMtu(USUAL_MTU));
    if (!tunnel.ok) return tunnel;
    const holder = tunnel.value;
    const opened = await inOrder(
      () =>
        options.nftables
          ? prepareMobileFilter(session, home.homeAgentAddress, HOLDER_TUNNEL.name)
          : guardByClassifiers(session, holder, home),
      () => session.all([setUp(holder, true)]),
    );
    return opened.ok ? ok(holder) : opened;
  },
  lead: (holder, { home, careOfAddress, pathMtu }) =>
    session.all([
      // The device first: it takes the MTU of its routes along.
      setMtu(holder, tunnelMtu(pathMtu)),
      setRoute({
        table: TABLE.REVERSE_TUNNEL,
        destination: { address: UNSPECIFIED, length: 0 },
        device: holder,
        priority: METRIC,
        action: { kind: "tunnel", source: careOfAddress, destination: home.homeAgentAddress },
        mtu: tunnelMtu(pathMtu),
        advertisedMss: tunnelSegment(pathMtu),
      }),
    ]),
  rest: async () => done,
  clear: () => (options.nftables ? removeMobileFilter(session) : removeRefused(session)),
});
