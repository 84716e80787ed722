import { UNSPECIFIED } from "#ipv6/address.ts";
import {
  addAddress,
  deleteDevice,
  findDevice,
  listAddresses,
  listDevices,
  removeAddress,
} from "#linux/kernel/devices.ts";
import { DEVICE_GROUP, TABLE } from "#linux/kernel/mark.ts";
import { deleteRoute, listOurRoutes } from "#linux/kernel/routes.ts";
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
import type { KernelError } from "#ports/kernel.ts";
import type { HomeSpec, MobileKernel } from "#ports/mobile-kernel.ts";
import { done, failed, type Result } from "#wire/result.ts";
import { METRIC, type ReverseTunnel } from "./reverse-tunnel.ts";

const DEFAULT = { address: UNSPECIFIED, length: 0 };

interface Prepared {
  readonly home: HomeSpec;
  /** Index of the device that holds the home address while away. */
  readonly holder: number;
}

const goAway = async (
  session: KernelSession,
  tunnel: ReverseTunnel,
  { home, holder }: Prepared,
  request: Parameters<MobileKernel["goAway"]>[0],
): Promise<Result<void, KernelError>> => {
  const device = await findDevice(session, request.device);
  if (!device.ok) return device;
  const { index, ipv6Mtu } = device.value;
  const pathMtu = Math.min(ipv6Mtu, request.pathMtu ?? ipv6Mtu);
  const addresses = await listAddresses(session);
  if (!addresses.ok) return addresses;
  const onLink = onLinkPrefix(addresses.value, index, request.careOfAddress);
  const stale = addressesIn(addresses.value, index, home.homePrefix);
  return inOrder(
    () => tunnel.lead(holder, { home, careOfAddress: request.careOfAddress, pathMtu }),
    () =>
      session.all([
        // There before it goes from the home device: connections never see a host without it.
        addAddress({
          index: holder,
          address: home.homeAddress,
          prefixLength: 128,
          flags: IFA_F.HOMEADDRESS | IFA_F.NOPREFIXROUTE,
        }),
      ]),
    () => setAwayRules(session, home.homeAddress, onLink),
    () => removeElsewhere(session, home.homeAddress, holder),
    // The home prefix is not on this link: what stays of it would send packets for home to the wrong neighbours.
    () => session.all(stale.map((found) => removeAddress(index, found.address, found.prefixLength))),
    () => forgetPrefix(session, index, home.homePrefix),
    () => dropWaitingPackets(session, index),
  );
};

const goHome = async (
  session: KernelSession,
  tunnel: ReverseTunnel,
  { home, holder }: Prepared,
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
        removeAddress(holder, home.homeAddress, 128),
        deleteRoute({ table: TABLE.REVERSE_TUNNEL, destination: DEFAULT, priority: METRIC }),
      ]),
    () => tunnel.rest(),
  );
};

const clear = (
  session: KernelSession,
  tunnel: ReverseTunnel,
  home: HomeSpec | undefined,
): Promise<Result<void, KernelError>> =>
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
    () => tunnel.clear(),
  );

/** The routed plane of a mobile node: the reverse tunnel is one encapsulating default route for the home address. */
export const createRoutedMobileKernel = (
  session: KernelSession,
  tunnel: ReverseTunnel,
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
        const holder = await tunnel.prepare(home);
        if (!holder.ok) return holder;
        prepared = { home, holder: holder.value };
        return done;
      }),
    snapshot: () => readSnapshot(session),
    watch: (onNotice) => watchKernel(session, namespace, onNotice),
    goHome: (request) => whenPrepared((ready) => goHome(session, tunnel, ready, request)),
    goAway: (request) => whenPrepared((ready) => goAway(session, tunnel, ready, request)),
    solicitRouters: (request) =>
      turns.take("kernel", async () => {
        const device = await findDevice(session, request.device);
        if (!device.ok) return device;
        const forgotten = await forgetLink(session, device.value.index, request.keep);
        return forgotten.ok && device.value.up && request.keep === undefined
          ? solicit(session, device.value, namespace)
          : forgotten;
      }),
    clear: () => turns.take("kernel", () => clear(session, tunnel, prepared?.home)),
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
};
