import { UNSPECIFIED } from "#ipv6/address.ts";
import {
  changeTunnel,
  freeTunnelNames,
  listTunnels,
  makeTunnel,
  type Tunnel,
} from "#linux/kernel/classic/tunnel-device.ts";
import { addAddress, deleteDevice, findDevice, listAddresses, removeAddress, setUp } from "#linux/kernel/devices.ts";
import { TABLE } from "#linux/kernel/mark.ts";
import { deleteRoute, listOurRoutes, setRoute } from "#linux/kernel/routes.ts";
import { removeOurRules } from "#linux/kernel/rules.ts";
import type { KernelSession } from "#linux/kernel/session.ts";
import { inOrder } from "#linux/kernel/steps.ts";
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

const DEFAULT = { address: UNSPECIFIED, length: 0 };
/** Metrics of the default route into the tunnel and of the home address's host route (features.md S-5-10). */
const DEFAULT_METRIC = 128;
const HOST_METRIC = 192;

interface Prepared {
  readonly home: HomeSpec;
  readonly tunnel: Tunnel;
}

const ownTunnel = async (session: KernelSession): Promise<Result<Tunnel | undefined, KernelError>> => {
  const tunnels = await listTunnels(session);
  return tunnels.ok ? ok(tunnels.value[0]) : tunnels;
};

/** The tunnel is there from the start (features.md S-5-02); its near end is set with the first care-of address. */
const prepare = async (session: KernelSession, home: HomeSpec): Promise<Result<Prepared, KernelError>> => {
  const present = await ownTunnel(session);
  if (!present.ok) return present;
  if (present.value === undefined) {
    const names = await freeTunnelNames(session, 1);
    if (!names.ok) return names;
    const ends = { local: UNSPECIFIED, remote: home.homeAgentAddress };
    const made = await session.all([makeTunnel(names.value[0] ?? "ip6tnl1", ends)]);
    if (!made.ok) return made;
  }
  const tunnel = await ownTunnel(session);
  if (!tunnel.ok) return tunnel;
  return tunnel.value === undefined
    ? failed({ code: "system", errno: 0, message: "the tunnel that was made is not there" })
    : ok({ home, tunnel: tunnel.value });
};

const goAway = async (
  session: KernelSession,
  { home, tunnel }: Prepared,
  request: Parameters<MobileKernel["goAway"]>[0],
): Promise<Result<void, KernelError>> => {
  const device = await findDevice(session, request.device);
  if (!device.ok) return device;
  const { index } = device.value;
  const addresses = await listAddresses(session);
  if (!addresses.ok) return addresses;
  const onLink = onLinkPrefix(addresses.value, index, request.careOfAddress);
  const stale = addressesIn(addresses.value, index, home.homePrefix);
  return inOrder(
    () =>
      session.all([
        changeTunnel(tunnel.index, request.careOfAddress, home.homeAgentAddress),
        setUp(tunnel.index, true),
        // There before it goes from the home device: connections never see a host without it.
        addAddress({
          index: tunnel.index,
          address: home.homeAddress,
          prefixLength: 128,
          flags: IFA_F.HOMEADDRESS | IFA_F.NOPREFIXROUTE,
        }),
        setRoute({
          table: RT_TABLE.MAIN,
          destination: { address: home.homeAddress, length: 128 },
          device: tunnel.index,
          priority: HOST_METRIC,
          action: { kind: "device" },
        }),
        setRoute({
          table: TABLE.REVERSE_TUNNEL,
          destination: DEFAULT,
          device: tunnel.index,
          priority: DEFAULT_METRIC,
          action: { kind: "device" },
        }),
      ]),
    () => setAwayRules(session, home.homeAddress, onLink),
    () => removeElsewhere(session, home.homeAddress, tunnel.index),
    // The home prefix is not on this link: what stays of it would send packets for home to the wrong neighbours.
    () => session.all(stale.map((found) => removeAddress(index, found.address, found.prefixLength))),
    () => forgetPrefix(session, index, home.homePrefix),
    () => dropWaitingPackets(session, index),
  );
};

const goHome = async (
  session: KernelSession,
  { home, tunnel }: Prepared,
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
        deleteRoute({
          table: RT_TABLE.MAIN,
          destination: { address: home.homeAddress, length: 128 },
          priority: HOST_METRIC,
        }),
        deleteRoute({ table: TABLE.REVERSE_TUNNEL, destination: DEFAULT, priority: DEFAULT_METRIC }),
        setUp(tunnel.index, false),
      ]),
  );
};

const clear = (session: KernelSession, home: HomeSpec | undefined): Promise<Result<void, KernelError>> =>
  inOrder(
    () => removeOurRules(session),
    () => (home === undefined ? Promise.resolve(done) : removeElsewhere(session, home.homeAddress, undefined)),
    async () => {
      const routes = await listOurRoutes(session);
      return routes.ok ? session.all(routes.value.map((found) => deleteRoute(found))) : routes;
    },
    async () => {
      const tunnels = await listTunnels(session);
      return tunnels.ok ? session.all(tunnels.value.map(({ index }) => deleteDevice(index))) : tunnels;
    },
  );

/** The classic plane of a mobile node: MIPL2's ip6tnl1 with table 252 and the rules 1001 and 1002 (features.md §4, §5). */
export const createClassicMobileKernel = (session: KernelSession, namespace: string | undefined): MobileKernel => {
  let prepared: Prepared | undefined;
  const turns = createTurns();
  const whenPrepared = (work: (ready: Prepared) => Promise<Result<void, KernelError>>) =>
    turns.take("kernel", async (): Promise<Result<void, KernelError>> => {
      if (prepared === undefined) return failed({ code: "invalid", errno: 0, message: "the kernel is not prepared" });
      return work(prepared);
    });
  return {
    plane: "classic",
    prepare: (home) =>
      turns.take("kernel", async () => {
        const made = await prepare(session, home);
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
        const forgotten = await forgetLink(session, device.value.index);
        return forgotten.ok && device.value.up ? solicit(session, device.value, namespace) : forgotten;
      }),
    clear: () => turns.take("kernel", () => clear(session, prepared?.home)),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
};
