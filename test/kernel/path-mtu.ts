import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { tellSender } from "#home-agent/tunnel-error.ts";
import { address, addressEquals, parseMac, parsePrefix } from "#ipv6/address.ts";
import { PACKET_TOO_BIG } from "#ipv6/tunnel-too-big.ts";
import { createClock } from "#linux/clock.ts";
import { createKernel } from "#linux/kernel/create-kernel.ts";
import { createMobileKernel } from "#linux/mobile-kernel/create-mobile-kernel.ts";
import { createPackets } from "#linux/packets.ts";
import { createPathMtu } from "#mobile-node/path-mtu.ts";
import type { Kernel, Plane } from "#ports/kernel.ts";
import type { MobileKernel } from "#ports/mobile-kernel.ts";
import type { TappedPacket } from "#ports/packets.ts";
import type { Result } from "#wire/result.ts";
import { createHomeNetwork, type HomeNetwork } from "./home-network.ts";
import type { Host } from "./network.ts";
import { ping } from "./ping.ts";
import { transfer } from "./transfer.ts";

const HOME = "2001:db8:1::100";
const CORRESPONDENT = "2001:db8:c::c";
const AGENT = address("2001:db8:1::a1");
const CARE_OF = address("2001:db8:f1::5");
const MAC = "00:00:5e:00:02:01";
const OCTETS = 400_000;

const value = <T>(result: Result<T, unknown> | undefined): T => {
  if (result?.ok !== true) throw new Error(`refused: ${JSON.stringify(result?.error)}`);
  return result.value;
};

/**
 * What becomes of packets where the way between home agent and mobile node is narrow, on a real kernel, with the programs'
 * own parts that listen to Packet Too Big.
 * @param learns the kernel finds by itself what is too big for a tunnel, before it is in the outer header: seg6's does not
 */
export const describePathMtu = (plane: Plane, { learns }: { readonly learns: boolean }): void => {
  describe(`${plane} plane: nothing is lost silently where the way between home agent and mobile node is narrow (RFC 2473 §7, §8.2)`, () => {
    let network: HomeNetwork;
    let cleanup: AsyncDisposableStack;

    beforeEach(() => {
      cleanup = new AsyncDisposableStack();
      network = cleanup.use(createHomeNetwork("pmtu"));
    });
    afterEach(() => cleanup.disposeAsync());

    /** Makes the way from the router to one address narrow, and no device: devices at both ends of a link must agree. */
    const narrowWay = (destination: string, device: string, mtu: number) =>
      network.router.run(
        "ip",
        "-6",
        "route",
        "replace",
        `${destination}/128`,
        "dev",
        device,
        "mtu",
        "lock",
        String(mtu),
      );

    const narrow = (host: Host, device: string, mtu: number) =>
      host.run("ip", "link", "set", device, "mtu", String(mtu));

    const tapTooBig = (host: Host, onPacket: (tapped: TappedPacket, send: (packet: Uint8Array) => void) => void) => {
      const packets = cleanup.use(value(createPackets({ namespace: host.namespace })));
      cleanup.use(
        value(
          packets.openTap({
            filter: { kind: "icmpv6", types: [PACKET_TOO_BIG] },
            ignoreOutgoing: true,
            onPackets: (batch) => {
              for (const tapped of batch) onPacket(tapped, (packet) => packets.send([packet]));
            },
          }),
        ),
      );
    };

    /** A home agent that has registered the mobile node, and passes on what it hears about its tunnel. */
    const openAgent = async (): Promise<Kernel> => {
      const { namespace } = network.homeAgent;
      const kernel = cleanup.use(value(await createKernel({ plane, namespace })));
      value(await kernel.prepare());
      value(
        await kernel.openInstance({
          name: "a",
          number: 1,
          homeAgentAddress: AGENT,
          homePrefix: value(parsePrefix("2001:db8:1::/64")),
          virtualMac: value(parseMac(MAC)),
          device: "home0",
        }),
      );
      value(await kernel.activateInstance(1));
      value((await kernel.apply(1, [{ kind: "set", homeAddress: address(HOME), careOfAddress: CARE_OF }]))[0]);
      const instance = {
        spec: { homeAgentAddress: AGENT },
        role: "owner",
        forwardsTo: (home: Uint8Array) => (addressEquals(home, address(HOME)) ? CARE_OF : undefined),
      };
      if (!kernel.tellsSenders)
        tapTooBig(network.homeAgent, (tapped, send) => {
          const error = tellSender(tapped, [instance]);
          if (error !== undefined) send(error);
        });
      network.proxy(HOME, MAC);
      return kernel;
    };

    /** A mobile node away from home, which follows what it hears about its tunnel. */
    const openMobile = async (): Promise<MobileKernel> => {
      const { namespace } = network.mobile1;
      const kernel = cleanup.use(value(await createMobileKernel({ plane, namespace })));
      const home = { homeAddress: address(HOME), homeAgent: AGENT };
      const homePrefix = value(parsePrefix("2001:db8:1::/64"));
      value(await kernel.prepare({ homeAddress: home.homeAddress, homePrefix, homeAgentAddress: AGENT }));
      const log = { info: () => undefined };
      const goAway = (mtu?: number) =>
        kernel.goAway({ device: "eth0", careOfAddress: CARE_OF, ...(mtu !== undefined && { pathMtu: mtu }) });
      const pathMtu = createPathMtu(home, {
        clock: createClock(),
        log,
        onChange: () => void goAway(pathMtu.value),
      });
      cleanup.defer(() => pathMtu.stop());
      pathMtu.follow(CARE_OF);
      tapTooBig(network.mobile1, (tapped) => pathMtu.packets([tapped]));
      value(await goAway());
      return kernel;
    };

    const upload = () =>
      transfer({
        from: network.mobile1,
        source: HOME,
        to: network.correspondent,
        destination: CORRESPONDENT,
        octets: OCTETS,
      });
    const download = () =>
      transfer({
        from: network.correspondent,
        source: CORRESPONDENT,
        to: network.mobile1,
        destination: HOME,
        octets: OCTETS,
      });

    /** Datagrams that must be sent as fragments, and streams, both ways. */
    const expectAllToArrive = async () => {
      expect(await upload()).toBe(OCTETS);
      expect(await download()).toBe(OCTETS);
      for (const size of [1300, 3000]) {
        expect(await ping(network.mobile1.namespace, CORRESPONDENT, { size, source: HOME })).toMatchObject({
          outcome: "answered",
        });
        expect(await ping(network.correspondent.namespace, HOME, { size })).toMatchObject({ outcome: "answered" });
      }
    };

    /** The tunnel's MTU as the mobile node's routes have it; the classic plane's are the kernel's own business. */
    const expectRouteMtu = (mtu: number) => {
      if (plane !== "routed") return;
      const routes = network.mobile1.run("ip", "-6", "route", "show", "table", "252");
      expect(Number(/ mtu (\d+)/.exec(routes)?.[1])).toBe(mtu);
    };

    it("narrow path to the home agent: the mobile node takes Packet Too Big about its tunnel", async () => {
      await openAgent();
      await openMobile();
      expectRouteMtu(1460);
      narrowWay("2001:db8:1::a1", "home", 1400);
      await expectAllToArrive();
      expectRouteMtu(1360);
    });

    it("narrow path to the mobile node: senders take Packet Too Big from the home agent", async () => {
      await openAgent();
      await openMobile();
      narrowWay("2001:db8:f1::5", "mn1", 1400);
      expect(await ping(network.correspondent.namespace, HOME, { size: 1352, whole: true })).toEqual({
        outcome: "too-big",
        mtu: 1360,
      });
      await expectAllToArrive();
      expectRouteMtu(1460);
    });

    it("a path of 1320 octets, which takes the smallest packets that IPv6 knows whole", async () => {
      await openAgent();
      await openMobile();
      narrowWay("2001:db8:1::a1", "home", 1320);
      narrowWay("2001:db8:f1::5", "mn1", 1320);
      await expectAllToArrive();
      expectRouteMtu(1280);
    });

    it("a path of 1280 octets, the least that there is: whole packets of up to 1240 octets pass", async () => {
      await openAgent();
      await openMobile();
      narrowWay("2001:db8:1::a1", "home", 1280);
      narrowWay("2001:db8:f1::5", "mn1", 1280);
      const size = 1240 - 48;
      expect(await ping(network.correspondent.namespace, HOME, { size, whole: true })).toMatchObject({
        outcome: "answered",
      });
      expect(await ping(network.mobile1.namespace, CORRESPONDENT, { size, whole: true, source: HOME })).toMatchObject({
        outcome: "answered",
      });
    });

    it("narrow foreign link: the tunnel fits the care-of address's device from the start", async () => {
      narrow(network.router, "mn1", 1400);
      narrow(network.mobile1, "eth0", 1400);
      await openAgent();
      await openMobile();
      expectRouteMtu(1360);
      await expectAllToArrive();
    });

    it("foreign link whose routers advertise a smaller MTU, before and while the mobile node is there (RFC 4861 §4.6.4)", async () => {
      // What the kernel does with the MTU option.
      const advertise = (mtu: number) => network.mobile1.run("sysctl", "-qw", `net.ipv6.conf.eth0.mtu=${mtu}`);
      advertise(1420);
      await openAgent();
      await openMobile();
      expectRouteMtu(1380);
      await expectAllToArrive();
      advertise(1400);
      await expectAllToArrive();
      if (!learns) expectRouteMtu(1360);
    });

    it("narrow device of the home agent: the tunnels fit its way out from the start", async () => {
      for (const [host, device] of [
        [network.router, "home"],
        [network.router, "p-ha"],
        [network.homeAgent, "home0"],
      ] as const)
        narrow(host, device, 1400);
      await openAgent();
      await openMobile();
      expect(await ping(network.correspondent.namespace, HOME, { size: 1352, whole: true })).toEqual({
        outcome: "too-big",
        mtu: 1360,
      });
      await expectAllToArrive();
    });

    it("device of the home agent that becomes narrow: what its kernel says of tunnelled packets reaches the sender", async () => {
      await openAgent();
      await openMobile();
      for (const [host, device] of [
        [network.router, "home"],
        [network.router, "p-ha"],
        [network.homeAgent, "home0"],
      ] as const)
        narrow(host, device, 1400);
      expect(await ping(network.correspondent.namespace, HOME, { size: 1352, whole: true })).toEqual({
        outcome: "too-big",
        mtu: 1360,
      });
      await expectAllToArrive();
    });
  });
};
