import { expect, it } from "vitest";
import { type Address, address } from "#ipv6/address.ts";
import { encodeIcmpv6Packet } from "#ipv6/icmpv6/packet.ts";
import { encodeIpv6Packet } from "#ipv6/packet.ts";
import { PROTOCOL } from "#ipv6/protocol.ts";
import { millis, seconds } from "#wire/time.ts";
import { careOf, HOME, HOME_AGENT, openWorld } from "./mobile-node-world.ts";

/** What a router on the way to the home agent says about a packet in the reverse tunnel. */
const packetTooBig = (careOfAddress: Address, mtu: number): Uint8Array => {
  const inner = encodeIpv6Packet({
    source: HOME,
    destination: address("2001:db8:c::c"),
    protocol: 17,
    payload: new Uint8Array(1420),
  });
  const outer = encodeIpv6Packet({
    source: careOfAddress,
    destination: HOME_AGENT,
    protocol: PROTOCOL.ipv6,
    payload: inner,
  });
  return encodeIcmpv6Packet({
    source: HOME_AGENT,
    destination: careOfAddress,
    message: { type: 2, code: 0, mtu, invokingPacket: outer.slice(0, 1232) },
  });
};

it("fits the reverse tunnel to the path as routers tell it, anew at each care-of address and ten minutes later (RFC 2473 §8.2, RFC 8201 §4)", async () => {
  const world = openWorld({ settings: { lifetime: seconds(1200) } });
  world.plug("f1");
  await world.mobileNode.start();
  await world.clock.advance(millis(100));
  const router = world.network.addNode({
    name: "core",
    devices: [{ name: "eth0", link: "f1", linkLayerAddress: new Uint8Array([2, 0, 0, 0, 0, 0xc0]) }],
  });
  const tell = async (careOfAddress: Address, mtu: number) => {
    router.packets.send([packetTooBig(careOfAddress, mtu)], { device: "eth0" });
    await world.clock.advance(millis(10));
  };

  // <-- Packet Too Big(1400)
  await tell(careOf("f1"), 1400);
  // <-- Packet Too Big(1450): not believed, the path was narrower
  await tell(careOf("f1"), 1450);
  expect(world.kernel.calls).toEqual(["goAway 2001:db8:f1::10", "goAway 2001:db8:f1::10 path MTU 1400"]);

  await world.clock.advance(seconds(601));
  expect(world.kernel.calls.slice(2)).toEqual(["goAway 2001:db8:f1::10"]);

  await tell(careOf("f1"), 1300);
  world.plug("f2");
  await world.clock.advance(seconds(2));
  expect(world.kernel.calls.slice(3).filter((call) => call.startsWith("goAway"))).toEqual([
    "goAway 2001:db8:f1::10 path MTU 1300",
    "goAway 2001:db8:f2::10",
  ]);
  expect(world.mobileNode.status().state).toBe("registered");
});
