import { describe, expect, test } from "vitest";
import { createLog } from "#control/log.ts";
import { startErrorText } from "#control/start-error.ts";
import { type Address, address, prefixOf } from "#ipv6/address.ts";
import { createNeighborDiscovery } from "#linux/neighbor-discovery.ts";
import { decodeMobilityPacket } from "#mip6/packet.ts";
import { createMobileNode } from "#mobile-node/engine.ts";
import type { MobileKernel } from "#ports/mobile-kernel.ts";
import { createFakeNetwork } from "#simulator/fake-network.ts";
import { createVirtualClock } from "#simulator/virtual-clock.ts";
import { routerAdvertisement } from "#test/scripted-home-agent.ts";
import { done, ok } from "#wire/result.ts";
import { millis, seconds } from "#wire/time.ts";
import { addressOf, digests, environment, type HostilePacket, hostilePackets, octets } from "./corpus.ts";
import { fits, isOfIpv6Layer, replyOf } from "./outcome.ts";

/** The parts of the corpus' environment and of a packet's state that a mobile node needs, as its README says. */
interface Environment {
  readonly homeAddress: string;
  readonly careOfAddress: string;
  readonly homeAgent: string;
}
interface MobileNodeState {
  readonly homeAddresses?: readonly string[];
  readonly careOfAddresses?: readonly string[];
  readonly homeAgent?: string;
  readonly pendingBindingUpdates?: readonly { readonly sequence: number; readonly lifetime: number }[];
}

const MAC = new Uint8Array([2, 0, 0, 0, 0, 1]);
const ROUTER = new Uint8Array([2, 0, 0, 0, 0, 0xfe]);

/** A kernel with one running device, the care-of address and the address that the packet goes to. */
const idleKernel = (careOfAddress: Address, other: Address): MobileKernel => ({
  plane: "routed",
  prepare: async () => done,
  snapshot: async () =>
    ok({
      links: [{ device: "eth0", index: 1, running: true, linkLayerAddress: MAC }],
      addresses: [careOfAddress, other].map((own) => ({
        device: "eth0",
        address: own,
        prefixLength: 64,
        tentative: false,
        optimistic: false,
        duplicate: false,
        // Not one for a care-of address.
        deprecated: own === other,
      })),
    }),
  watch: () => ok({ [Symbol.asyncDispose]: async () => undefined }),
  goHome: async () => done,
  goAway: async () => done,
  solicitRouters: async () => done,
  clear: async () => done,
  [Symbol.asyncDispose]: async () => undefined,
});

/**
 * A mobile node in the state of a packet: its Binding Update is on the way, or acknowledged by nobody; IPsec processing is
 * taken as done, so that acknowledgements need no authentication of their own.
 */
const openMobileNode = async (packet: HostilePacket) => {
  const known = environment as unknown as Environment; // the format is that of the README beside the files
  const state = packet.state as MobileNodeState; // as described there
  const bytes = octets(packet.hex);
  const careOfAddress = addressOf(state.careOfAddresses?.[0] ?? known.careOfAddress);
  const homeAddress = addressOf(state.homeAddresses?.[0] ?? known.homeAddress);
  const pending = state.pendingBindingUpdates?.[0];
  const before = ((pending?.sequence ?? 1) - 1) & 0xffff;
  const clock = createVirtualClock();
  const network = createFakeNetwork({ clock });
  const host = network.addNode({
    name: "mn",
    devices: [{ name: "eth0", link: "foreign", linkLayerAddress: MAC }],
  });
  const router = network.addNode({
    name: "router",
    devices: [{ name: "eth0", link: "foreign", linkLayerAddress: ROUTER }],
  });
  for (const own of [careOfAddress, homeAddress, bytes.slice(24, 40)]) host.own(own);
  const sent: Uint8Array[] = [];
  const mobileNode = createMobileNode(
    {
      homeAddress,
      homePrefix: prefixOf(homeAddress, 64),
      homeAgent: addressOf(state.homeAgent ?? known.homeAgent),
      devices: ["eth0"],
      association: undefined,
      lifetime: seconds((pending?.lifetime ?? 105) * 4),
      duplicateAddressDetection: "normal",
      firstTimeout: millis(1500),
    },
    {
      kernel: idleKernel(careOfAddress, bytes.slice(24, 40)),
      packets: {
        ...host.packets,
        send: (packets) => {
          sent.push(...packets);
          return { sent: packets.length };
        },
      },
      neighborDiscovery: createNeighborDiscovery({ packets: host.packets, clock }),
      clock,
      random: { bytes: () => new Uint8Array([before >> 8, before & 0xff]), fraction: () => 0.5 },
      digests,
      log: createLog("silent", "mn"),
      mayAnswer: () => true,
    },
  );
  const started = await mobileNode.start();
  if (!started.ok) throw new Error(startErrorText(started.error));
  router.packets.send([routerAdvertisement(address("fe80::fe"), ROUTER, prefixOf(careOfAddress, 64))], {
    device: "eth0",
  });
  await clock.advance(millis(10));
  sent.length = 0;
  return {
    mobileNode,
    sent,
    receive: async () => {
      router.packets.send([bytes]);
      await clock.advance(millis(10));
    },
  };
};

const isForMobileNode = ({ role }: HostilePacket) => role === "MN" || role === "any";

const isAcknowledgement = (bytes: Uint8Array): boolean => {
  const decoded = decodeMobilityPacket(bytes);
  return decoded.ok && decoded.value.message.type === 6;
};

describe("hostile packets at a mobile node", () => {
  test.for(hostilePackets.filter(isForMobileNode))("$name: $description", async (packet) => {
    const { mobileNode, sent, receive } = await openMobileNode(packet);
    const before = JSON.stringify(mobileNode.bindings());
    expect(mobileNode.status().state).toBe("registering");
    await receive();
    const replies = sent.map(replyOf);
    const after = JSON.stringify(mobileNode.bindings());
    await mobileNode[Symbol.asyncDispose]();
    const isAccepted = packet.expect.action === "accept";
    // Only an acknowledgement tells this node anything that the Binding Update List shows.
    const changes = isAccepted && isAcknowledgement(octets(packet.hex));
    expect(after !== before, "a changed Binding Update List").toBe(changes);
    // Mobile prefix discovery is not there yet: nothing is solicited.
    if (packet.expect.reply?.type === "mobile-prefix-solicitation") return expect(replies).toEqual([]);
    // The host's own IPv6 layer answers; a second answer of ours would be one too many.
    if (isOfIpv6Layer(octets(packet.hex), "mobile-node")) return expect(replies).toEqual([]);
    // What is accepted is not refused to its sender.
    if (isAccepted) return expect(replies.filter(({ type }) => type !== "other")).toEqual([]);
    const outcomes = [packet.expect, ...(packet.expect.alsoAllowed ?? [])];
    const isPermitted = outcomes.some((outcome) => fits(outcome, replies));
    expect(isPermitted, `sent ${JSON.stringify(replies)}, expected ${JSON.stringify(packet.expect)}`).toBe(true);
  });
});
