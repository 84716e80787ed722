import { createLog } from "#control/log.ts";
import {
  type Address,
  address,
  addressEquals,
  formatAddress,
  inPrefix,
  isLinkLocal,
  type MacAddress,
  type Prefix,
  parsePrefix,
} from "#ipv6/address.ts";
import { encodeIcmpv6Packet } from "#ipv6/icmpv6/packet.ts";
import { createDigests } from "#linux/digests.ts";
import { createNeighborDiscovery } from "#linux/neighbor-discovery.ts";
import { createMobileNode } from "#mobile-node/engine.ts";
import type { MobileNodeSettings } from "#mobile-node/settings.ts";
import type { KernelNotice, LinkState, LocalAddress, MobileKernel } from "#ports/mobile-kernel.ts";
import { createFakeNetwork, type FakeNode } from "#simulator/fake-network.ts";
import { createVirtualClock } from "#simulator/virtual-clock.ts";
import { createScriptedHomeAgent, routerAdvertisement } from "#test/scripted-home-agent.ts";
import { done, ok } from "#wire/result.ts";
import { millis, seconds } from "#wire/time.ts";

const prefix = (text: string): Prefix => {
  const parsed = parsePrefix(text);
  if (!parsed.ok) throw new RangeError(text);
  return parsed.value;
};
const mac = (last: number): MacAddress => new Uint8Array([2, 0, 0, 0, 0, last]);

export const HOME = address("2001:db8:1::100");
export const HOME_AGENT = address("2001:db8:1::a1");
const HOME_PREFIX = prefix("2001:db8:1::/64");
export const careOf = (link: "f1" | "f2"): Address => address(`2001:db8:${link}::10`);
const KEY = new Uint8Array(16).fill(7);
const MN_MAC = mac(0x10);
const HA_MAC = mac(0xa1);
const PREFIXES = { home: HOME_PREFIX, f1: prefix("2001:db8:f1::/64"), f2: prefix("2001:db8:f2::/64") } as const;
type LinkName = keyof typeof PREFIXES;

export interface WorldOptions {
  readonly association?: boolean;
  readonly settings?: Partial<MobileNodeSettings>;
}

/** A mobile node's real engine between scripted routers, a scripted home agent and a scripted kernel, in virtual time. */
export const openWorld = (options: WorldOptions = {}) => {
  const clock = createVirtualClock();
  const network = createFakeNetwork({ clock, latency: millis(1) });
  const host = network.addNode({ name: "mn", devices: [{ name: "eth0", linkLayerAddress: MN_MAC }] });
  const agent = network.addNode({ name: "ha", devices: [{ name: "eth0", link: "home", linkLayerAddress: HA_MAC }] });
  agent.own(HOME_AGENT);
  const digests = createDigests();
  const lines: { readonly msg: string; readonly [field: string]: unknown }[] = [];
  const log = createLog("debug", "mn", { write: (line) => void lines.push(JSON.parse(line)) });
  const kernel = createScriptedKernel(host);
  const agentScript = createScriptedHomeAgent({
    packets: agent.packets,
    neighborDiscovery: createNeighborDiscovery({ packets: agent.packets, clock }),
    device: "eth0",
    linkLayerAddress: HA_MAC,
    homeAgent: HOME_AGENT,
    homeAddress: HOME,
    key: KEY,
    clock,
  });

  /** Valid lifetime (s) that routers advertise for their prefixes. */
  const lifetimes = { validLifetime: 86_400 };
  const routers = (["f1", "f2", "home"] as const).map((link, at) => {
    const router = network.addNode({
      name: `router-${link}`,
      devices: [{ name: "eth0", link, linkLayerAddress: mac(0xf0 + at) }],
    });
    const advertise = () =>
      router.packets.send(
        [routerAdvertisement(address(`fe80::f${at}`), mac(0xf0 + at), { ...PREFIXES[link], ...lifetimes })],
        { device: "eth0" },
      );
    router.packets.openTap({
      filter: { kind: "icmpv6", types: [133] },
      promiscuousMulticast: true,
      ignoreOutgoing: true,
      onPackets: advertise,
    });
    return { link, advertise };
  });

  // Autoconfiguration, as the kernel does it: an address in each advertised prefix of the present link.
  host.packets.openTap({
    filter: { kind: "icmpv6", types: [134] },
    ignoreOutgoing: true,
    onPackets: () => kernel.autoconfigure(),
  });

  const mobileNode = createMobileNode(
    {
      homeAddress: HOME,
      homePrefix: HOME_PREFIX,
      homeAgent: HOME_AGENT,
      devices: ["eth0"],
      association:
        options.association === false
          ? undefined
          : { spi: 256, key: KEY, identifier: new TextEncoder().encode("mn@example.net"), timestamps: true },
      lifetime: seconds(60),
      duplicateAddressDetection: "optimistic",
      firstTimeout: millis(1500),
      ...options.settings,
    },
    {
      kernel: kernel.port,
      packets: host.packets,
      neighborDiscovery: createNeighborDiscovery({ packets: host.packets, clock }),
      clock,
      random: { bytes: (length) => new Uint8Array(length).fill(1), fraction: () => 0.5 },
      digests,
      log,
      mayAnswer: () => true,
    },
  );

  return {
    clock,
    network,
    mobileNode,
    agent: agentScript,
    kernel,
    lines,
    /** Messages of the log at info and above, in order. */
    steps: () => lines.filter((line) => line["level"] !== "debug").map((line) => line.msg),
    host,
    lifetimes,
    /** Another node of the home link that has the mobile node's home address. */
    addSquatter: () => {
      const device = { name: "eth0", link: "home", linkLayerAddress: mac(0x66) };
      const squatter = network.addNode({ name: "squatter", devices: [device] });
      createNeighborDiscovery({ packets: squatter.packets, clock }).answer({
        device: "eth0",
        lookup: (target) =>
          addressEquals(target, HOME) ? { linkLayerAddress: device.linkLayerAddress, router: false } : undefined,
      });
    },
    advertise: (link: LinkName) => routers.find((router) => router.link === link)?.advertise(),
    plug: (link: LinkName | undefined) => {
      kernel.plug(undefined);
      if (link !== undefined) kernel.plug(link);
    },
    /** Moves the cable without a sign of it. */
    move: (link: LinkName) => kernel.moveSilently(link),
  };
};

/** A mobile kernel that does what it is told, keeps a list of it, and autoconfigures addresses. */
const createScriptedKernel = (host: FakeNode) => {
  const calls: string[] = [];
  let notify: ((notice: KernelNotice) => void) | undefined;
  let link: LinkName | undefined;
  let addresses: LocalAddress[] = [];
  let homeIsFree: Promise<void> = Promise.resolve();
  let homeAgent: MacAddress | undefined;
  const state = (): LinkState => ({
    device: "eth0",
    index: 1,
    running: link !== undefined,
    linkLayerAddress: MN_MAC,
  });
  const put = (value: Address) => {
    if (addresses.some((known) => addressEquals(known.address, value))) return;
    const local: LocalAddress = {
      device: "eth0",
      address: value,
      prefixLength: 64,
      tentative: false,
      optimistic: false,
      duplicate: false,
      deprecated: false,
    };
    addresses.push(local);
    host.own(value);
    notify?.({ type: "address.changed", address: local });
  };
  const drop = (unwanted: (local: LocalAddress) => boolean) => {
    const gone = addresses.filter(unwanted);
    addresses = addresses.filter((local) => !unwanted(local));
    for (const local of gone) {
      host.disown(local.address);
      notify?.({ type: "address.removed", address: local });
    }
  };
  const plug = (next: LinkName | undefined) => {
    link = next;
    host.plug("eth0", next);
    notify?.({ type: "link.changed", link: state() });
  };
  const called = (what: string) => {
    calls.push(what);
  };
  const port: MobileKernel = {
    plane: "routed",
    prepare: async () => done,
    snapshot: async () => ok({ links: [state()], addresses }),
    watch: (onNotice) => {
      notify = onNotice;
      const stop = async () => {
        notify = undefined;
      };
      return ok({ [Symbol.asyncDispose]: stop });
    },
    goHome: async (request) => {
      called("goHome");
      homeAgent = request.homeAgent;
      await homeIsFree;
      host.own(HOME);
      return done;
    },
    goAway: async ({ careOfAddress, pathMtu }) => {
      called(`goAway ${formatAddress(careOfAddress)}${pathMtu === undefined ? "" : ` path MTU ${pathMtu}`}`);
      host.disown(HOME);
      return done;
    },
    solicitRouters: async ({ keep }) => {
      called(keep === undefined ? "forget" : "forget others");
      drop(({ address: own }) => !isLinkLocal(own) && keep?.prefixes.some((kept) => inPrefix(own, kept)) !== true);
      if (keep === undefined)
        host.packets.send(
          [
            encodeIcmpv6Packet({
              source: new Uint8Array(16),
              destination: address("ff02::2"),
              message: { type: 133, options: [] },
            }),
          ],
          { device: "eth0" },
        );
      return done;
    },
    clear: async () => done,
    [Symbol.asyncDispose]: async () => undefined,
  };
  return {
    port,
    calls,
    plug,
    moveSilently: (next: LinkName) => {
      link = next;
      host.plug("eth0", next);
    },
    /** Where the home agent is, as it was told at the last return. */
    homeAgent: () => homeAgent,
    /** Gives the device an address. */
    assign: put,
    /** Keeps the home address from the device until the function that is returned is called. */
    holdHome: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      homeIsFree = promise;
      return resolve;
    },
    autoconfigure: () => {
      if (link === "f1" || link === "f2") put(careOf(link));
    },
  };
};
