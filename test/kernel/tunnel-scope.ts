import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Address,
  address,
  formatAddress,
  isLinkLocal,
  linkLocalOf,
  multicastMac,
  parseMac,
} from "#ipv6/address.ts";
import { homeAddressHeader } from "#ipv6/extension-header.ts";
import { encodeIcmpv6Packet } from "#ipv6/icmpv6/packet.ts";
import { encodeIpv6Packet } from "#ipv6/packet.ts";
import { PROTOCOL } from "#ipv6/protocol.ts";
import { createPackets } from "#linux/packets.ts";
import { openRawSocket } from "#linux/raw-socket.ts";
import type { Kernel, Plane } from "#ports/kernel.ts";
import type { MobileKernel } from "#ports/mobile-kernel.ts";
import type { TapFilter } from "#ports/packets.ts";
import { until } from "#test/poll.ts";
import { AGENT1, CARE1, CORRESPONDENT, HOME1, macOf, openAgent, openMobile, register, value } from "./home-kernels.ts";
import { createHomeNetwork, type HomeNetwork } from "./home-network.ts";
import type { Host } from "./network.ts";
import { ping } from "./ping.ts";

const NEIGHBOUR = "2001:db8:1::99";
const ECHO_REQUEST = 128;
const ECHO_REPLY = 129;
/** Of version 2 (RFC 3810 §5.2). */
const MULTICAST_LISTENER_REPORT = 143;
const ERRORS = [1, 2, 3, 4];

/** Addresses of a packet in a tunnel, and of the tunnel. */
interface Tunnelled {
  readonly outer: readonly [string, string];
  readonly inner: readonly [string, string];
}

const endsAt = (bytes: Uint8Array, at: number): readonly [string, string] => [
  formatAddress(bytes.subarray(at + 8, at + 24)),
  formatAddress(bytes.subarray(at + 24, at + 40)),
];

const echoRequest = (source: Address, destination: Address): Uint8Array =>
  encodeIcmpv6Packet({
    source,
    destination,
    hopLimit: 64,
    message: { type: ECHO_REQUEST, identifier: 1, sequence: 1, data: new Uint8Array(8) },
  });

const inFrame = (to: Uint8Array, from: Uint8Array, packet: Uint8Array): Uint8Array =>
  Uint8Array.from([...to, ...from, 0x86, 0xdd, ...packet]);

/**
 * Which packets pass the tunnel, and which of a mobile node's packets bear its home address, on a real kernel.
 * @param refuses the home agent's kernel has nf_tables for IPv6, which tell who asks for what is not tunnelled
 */
export const describeTunnelScope = (plane: Plane, { refuses }: { readonly refuses: boolean }): void => {
  describe(`${plane} plane: what is tunnelled and what is not`, () => {
    let network: HomeNetwork;
    let agent: Kernel;
    let mobile: MobileKernel;
    const cleanup = new AsyncDisposableStack();

    const packetsOf = (host: Host) => cleanup.use(value(createPackets({ namespace: host.namespace })));
    const macAt = (host: Host, device: string) => {
      const shown = host.run("ip", "-o", "link", "show", "dev", device);
      return value(parseMac(/link\/ether (\S+)/.exec(shown)?.[1] ?? ""));
    };
    /** Packets that come in at a device, from now on. */
    const tap = async <T>(
      host: Host,
      device: string,
      filter: TapFilter,
      read: (bytes: Uint8Array) => T,
    ): Promise<{ readonly seen: T[] } & AsyncDisposable> => {
      const seen: T[] = [];
      const onPackets = (batch: readonly { readonly bytes: Uint8Array }[]) =>
        void seen.push(...batch.map(({ bytes }) => read(bytes)));
      const options = { device, filter, ignoreOutgoing: true, promiscuousMulticast: true, onPackets };
      const opened = value(packetsOf(host).openTap(options));
      return { seen, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
    };
    const tapTunnel = (host: Host, device: string) =>
      tap<Tunnelled>(host, device, { kind: "tunnelled" }, (bytes) => ({
        outer: endsAt(bytes, 0),
        inner: endsAt(bytes, 40),
      }));
    const tapEnds = (host: Host, device: string, types: readonly number[]) =>
      tap(host, device, { kind: "icmpv6", types }, (bytes) => endsAt(bytes, 0));

    const tapTypes = (host: Host, device: string, types: readonly number[]) =>
      tap(host, device, { kind: "icmpv6", types }, (bytes) => bytes[40]);

    beforeAll(async () => {
      network = cleanup.use(createHomeNetwork("cscp"));
      agent = cleanup.use(await openAgent(network, plane));
      mobile = cleanup.use(await openMobile(network.mobile1, plane, HOME1, AGENT1));
      network.proxy(HOME1, macOf(1));
      await register(agent, 1, HOME1, CARE1);
      value(await mobile.goAway({ device: "eth0", careOfAddress: address(CARE1) }));
    });
    afterAll(() => cleanup.disposeAsync());

    /** Sends packets from the neighbour, and then one for the home address, behind which all before it must have come. */
    const sendToAgent = async (packets: readonly Uint8Array[], to: (packet: Uint8Array) => Uint8Array) => {
      const own = macAt(network.neighbour, "eth0");
      const frames = packets.map((packet) => inFrame(to(packet), own, packet));
      expect(packetsOf(network.neighbour).sendFrames("eth0", frames)).toEqual({ sent: frames.length });
      expect(await ping(network.neighbour.namespace, HOME1)).toMatchObject({ outcome: "answered" });
    };

    it("packets for the mobile node's link-local address, which the home agent may defend, are dropped and not tunnelled (R-10.4.2-02, R-10.4.2-03)", async () => {
      await using tunnel = await tapTunnel(network.mobile1, "eth0");
      await using back = await tapTypes(network.neighbour, "eth0", [ECHO_REQUEST, ECHO_REPLY]);
      const linkLocal = address("fe80::100");
      const sources = [address(NEIGHBOUR), linkLocalOf(macAt(network.neighbour, "eth0"))];
      const virtualMac = value(parseMac(macOf(1)));
      await sendToAgent(
        sources.map((source) => echoRequest(source, linkLocal)),
        () => virtualMac,
      );
      await until(() => tunnel.seen.length > 0 && back.seen.includes(ECHO_REPLY));
      expect(new Set(tunnel.seen.map(({ inner }) => inner[1]))).toEqual(new Set([HOME1]));
      expect(tunnel.seen[0]?.outer).toEqual([AGENT1, CARE1]);
      expect(back.seen).not.toContain(ECHO_REQUEST);
    });

    // The classic plane leaves them to the kernel, which tells of a destination beyond the scope of the source (code 2).
    it.runIf(plane === "routed" && refuses)(
      "and their sources are told with Destination Unreachable, code 3; a solicitation is not refused so (R-10.4.2-04)",
      async () => {
        const linkLocal = address("fe80::100");
        const own = linkLocalOf(macAt(network.neighbour, "eth0"));
        await using errors = await tap(network.neighbour, "eth0", { kind: "icmpv6", types: ERRORS }, (bytes) => [
          bytes[40],
          bytes[41],
          formatAddress(bytes.subarray(24, 40)),
          formatAddress(bytes.subarray(72, 88)),
        ]);
        const probe = { type: 135 as const, target: linkLocal, options: [] };
        const packets = [
          encodeIcmpv6Packet({ source: own, destination: linkLocal, message: probe }),
          echoRequest(own, linkLocal),
          echoRequest(address(NEIGHBOUR), linkLocal),
        ];
        await sendToAgent(packets, () => value(parseMac(macOf(1))));
        await until(() => errors.seen.length >= 2);
        expect(errors.seen).toEqual(
          [formatAddress(own), NEIGHBOUR].map((source) => [1, 3, source, formatAddress(linkLocal)]),
        );
        // The home agent's own address on that device is as reachable as ever.
        const shown = network.homeAgent.run("ip", "-6", "-o", "addr", "show", "dev", "roam6-a", "scope", "link");
        const ownOfAgent = / inet6 (fe80:[^/]+)\//.exec(shown)?.[1] ?? "none";
        const scope = Number(network.neighbour.run("cat", "/sys/class/net/eth0/ifindex"));
        expect(await ping(network.neighbour.namespace, ownOfAgent, { scope })).toMatchObject({ outcome: "answered" });
      },
    );

    it("multicast of link-local and of wider scope than that, but less than global, is not tunnelled, and nobody is told (R-10.4.2-05, R-10.4.2-06, R-10.4.2-07)", async () => {
      await using tunnel = await tapTunnel(network.mobile1, "eth0");
      await using back = await tapTypes(network.neighbour, "eth0", [...ERRORS, ECHO_REPLY]);
      const groups = ["ff02::1", "ff02::1:3", "ff05::1:3", "ff08::1:3"].map(address);
      await sendToAgent(
        groups.map((group) =>
          encodeIpv6Packet({
            source: address(NEIGHBOUR),
            destination: group,
            hopLimit: 64,
            headers: [],
            protocol: PROTOCOL.noNextHeader,
            payload: new Uint8Array(0),
          }),
        ),
        (packet) => multicastMac(packet.subarray(24, 40)),
      );
      await until(() => tunnel.seen.length > 0 && back.seen.includes(ECHO_REPLY));
      expect(new Set(tunnel.seen.map(({ inner }) => inner[1]))).toEqual(new Set([HOME1]));
      expect(new Set(back.seen)).toEqual(new Set([ECHO_REPLY]));
    });

    it("the reverse tunnel goes from the primary care-of address to the home agent (R-11.3.1-12)", async () => {
      await using tunnel = await tapTunnel(network.homeAgent, "home0");
      expect(await ping(network.mobile1.namespace, CORRESPONDENT, { source: HOME1 })).toMatchObject({
        outcome: "answered",
      });
      await until(() => tunnel.seen.length > 0);
      expect(tunnel.seen[0]).toEqual({ outer: [CARE1, AGENT1], inner: [HOME1, CORRESPONDENT] });
    });

    it("a program that leaves the choice to the kernel gets the home address as its source, and so the tunnel (R-11.3.1-02)", async () => {
      await using requests = await tapEnds(network.correspondent, "eth0", [ECHO_REQUEST]);
      expect(await ping(network.mobile1.namespace, CORRESPONDENT)).toMatchObject({ outcome: "answered" });
      await until(() => requests.seen.length > 0);
      expect(new Set(requests.seen.map(([source]) => source))).toEqual(new Set([HOME1]));
      // Who wants the care-of address for a short exchange may have it (RFC 6275 §11.3.1).
      expect(await ping(network.mobile1.namespace, CORRESPONDENT, { source: CARE1 })).toMatchObject({
        outcome: "answered",
      });
      await until(() => requests.seen.some(([source]) => source === CARE1));
    });

    it("there is no Home Address option in what goes to a link-local address or straight to a group, from the care-of address (R-11.3.1-05, R-11.3.4-05)", async () => {
      await using requests = await tapEnds(network.router, "mn1", [ECHO_REQUEST]);
      await using options = await tap(network.router, "mn1", { kind: "destination-options" }, (bytes) =>
        formatAddress(bytes.subarray(24, 40)),
      );
      const scope = Number(network.mobile1.run("cat", "/sys/class/net/eth0/ifindex"));
      const router = formatAddress(linkLocalOf(macAt(network.router, "mn1")));
      expect(await ping(network.mobile1.namespace, router, { scope })).toMatchObject({ outcome: "answered" });
      await ping(network.mobile1.namespace, "ff05::1:3", { scope, deadline: 200 });
      await until(() => requests.seen.some(([, to]) => to === "ff05::1:3"));
      expect(requests.seen.find(([, to]) => to === "ff05::1:3")?.[0]).toBe(CARE1);
      // One with the option shows that the tap sees such packets.
      const ends = { source: address(CARE1), destination: address(AGENT1) };
      const headers = [homeAddressHeader(address(HOME1))];
      const rest = { hopLimit: 64, headers, protocol: PROTOCOL.noNextHeader, payload: new Uint8Array(0) };
      packetsOf(network.mobile1).send([encodeIpv6Packet({ ...ends, ...rest })], { device: "eth0" });
      await until(() => options.seen.includes(AGENT1));
      expect(options.seen).toEqual([AGENT1]);
    });

    it("joins groups on its own link, and tells of them neither through the tunnel nor with a Home Address option (R-11.3.4-02, R-11.3.4-03)", async () => {
      await using tunnel = await tapTunnel(network.homeAgent, "home0");
      const reports: { readonly source: Address; readonly homeAddress: Address | undefined }[] = [];
      const { namespace } = network.router;
      cleanup.use(value(packetsOf(network.router).join("mn1", address("ff02::16"))));
      cleanup.use(
        value(
          openRawSocket({
            protocol: PROTOCOL.icmpv6,
            namespace,
            device: "mn1",
            onDatagrams: (batch) => {
              for (const { payload, source, ancillary } of batch)
                if (payload[0] === MULTICAST_LISTENER_REPORT)
                  reports.push({ source: source.slice(), homeAddress: ancillary.homeAddress });
            },
          }),
        ),
      );
      cleanup.use(value(packetsOf(network.mobile1).join("eth0", address("ff05::1:5"))));
      await until(() => reports.length > 0);
      expect(reports.every(({ source, homeAddress }) => isLinkLocal(source) && homeAddress === undefined)).toBe(true);
      expect(await ping(network.mobile1.namespace, CORRESPONDENT)).toMatchObject({ outcome: "answered" });
      await until(() => tunnel.seen.length > 0);
      expect(new Set(tunnel.seen.map(({ inner }) => inner[1]))).toEqual(new Set([CORRESPONDENT]));
    });

    it("keeps the previous care-of address while its link lasts (R-11.5.4-04)", async () => {
      network.mobile1.run("ip", "-6", "addr", "add", "2001:db8:f1::6/64", "dev", "eth0", "nodad");
      value(await mobile.goAway({ device: "eth0", careOfAddress: address("2001:db8:f1::6") }));
      expect(network.mobile1.run("ip", "-6", "addr", "show", "dev", "eth0")).toContain(`${CARE1}/64`);
    });

    // An ip6tnl device takes packets for its own end alone: that of the classic plane is the present care-of address.
    it.runIf(plane === "routed")("and takes what the home agent still tunnels there (R-11.5.4-05)", async () => {
      await using tunnel = await tapTunnel(network.mobile1, "eth0");
      await using back = await tapTunnel(network.homeAgent, "home0");
      // The answer leaves from the new one, which this home agent was not told of: it goes no further.
      await ping(network.neighbour.namespace, HOME1, { deadline: 500 });
      await until(() => back.seen.some(({ inner }) => inner[0] === HOME1 && inner[1] === NEIGHBOUR));
      expect(new Set(tunnel.seen.map(({ outer }) => outer[1]))).toEqual(new Set([CARE1]));
      expect(back.seen[0]?.outer).toEqual(["2001:db8:f1::6", AGENT1]);
    });
  });
};
