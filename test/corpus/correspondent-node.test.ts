import { describe, expect, test } from "vitest";
import { createLog } from "#control/log.ts";
import { createCorrespondentNode } from "#correspondent-node/engine.ts";
import { isMulticast } from "#ipv6/address.ts";
import { decodeIpv6Packet } from "#ipv6/packet.ts";
import { createFakeNetwork } from "#simulator/fake-network.ts";
import { createVirtualClock } from "#simulator/virtual-clock.ts";
import { millis } from "#wire/time.ts";
import { type HostilePacket, hostilePackets, octets, textOf } from "./corpus.ts";
import { fits, isOfIpv6Layer, type Reply, replyOf } from "./outcome.ts";

/** A correspondent node that has the packet's destination address; delivers the packet and gives what is sent back. */
const answersTo = async (bytes: Uint8Array): Promise<Uint8Array[]> => {
  const clock = createVirtualClock();
  const network = createFakeNetwork({ clock });
  const device = (last: number) => [
    { name: "eth0", link: "link", linkLayerAddress: new Uint8Array([2, 0, 0, 0, 0, last]) },
  ];
  const node = network.addNode({ name: "cn", devices: device(1) });
  const peer = network.addNode({ name: "peer", devices: device(2) });
  node.own(bytes.slice(24, 40));
  const sent: Uint8Array[] = [];
  const correspondent = createCorrespondentNode({
    packets: {
      ...node.packets,
      send: (packets) => {
        sent.push(...packets);
        return { sent: packets.length };
      },
    },
    log: createLog("silent", "cn"),
    isOwn: (address) => !isMulticast(address),
    mayAnswer: () => true,
  });
  const started = correspondent.start();
  if (!started.ok) throw new Error(started.error.message);
  peer.packets.send([bytes]);
  await clock.advance(millis(10));
  await correspondent[Symbol.asyncDispose]();
  return sent;
};

const isForCorrespondent = ({ role }: HostilePacket) => role === "CN" || role === "any";

/**
 * What needs a Binding Cache or nonces belongs to route optimization, which this node does not do yet: accepting a binding
 * or a packet by one, and refusing a correspondent registration by its nonces or sequence number.
 */
const needsRouteOptimization = ({ expect: wanted }: HostilePacket): boolean => {
  const { action, reply } = wanted;
  if (action === "accept") return true;
  const status = reply?.type === "binding-acknowledgement" ? Number(reply["status"]) : 0;
  return action === "reject" && status >= 135 && status <= 139;
};

/**
 * What a node without route optimization owes where the corpus has one with it: no Binding Cache, so Binding Error 1 for a
 * Home Address option, and no nonces, so silence for a correspondent registration (RFC 6275 §9.3.1, §9.5.1).
 */
const owedWithoutRouteOptimization = (bytes: Uint8Array): Reply[] => {
  const packet = decodeIpv6Packet(bytes);
  if (!packet.ok || packet.value.protocol === 135 || packet.value.homeAddress === undefined) return [];
  const { homeAddress, source } = packet.value;
  return [{ type: "binding-error", status: 1, homeAddress: textOf(homeAddress), to: textOf(source) }];
};

describe("hostile packets at a correspondent node", () => {
  test.for(hostilePackets.filter(isForCorrespondent))("$name: $description", async (packet) => {
    const bytes = octets(packet.hex);
    const replies = (await answersTo(bytes)).map(replyOf);
    if (needsRouteOptimization(packet)) return expect(replies).toEqual(owedWithoutRouteOptimization(bytes));
    // The host's own IPv6 layer answers; a second answer of ours would be one too many.
    if (isOfIpv6Layer(bytes, "correspondent-node")) return expect(replies).toEqual([]);
    const outcomes = [packet.expect, ...(packet.expect.alsoAllowed ?? [])];
    const isPermitted = outcomes.some((outcome) => fits(outcome, replies));
    expect(isPermitted, `sent ${JSON.stringify(replies)}, expected ${JSON.stringify(packet.expect)}`).toBe(true);
  });
});
