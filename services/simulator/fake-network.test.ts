import { expect, it } from "vitest";
import { address } from "#ipv6/address.ts";
import { packetsCompliance } from "#ports/packets.compliance.ts";
import { millis } from "#wire/time.ts";
import { createFakeNetwork } from "./fake-network.ts";
import { openFakeWorld } from "./fake-world.ts";
import { createVirtualClock } from "./virtual-clock.ts";

packetsCompliance("packets of the fake network", openFakeWorld);

const A = address("2001:db8::a");
const B = address("2001:db8::b");

const packet = (mark: number): Uint8Array => {
  const bytes = new Uint8Array(48);
  bytes.set([0x60, 0, 0, 0, 0, 8, 135, 64]);
  bytes.set(A, 8);
  bytes.set(B, 24);
  bytes[47] = mark;
  return bytes;
};

/** Two hosts on different links, and the marks that the second one sees. */
const twoLinks = () => {
  const clock = createVirtualClock();
  const network = createFakeNetwork({ clock });
  const node = (name: string, link: string, octet: number) =>
    network.addNode({
      name,
      devices: [{ name: "eth0", link, linkLayerAddress: new Uint8Array([2, 0, 0, 0, 0, octet]) }],
    });
  const a = node("a", "home", 1);
  const b = node("b", "foreign", 2);
  a.own(A);
  b.own(B);
  const seen: number[] = [];
  b.packets.openTap({
    filter: { kind: "mobility" },
    onPackets: (batch) => {
      for (const { bytes } of batch) seen.push(bytes[47] ?? -1);
    },
  });
  return { clock, network, a, b, seen };
};

it("routes unicast to the link where the address is now", async () => {
  const { clock, network, a, b, seen } = twoLinks();
  a.packets.send([packet(1)]);
  b.plug("eth0", "elsewhere");
  await clock.advance(millis(10));
  b.plug("eth0", undefined);
  a.packets.send([packet(2)]);
  await clock.advance(millis(10));
  expect(seen).toEqual([1]);
  expect(network.crossings.length).toBe(2);
});

it("loses, doubles and delays packets as its rule says", async () => {
  const { clock, network, a, seen } = twoLinks();
  network.impair(({ packet: bytes }) => {
    if (bytes[47] === 1) return "drop";
    if (bytes[47] === 2) return { later: millis(50) };
    return "duplicate";
  });
  a.packets.send([packet(1), packet(2), packet(3)]);
  await clock.advance(millis(100));
  expect(seen).toEqual([3, 3, 2]);
});
