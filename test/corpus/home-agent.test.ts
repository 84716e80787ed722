import { describe, expect, test } from "vitest";
import { createHomeAgent } from "#home-agent/home-agent.ts";
import type { HomeAgentOptions } from "#home-agent/home-agent-contract.ts";
import { createMobileNodeKeys } from "#home-agent/mobile-node-keys.ts";
import { type Address, type Prefix, parsePrefix } from "#ipv6/address.ts";
import { decodeIcmpv6Packet } from "#ipv6/icmpv6/packet.ts";
import { decodeIpv6Packet } from "#ipv6/packet.ts";
import { findOption } from "#mip6/options/mobility-option.ts";
import { decodeMobilityPacket } from "#mip6/packet.ts";
import { wallOfTimestamp } from "#mip6/replay-timestamp.ts";
import type { ClusterEvent } from "#ports/cluster.ts";
import type { InstanceSpec } from "#ports/kernel.ts";
import type { Packets, TappedPacket } from "#ports/packets.ts";
import { createFakeKernel } from "#simulator/fake-kernel.ts";
import { createFakeStreams } from "#simulator/fake-log.ts";
import { createVirtualClock } from "#simulator/virtual-clock.ts";
import { after, millis, seconds } from "#wire/time.ts";
import {
  addressOf,
  digests,
  type Expected,
  environment,
  type HostilePacket,
  hostilePackets,
  octets,
  textOf,
} from "./corpus.ts";

/** The part of the corpus' environment that a home agent needs. */
const { homePrefix, mnHaKey, mnHaSpi } = environment as unknown as {
  readonly homePrefix: string;
  readonly mnHaKey: string;
  readonly mnHaSpi: number;
}; // the format is that of the README beside the files

interface Entry {
  readonly homeAddress: string;
  readonly careOfAddress: string;
  readonly sequence: number;
  readonly homeRegistration: boolean;
  readonly mobileRouter: boolean;
  readonly lifetime: number;
}

/** `state` of a packet for a home agent. */
interface HomeAgentState {
  readonly homeAgentFor?: readonly string[];
  readonly ipsec?: string;
  readonly rfc4285?: { readonly spi: number };
  readonly nemo?: boolean;
  readonly authorizedPrefixes?: Readonly<Record<string, readonly string[]>>;
  readonly bindingCache?: readonly Entry[];
}

const prefixFrom = (text: string): Prefix => {
  const parsed = parsePrefix(text);
  if (!parsed.ok) throw new Error(`prefix ${text}`);
  return parsed.value;
};
const forever = millis(Number.POSITIVE_INFINITY);

/** A home agent with the state of a corpus packet, what it sends, and what its Binding Cache says. */
const openHomeAgent = async (packet: HostilePacket) => {
  const state = packet.state as unknown as HomeAgentState; // as described in the corpus' README
  const bytes = octets(packet.hex);
  const home = prefixFrom(state.homeAgentFor?.[0] ?? homePrefix);
  const decoded = decodeMobilityPacket(bytes);
  const update = decoded.ok && decoded.value.message.type === 5 ? decoded.value : undefined;
  const homeAddress = update?.homeAddress ?? update?.source;
  const timestamp =
    update !== undefined && "options" in update.message ? findOption(update.message.options, 10)?.timestamp : undefined;
  const clock = createVirtualClock(
    timestamp === undefined ? {} : { wall: wallOfTimestamp(timestamp, Date.UTC(2030, 0, 1)) },
  );
  const association = state.rfc4285;
  const keys = createMobileNodeKeys(
    association === undefined || homeAddress === undefined
      ? []
      : [{ homeAddress: homeAddress.slice(), spi: association.spi ?? mnHaSpi, key: octets(mnHaKey) }],
    1,
  );
  const authentication: HomeAgentOptions["authentication"] =
    state.ipsec === "none" || association !== undefined
      ? { kind: "rfc4285", keys, replayProtection: "sequence", tolerance: seconds(7) }
      : { kind: "none" };
  const spec: InstanceSpec = {
    name: "a",
    number: 1,
    homeAgentAddress: bytes.slice(24, 40),
    homePrefix: home,
    virtualMac: new Uint8Array([0, 0, 0x5e, 0, 2, 1]),
    device: "home0",
  };
  const sent: Uint8Array[] = [];
  const closing = { [Symbol.asyncDispose]: async () => {} };
  let deliver: (batch: readonly TappedPacket[]) => void = () => {};
  const packets: Packets = {
    openTap: ({ onPackets, filter }) => {
      if (filter.kind === "mobility") deliver = onPackets;
      return { ok: true, value: { dropped: 0, ...closing } };
    },
    send: (list) => {
      sent.push(...list);
      return { sent: list.length };
    },
    sendFrames: (_, frames) => {
      sent.push(...frames.map((frame) => frame.slice(14)));
      return { sent: frames.length };
    },
    sendTo: (_device, _neighbour, list) => {
      sent.push(...list);
      return { sent: list.length };
    },
    holdProtocol: () => ({ ok: true, value: closing }),
    join: () => ({ ok: true, value: closing }),
  };
  const authorized = state.authorizedPrefixes ?? {};
  const agent = createHomeAgent(
    {
      packets,
      neighborDiscovery: {
        detectDuplicate: async () => ({ ok: true, value: "unique" }),
        announce: () => ({ ok: true, value: undefined }),
        answer: () => ({ ok: true, value: closing }),
        ...closing,
      },
      kernel: createFakeKernel(),
      clock,
      random: { bytes: (length) => new Uint8Array(length).fill(1), fraction: () => 0.5 },
      digests,
      log: { info: () => {}, warn: () => {} },
    },
    {
      instances: [spec],
      policy: {
        duplicateAddressDetection: "normal",
        maximumLifetime: seconds(262_140),
        minimumLifetime: seconds(4),
        prefixValidLifetime: forever,
        prefixPreferredLifetime: forever,
        ...(state.nemo === true
          ? { mobileNetworkPrefixes: (router: Address) => (authorized[textOf(router)] ?? []).map(prefixFrom) }
          : {}),
      },
      authentication,
      limits: { bindings: 100, inMotion: 100, tombstones: 100 },
      errorReplies: { rate: Number.POSITIVE_INFINITY, burst: Number.POSITIVE_INFINITY },
      answersForHost: true,
    },
  );
  await agent.start();
  const streams = createFakeStreams();
  const stopped = new AbortController();
  const tell = (event: ClusterEvent) => void agent.onClusterEvent(event);
  for (const entry of state.bindingCache ?? [])
    tell({
      type: "record.followed",
      instance: "a",
      sequence: 1,
      record: {
        homeAddress: addressOf(entry.homeAddress),
        careOfAddress: addressOf(entry.careOfAddress),
        sequence: entry.sequence,
        lifetime: seconds(entry.lifetime),
        expiresAt: after(clock.now(), seconds(entry.lifetime)),
        flags: (entry.homeRegistration ? 0x4000 : 0) | (entry.mobileRouter ? 0x0400 : 0),
        replayTimestamp: 0n,
        spi: 0,
        epoch: 0,
        revision: 1,
      },
    });
  const log = streams.log();
  void log.follow(
    "a",
    { entry: () => {}, caughtUp: (sequence) => tell({ type: "stream.level", instance: "a", sequence }) },
    stopped.signal,
  );
  tell({ type: "edge.taken", instance: "a", term: 1 });
  const claimed = await log.claim("a", "ha1", stopped.signal);
  if (!claimed.ok) throw new Error("claim");
  tell({ type: "ownership.gained", instance: "a", ownership: claimed.value });
  await clock.advance(millis(1));
  sent.length = 0;
  const [instance] = agent.instances;
  const snapshot = () =>
    [...(instance?.cache.slots() ?? [])]
      .map((slot) => instance?.cache.read(slot))
      .map((record) => `${record?.sequence} ${record?.lifetime} ${textOf(record?.careOfAddress ?? new Uint8Array(16))}`)
      .join();
  return {
    sent,
    snapshot,
    receive: async () => {
      const source = new Uint8Array([2, 0, 0, 0, 0, 9]);
      deliver([{ bytes: bytes.slice(), device: 1, source, outgoing: false }]);
      await clock.advance(millis(20));
    },
    stop: async () => {
      stopped.abort();
      await agent[Symbol.asyncDispose]();
    },
  };
};

type Reply = NonNullable<Expected["reply"]>;

/** What was sent, in the words of the corpus. */
const replyOf = (bytes: Uint8Array): Reply => {
  const mobility = decodeMobilityPacket(bytes);
  if (mobility.ok) {
    const { message, destination, routingHome } = mobility.value;
    const to = textOf(destination);
    if (message.type === 7 && "homeAddress" in message)
      return { type: "binding-error", status: message.status, homeAddress: textOf(message.homeAddress), to };
    if (message.type === 6 && "status" in message && "sequence" in message)
      return {
        type: "binding-acknowledgement",
        status: message.status,
        sequence: message.sequence,
        to,
        ...(routingHome === undefined ? {} : { routing2HomeAddress: textOf(routingHome) }),
      };
  }
  const packet = decodeIpv6Packet(bytes);
  const message = packet.ok ? decodeIcmpv6Packet(packet.value) : undefined;
  if (message?.ok === true && message.value.type === 4 && "pointer" in message.value)
    return { type: "icmpv6-parameter-problem", code: message.value.code, pointer: message.value.pointer };
  return { type: "other" };
};

const isSameReply = (expected: Reply, reply: Reply): boolean =>
  Object.entries(expected).every(([name, value]) => (name === "pointer" && value === null) || reply[name] === value);

/** Whether an outcome is the expected one. An accepted update is answered in the ordinary way where no reply is named. */
const fits = (expected: Expected, changed: boolean, replies: readonly Reply[]): boolean => {
  if (expected.action !== "accept-or-discard" && (expected.action === "accept") !== changed) return false;
  if (expected.reply !== null) {
    const wanted = expected.reply;
    const mayBeSilent = expected.replyLevel === "MAY";
    return replies.length === 0 ? mayBeSilent : replies.every((reply) => isSameReply(wanted, reply));
  }
  return expected.replyLevel === "MAY" || expected.replyLevel === undefined || replies.length === 0;
};

const forHomeAgent = hostilePackets.filter(({ role }) => role === "HA" || role === "any");

describe("hostile packets at a home agent", () => {
  test.each(forHomeAgent)("$name: $description", async (packet) => {
    const { expect: wanted } = packet;
    const home = await openHomeAgent(packet);
    const before = home.snapshot();
    await home.receive();
    const changed = home.snapshot() !== before;
    const replies = home.sent.map(replyOf);
    await home.stop();
    const outcomes = [wanted, ...(wanted.alsoAllowed ?? [])];
    expect(
      outcomes.some((outcome) => fits(outcome, changed, replies)),
      `binding ${changed ? "changed" : "unchanged"}, replies ${JSON.stringify(replies)}, expected ${JSON.stringify(wanted)}`,
    ).toBe(true);
  });

  test("every prefix of every packet changes nothing", async () => {
    const [first] = forHomeAgent.filter(({ kind }) => kind === "ha-bu");
    if (first === undefined) return;
    const bytes = octets(first.hex);
    for (let length = 0; length < bytes.length; length += 1) {
      const cut = { ...first, hex: first.hex.slice(0, length * 2) };
      if (length < 40) continue;
      const home = await openHomeAgent(cut);
      const before = home.snapshot();
      await home.receive();
      expect(home.snapshot()).toBe(before);
      await home.stop();
    }
  });
});
