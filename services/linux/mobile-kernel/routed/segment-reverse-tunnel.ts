import { UNSPECIFIED } from "#ipv6/address.ts";
import { type DevicePair, makePair, setPairMtu } from "#linux/kernel/device-pair.ts";
import { DECAPSULATE_MARK, HOLDER_PAIR, PRIORITY, TABLE } from "#linux/kernel/mark.ts";
import { type RouteSpec, setRoute } from "#linux/kernel/routes.ts";
import { replaceRules, yieldLocalRule } from "#linux/kernel/rules.ts";
import { setTunnelSource } from "#linux/kernel/segment-routing.ts";
import type { KernelSession } from "#linux/kernel/session.ts";
import { inOrder } from "#linux/kernel/steps.ts";
import { type Sysctl, writeAll } from "#linux/kernel/sysctl.ts";
import { tunnelMtu, tunnelSegment, USUAL_MTU } from "#linux/kernel/tunnel-mtu.ts";
import { RT_TABLE } from "#netlink/route/route.ts";
import type { KernelError } from "#ports/kernel.ts";
import type { HomeSpec } from "#ports/mobile-kernel.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { prepareMobileFilter, removeMobileFilter } from "./mobile-filter.ts";
import { METRIC, type ReverseTunnel, type TunnelWay } from "./reverse-tunnel.ts";

const DEFAULT = { address: UNSPECIFIED, length: 0 };
/** Of a kernel that cannot pass packets through the pair: it takes these off a route's MTU for seg6. */
const SEG6_HEADROOM = 64;

interface Prepared {
  readonly pair: DevicePair;
  /** Packets pass the device pair before they are encapsulated, so that they are cut to the tunnel's MTU first. */
  readonly passes: boolean;
}

const encapsulate = (home: HomeSpec, table: number, device: number): Omit<RouteSpec, "mtu"> => ({
  table,
  destination: DEFAULT,
  device,
  priority: METRIC,
  action: { kind: "encapsulate", segment: home.homeAgentAddress },
});

/** Lets what comes out of the pair leave although this host is no router (kernels from 6.17 on). */
const passThrough = async (sysctl: Sysctl): Promise<Result<boolean, KernelError>> => {
  const path = `conf/${HOLDER_PAIR.exit}/force_forwarding`;
  if ((await sysctl.read(path)) === undefined) return ok(false);
  const written = await writeAll(sysctl, [[path, "1"]]);
  return written.ok ? ok(true) : written;
};

const prepare = async (
  session: KernelSession,
  sysctl: Sysctl,
  home: HomeSpec,
): Promise<Result<Prepared, KernelError>> => {
  const made = await makePair(session, HOLDER_PAIR, tunnelMtu(USUAL_MTU));
  if (!made.ok) return made;
  const pair = made.value;
  const passes = await passThrough(sysctl);
  if (!passes.ok) return passes;
  const ready = await inOrder(
    () => prepareMobileFilter(session, home.homeAgentAddress),
    () =>
      session.all([
        setRoute({
          table: TABLE.DECAPSULATE,
          destination: DEFAULT,
          device: pair.exit,
          priority: METRIC,
          action: { kind: "decapsulate", table: RT_TABLE.LOCAL },
        }),
        setRoute(encapsulate(home, TABLE.BINDINGS, pair.exit)),
      ]),
    () => yieldLocalRule(session),
    () =>
      replaceRules(session, [
        { priority: PRIORITY.DECAPSULATE, mark: DECAPSULATE_MARK, table: TABLE.DECAPSULATE },
        // Once encapsulated, a packet is looked up as if it came from the same device, but from the care-of address.
        {
          priority: PRIORITY.ENCAPSULATED_INPUT,
          source: { address: home.homeAddress, length: 128 },
          inputDevice: HOLDER_PAIR.exit,
          table: TABLE.BINDINGS,
        },
      ]),
  );
  return ready.ok ? ok({ pair, passes: passes.value }) : ready;
};

/** Where packets from the home address go: into the pair, or straight into the tunnel. */
const reverseTunnel = ({ pair, passes }: Prepared, { home, pathMtu }: TunnelWay): RouteSpec =>
  passes
    ? {
        table: TABLE.REVERSE_TUNNEL,
        destination: DEFAULT,
        device: pair.entry,
        priority: METRIC,
        action: { kind: "gateway", gateway: HOLDER_PAIR.exitAddress },
        mtu: tunnelMtu(pathMtu),
        advertisedMss: tunnelSegment(pathMtu),
      }
    : {
        ...encapsulate(home, TABLE.REVERSE_TUNNEL, pair.entry),
        mtu: tunnelMtu(pathMtu) + SEG6_HEADROOM,
        advertisedMss: tunnelSegment(pathMtu),
      };

/** By seg6 with a single segment, for kernels without ip6_tunnel; needs nf_tables. */
export const createSegmentReverseTunnel = (session: KernelSession, sysctl: Sysctl): ReverseTunnel => {
  let prepared: Prepared | undefined;
  return {
    prepare: async (home) => {
      const made = await prepare(session, sysctl, home);
      if (!made.ok) return made;
      prepared = made.value;
      return ok(made.value.pair.entry);
    },
    lead: async (_, way) => {
      const ready = prepared;
      if (ready === undefined) return failed({ code: "invalid", errno: 0, message: "the kernel is not prepared" });
      return inOrder(
        () => setTunnelSource(session, way.careOfAddress),
        () =>
          session.all([
            // The pair first: a device takes the MTU of its routes along.
            ...setPairMtu(ready.pair, tunnelMtu(way.pathMtu)),
            setRoute(reverseTunnel(ready, way)),
          ]),
      );
    },
    rest: () => setTunnelSource(session, UNSPECIFIED),
    clear: () =>
      inOrder(
        () => removeMobileFilter(session),
        () => setTunnelSource(session, UNSPECIFIED),
      ),
  };
};
