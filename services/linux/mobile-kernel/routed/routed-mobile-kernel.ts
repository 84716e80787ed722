import { UNSPECIFIED } from "#ipv6/address.ts";
import { type DevicePair, makePair, setPairMtu } from "#linux/kernel/device-pair.ts";
import {
  addAddress,
  deleteDevice,
  findDevice,
  listAddresses,
  listDevices,
  removeAddress,
} from "#linux/kernel/devices.ts";
import { DECAPSULATE_MARK, DEVICE_GROUP, HOLDER_PAIR, PRIORITY, TABLE } from "#linux/kernel/mark.ts";
import { deleteRoute, listOurRoutes, type RouteSpec, setRoute } from "#linux/kernel/routes.ts";
import { removeOurRules, replaceRules, yieldLocalRule } from "#linux/kernel/rules.ts";
import { setTunnelSource } from "#linux/kernel/segment-routing.ts";
import type { KernelSession } from "#linux/kernel/session.ts";
import { inOrder } from "#linux/kernel/steps.ts";
import { type Sysctl, writeAll } from "#linux/kernel/sysctl.ts";
import { tunnelMtu, tunnelSegment, USUAL_MTU } from "#linux/kernel/tunnel-mtu.ts";
import { createTurns } from "#linux/kernel/turns.ts";
import { forgetLink, forgetPrefix } from "#linux/mobile-kernel/forget.ts";
import {
  addressesIn,
  onLinkPrefix,
  removeAwayRules,
  removeElsewhere,
  setAwayRules,
} from "#linux/mobile-kernel/home-address.ts";
import { noteHomeAgent } from "#linux/mobile-kernel/home-agent-neighbour.ts";
import { readSnapshot, watchKernel } from "#linux/mobile-kernel/notices.ts";
import { solicit } from "#linux/mobile-kernel/solicit.ts";
import { dropWaitingPackets } from "#linux/mobile-kernel/waiting-packets.ts";
import { IFA_F } from "#netlink/route/address.ts";
import { RT_TABLE } from "#netlink/route/route.ts";
import type { KernelError } from "#ports/kernel.ts";
import type { HomeSpec, MobileKernel } from "#ports/mobile-kernel.ts";
import { done, failed, ok, type Result } from "#wire/result.ts";
import { prepareMobileFilter, removeMobileFilter } from "./mobile-filter.ts";

const DEFAULT = { address: UNSPECIFIED, length: 0 };
/** Metric of the default route into the tunnel (features.md S-5-10). */
const METRIC = 128;
/** Of a kernel that cannot pass packets through the pair: it takes these off a route's MTU for seg6. */
const SEG6_HEADROOM = 64;

interface Prepared {
  readonly home: HomeSpec;
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
  return ready.ok ? ok({ home, pair, passes: passes.value }) : ready;
};

/** Where packets from the home address go: into the pair, or straight into the tunnel. */
const reverseTunnel = ({ home, pair, passes }: Prepared, pathMtu: number): RouteSpec =>
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

const goAway = async (
  session: KernelSession,
  prepared: Prepared,
  request: Parameters<MobileKernel["goAway"]>[0],
): Promise<Result<void, KernelError>> => {
  const { home, pair } = prepared;
  const device = await findDevice(session, request.device);
  if (!device.ok) return device;
  const { index, ipv6Mtu } = device.value;
  const pathMtu = Math.min(ipv6Mtu, request.pathMtu ?? ipv6Mtu);
  const addresses = await listAddresses(session);
  if (!addresses.ok) return addresses;
  const onLink = onLinkPrefix(addresses.value, index, request.careOfAddress);
  const stale = addressesIn(addresses.value, index, home.homePrefix);
  return inOrder(
    () => setTunnelSource(session, request.careOfAddress),
    () =>
      session.all([
        // The pair first: a device takes the MTU of its routes along.
        ...setPairMtu(pair, tunnelMtu(pathMtu)),
        setRoute(reverseTunnel(prepared, pathMtu)),
        // There before it goes from the home device: connections never see a host without it.
        addAddress({
          index: pair.entry,
          address: home.homeAddress,
          prefixLength: 128,
          flags: IFA_F.HOMEADDRESS | IFA_F.NOPREFIXROUTE,
        }),
      ]),
    () => setAwayRules(session, home.homeAddress, onLink),
    () => removeElsewhere(session, home.homeAddress, pair.entry),
    // The home prefix is not on this link: what stays of it would send packets for home to the wrong neighbours.
    () => session.all(stale.map((found) => removeAddress(index, found.address, found.prefixLength))),
    () => forgetPrefix(session, index, home.homePrefix),
    () => dropWaitingPackets(session, index),
  );
};

const goHome = async (
  session: KernelSession,
  { home, pair }: Prepared,
  request: Parameters<MobileKernel["goHome"]>[0],
): Promise<Result<void, KernelError>> => {
  const device = await findDevice(session, request.device);
  if (!device.ok) return device;
  const { index } = device.value;
  return inOrder(
    () => session.all([addAddress({ index, address: home.homeAddress, prefixLength: home.homePrefix.length })]),
    () => noteHomeAgent(session, index, { address: home.homeAgentAddress, linkLayerAddress: request.homeAgent }),
    () => removeAwayRules(session),
    () => removeElsewhere(session, home.homeAddress, index),
    () =>
      session.all([
        removeAddress(pair.entry, home.homeAddress, 128),
        deleteRoute({ table: TABLE.REVERSE_TUNNEL, destination: DEFAULT, priority: METRIC }),
      ]),
    () => setTunnelSource(session, UNSPECIFIED),
  );
};

const clear = (session: KernelSession, home: HomeSpec | undefined): Promise<Result<void, KernelError>> =>
  inOrder(
    () => removeOurRules(session),
    () => (home === undefined ? Promise.resolve(done) : removeElsewhere(session, home.homeAddress, undefined)),
    async () => {
      const devices = await listDevices(session);
      if (!devices.ok) return devices;
      return session.all(
        devices.value.filter(({ group }) => group === DEVICE_GROUP).map(({ index }) => deleteDevice(index)),
      );
    },
    async () => {
      const routes = await listOurRoutes(session);
      return routes.ok ? session.all(routes.value.map((found) => deleteRoute(found))) : routes;
    },
    () => removeMobileFilter(session),
    () => setTunnelSource(session, UNSPECIFIED),
  );

/** The routed plane of a mobile node: the reverse tunnel is one encapsulating default route for the home address. */
export const createRoutedMobileKernel = (
  session: KernelSession,
  sysctl: Sysctl,
  namespace: string | undefined,
): MobileKernel => {
  let prepared: Prepared | undefined;
  const turns = createTurns();
  const whenPrepared = (work: (ready: Prepared) => Promise<Result<void, KernelError>>) =>
    turns.take("kernel", async (): Promise<Result<void, KernelError>> => {
      if (prepared === undefined) return failed({ code: "invalid", errno: 0, message: "the kernel is not prepared" });
      return work(prepared);
    });
  return {
    plane: "routed",
    prepare: (home) =>
      turns.take("kernel", async () => {
        const made = await prepare(session, sysctl, home);
        if (!made.ok) return made;
        prepared = made.value;
        return done;
      }),
    snapshot: () => readSnapshot(session),
    watch: (onNotice) => watchKernel(session, namespace, onNotice),
    goHome: (request) => whenPrepared((ready) => goHome(session, ready, request)),
    goAway: (request) => whenPrepared((ready) => goAway(session, ready, request)),
    solicitRouters: (request) =>
      turns.take("kernel", async () => {
        const device = await findDevice(session, request.device);
        if (!device.ok) return device;
        const forgotten = await forgetLink(session, device.value.index, request.keep);
        return forgotten.ok && device.value.up && request.keep === undefined
          ? solicit(session, device.value, namespace)
          : forgotten;
      }),
    clear: () => turns.take("kernel", () => clear(session, prepared?.home)),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
};
