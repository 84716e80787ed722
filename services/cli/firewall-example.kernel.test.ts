import { join } from "node:path";
import { expect, it } from "vitest";
import { address } from "#ipv6/address.ts";
import { createPackets } from "#linux/packets.ts";
import { encodeMobilityPacket } from "#mip6/packet.ts";
import { createHomeNetwork } from "#test/kernel/home-network.ts";
import { until } from "#test/poll.ts";

const file = join(import.meta.dirname, "../../deploy/examples/firewall.nft");
const HOME = address("2001:db8:1::100");
const ends = { source: address("2001:db8:c::c"), destination: address("2001:db8:f1::5") };

/** A Binding Refresh Request with a hop limit to know it by, behind a type 2 routing header unless it is to be plain. */
const message = (hopLimit: number, routed = true): Uint8Array =>
  encodeMobilityPacket({
    ...ends,
    hopLimit,
    routingHome: routed ? HOME : undefined,
    message: { type: 0, options: [] },
  });

/** The same with an octet of its routing header changed: 2 is its type, 3 its segments left. */
const withOctet = (hopLimit: number, at: 2 | 3, value: number): Uint8Array => {
  const packet = message(hopLimit);
  packet[40 + at] = value;
  return packet;
};

it("the example of a firewall lets a type 2 routing header of one address pass, and no other (R-8.3-05)", async () => {
  using network = createHomeNetwork("fwex");
  const opened = [network.correspondent, network.mobile1].map(({ namespace }) => createPackets({ namespace }));
  const [from, to] = opened.map((each) => {
    if (!each.ok) throw new Error(each.error.message);
    return each.value;
  });
  if (from === undefined || to === undefined) throw new Error("no packets");
  await using _from = from;
  await using _to = to;
  const arrived = new Set<number>();
  const tap = to.openTap({
    device: "eth0",
    filter: { kind: "mobility" },
    ignoreOutgoing: true,
    onPackets: (batch) => {
      for (const { bytes } of batch) arrived.add((bytes[7] ?? 0) + 1);
    },
  });
  if (!tap.ok) throw new Error(tap.error.message);
  await using _tap = tap.value;
  const packets = [
    message(100),
    withOctet(101, 2, 0),
    withOctet(102, 2, 3),
    withOctet(103, 2, 4),
    withOctet(104, 3, 2),
    message(105, false),
    message(106),
  ];
  from.send(packets);
  // Without the firewall all come; the last one tells that those before it have had their time.
  await until(() => arrived.has(106));
  expect([...arrived]).toEqual([100, 101, 102, 103, 104, 105, 106]);
  arrived.clear();
  network.router.run("nft", "-f", file);
  from.send(packets);
  await until(() => arrived.has(106));
  expect([...arrived]).toEqual([100, 105, 106]);
});
