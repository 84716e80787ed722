import { describe, expect, test } from "vitest";
import { createLog } from "#control/log.ts";
import { createCorrespondentNode } from "#correspondent-node/engine.ts";
import { type Address, address, addressEquals, formatAddress } from "#ipv6/address.ts";
import { homeAddressHeader, type2Routing } from "#ipv6/extension-header.ts";
import { decodeIcmpv6Packet } from "#ipv6/icmpv6/packet.ts";
import { decodeIpv6Packet, encodeIpv6Packet } from "#ipv6/packet.ts";
import { decodeMobilityPacket, encodeMobilityPacket, type MobilityMessage } from "#mip6/packet.ts";
import { createFakeNetwork } from "#simulator/fake-network.ts";
import { createVirtualClock } from "#simulator/virtual-clock.ts";
import { withOctets } from "#test/changed-packet.ts";
import { millis } from "#wire/time.ts";

const SELF = address("2001:db8:c::c");
const HOME = address("2001:db8:1::100");
const CARE_OF = address("2001:db8:f1::100");
const unknown: MobilityMessage = { type: 99, data: new Uint8Array(2) };
const homeTestInit: MobilityMessage = { type: 1, homeInitCookie: new Uint8Array(8), options: [] };

const update = (flags: { readonly keyManagement?: boolean } = {}): MobilityMessage => ({
  type: 5,
  sequence: 9,
  flags: {
    acknowledge: true,
    homeRegistration: true,
    linkLocalCompatibility: false,
    keyManagement: false,
    mobileRouter: false,
    ...flags,
  },
  lifetime: 15,
  options: [],
});

const message = (said: MobilityMessage, homeAddress?: Address, routingHome?: Address): Uint8Array =>
  encodeMobilityPacket({ source: CARE_OF, destination: SELF, homeAddress, routingHome, message: said });

/** A packet of another upper layer with a Home Address option. */
const data = (homeAddress: Address, protocol = 17, destination = SELF): Uint8Array =>
  encodeIpv6Packet({
    source: CARE_OF,
    destination,
    headers: [homeAddressHeader(homeAddress)],
    protocol,
    payload: new Uint8Array(16),
  });

/** A plain correspondent node that gets these packets, and what it sends, decoded. */
const answersTo = async (...packets: readonly Uint8Array[]) => {
  const clock = createVirtualClock();
  const network = createFakeNetwork({ clock });
  const device = (last: number) => [
    { name: "eth0", link: "link", linkLayerAddress: new Uint8Array([2, 0, 0, 0, 0, last]) },
  ];
  const node = network.addNode({ name: "cn", devices: device(1) });
  const peer = network.addNode({ name: "peer", devices: device(2) });
  node.own(SELF);
  for (const own of [CARE_OF, HOME]) peer.own(own);
  await using correspondent = createCorrespondentNode({
    packets: node.packets,
    log: createLog("silent", "cn"),
    isOwn: (value) => addressEquals(value, SELF),
    mayAnswer: () => true,
  });
  const started = correspondent.start();
  if (!started.ok) throw new Error(started.error.message);
  for (const packet of packets) {
    peer.packets.send([packet], { device: "eth0" });
    await clock.advance(millis(10));
  }
  return network.crossings
    .filter(({ from }) => from === "cn")
    .map(({ packet }) => {
      const plain = decodeIpv6Packet(packet);
      if (!plain.ok) throw new Error(plain.error.code);
      const { source, destination, homeAddress, routingHome } = plain.value;
      const ends = { from: formatAddress(source), to: formatAddress(destination), homeAddress, routingHome };
      const mobility = decodeMobilityPacket(packet);
      if (mobility.ok) return { ...ends, message: mobility.value.message };
      const icmpv6 = decodeIcmpv6Packet(plain.value);
      return { ...ends, message: icmpv6.ok ? icmpv6.value : undefined };
    });
};

/** From the node itself, straight to where the refused packet came from, with nothing in between. */
const straight = {
  from: formatAddress(SELF),
  to: formatAddress(CARE_OF),
  homeAddress: undefined,
  routingHome: undefined,
};

describe("a Home Address option without a binding", () => {
  test("gets a Binding Error that names it, at the source on the wire and without routing header or option (R-8.2-05, R-9.3.1-06, R-9.3.3-02, R-9.3.3-04, R-6.1-01, R-6.1-02)", async () => {
    expect(await answersTo(data(HOME))).toEqual([
      { ...straight, message: { type: 7, status: 1, homeAddress: HOME, options: [] } },
    ]);
  });

  test("is no fault where ESP, AH or a Mobility Header follows: that is processed as ever (R-9.3.1-02)", async () => {
    const encapsulatingSecurityPayload = 50;
    const authentication = 51;
    expect(await answersTo(data(HOME, encapsulatingSecurityPayload), data(HOME, authentication))).toEqual([]);
    expect(await answersTo(message(update(), HOME))).toMatchObject([
      { message: { type: 6, status: 131, sequence: 9 } },
    ]);
  });

  test("gets nothing at a multicast address or another node's (R-6.3-04)", async () => {
    expect(await answersTo(data(HOME, 17, address("ff02::1")), data(HOME, 17, address("2001:db8:c::d")))).toEqual([]);
  });

  test("that is no unicast routable address gets nothing, nor a routing header with it (R-9.3.1-01, R-6.4-02)", async () => {
    const bad = ["ff02::1", "ff0e::1", "::1", "::", "fe80::1"].map(address);
    expect(
      await answersTo(...bad.flatMap((home) => [data(home), message(update(), home), message(unknown, home)])),
    ).toEqual([]);
    // <-- BA(131) by the routing header, which a home address that is one gets
    expect(await answersTo(message(update(), HOME))).toMatchObject([{ to: straight.to, routingHome: HOME }]);
  });
});

describe("a Mobility Header at a plain correspondent node", () => {
  test("of an unknown type gets Binding Error 2, with another Payload Proto or too small Header Len Parameter Problem 0, by a wrong checksum nothing (R-8.2-06)", async () => {
    const damaged = message(unknown);
    damaged[45] = (damaged[45] ?? 0) ^ 1;
    const said = await answersTo(
      message(unknown),
      withOctets(message(homeTestInit), { 0: 6 }),
      withOctets(message({ type: 0, options: [] }), { 2: 5 }),
      damaged,
    );
    expect(said).toMatchObject([
      { ...straight, message: { type: 7, status: 2, homeAddress: new Uint8Array(16) } },
      { ...straight, message: { type: 4, code: 0, pointer: 40 } },
      { ...straight, message: { type: 4, code: 0, pointer: 41 } },
    ]);
  });

  test("by a type 2 routing header is dropped in silence, as is any packet (R-8.2-03)", async () => {
    const routed = encodeIpv6Packet({
      source: CARE_OF,
      destination: SELF,
      headers: [type2Routing(HOME), homeAddressHeader(HOME)],
      protocol: 17,
      payload: new Uint8Array(16),
    });
    expect(await answersTo(message(unknown, undefined, HOME), message(update(), HOME, HOME), routed)).toEqual([]);
  });

  test("that asks for a home registration with K is refused without K (R-6.1.8-02, R-6.1-02)", async () => {
    expect(await answersTo(message(update({ keyManagement: true }), HOME))).toMatchObject([
      { homeAddress: undefined, message: { type: 6, status: 131, flags: { keyManagement: false } } },
    ]);
  });
});
