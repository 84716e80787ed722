import { describe, expect, it } from "vitest";
import { address, addressEquals } from "#ipv6/address.ts";
import { decodeIcmpv6Packet, encodeIcmpv6Packet } from "#ipv6/icmpv6/packet.ts";
import { decodeIpv6Packet, encodeIpv6Packet } from "#ipv6/packet.ts";
import { PROTOCOL } from "#ipv6/protocol.ts";
import { tellSender } from "./tunnel-error.ts";

const HOME = address("2001:db8:1::100");
const AGENT = address("2001:db8:1::a1");
const CARE_OF = address("2001:db8:f1::5");
const CORRESPONDENT = address("2001:db8:c::c");
const ROUTER = address("2001:db8:f1::1");

const OTHER_AGENT = address("2001:db8:1::a2");
const PLACEHOLDER = address("100::6275");
const LOOPBACK = 1;
const UPLINK = 2;

const instance = (homeAgentAddress: Uint8Array, home: Uint8Array) => ({
  spec: { homeAgentAddress },
  role: "owner",
  forwardsTo: (asked: Uint8Array) => (addressEquals(asked, home) ? CARE_OF : undefined),
});
const INSTANCES = [instance(OTHER_AGENT, address("2001:db8:1::200")), instance(AGENT, HOME)];

interface Case {
  readonly sender?: Uint8Array;
  readonly home?: Uint8Array;
  readonly outerSource?: Uint8Array;
  readonly outerDestination?: Uint8Array;
  readonly size?: number;
  readonly protocol?: number;
  readonly mtu?: number;
  /** Of the error itself; Packet Too Big when left out. */
  readonly error?: { readonly type: 1 | 3; readonly code: number };
  /** Of the Packet Too Big itself. */
  readonly destination?: Uint8Array;
  /** Where it comes in. */
  readonly device?: number;
  /** Headers between the outer one and the packet inside; the first's number is in the outer header. */
  readonly between?: { readonly protocol: number; readonly octets: readonly number[] };
}

/** What a router says about a packet in the tunnel to the mobile node. */
const complaint = (given: Case): Uint8Array => {
  const inner = encodeIpv6Packet({
    source: given.sender ?? CORRESPONDENT,
    destination: given.home ?? HOME,
    protocol: given.protocol ?? 17,
    payload: new Uint8Array((given.size ?? 1460) - 40),
  });
  const outer = encodeIpv6Packet({
    source: given.outerSource ?? AGENT,
    destination: given.outerDestination ?? CARE_OF,
    protocol: given.between?.protocol ?? PROTOCOL.ipv6,
    payload: new Uint8Array([...(given.between?.octets ?? []), ...inner]),
  });
  return encodeIcmpv6Packet({
    source: ROUTER,
    destination: given.destination ?? AGENT,
    message:
      given.error === undefined
        ? { type: 2, code: 0, mtu: given.mtu ?? 1400, invokingPacket: outer.slice(0, 1232) }
        : { ...given.error, invokingPacket: outer.slice(0, 1232) },
  });
};

const told = (given: Case) => {
  const packet = tellSender({ bytes: complaint(given), outgoing: false, device: given.device ?? UPLINK }, INSTANCES);
  const decoded = packet === undefined ? undefined : decodeIpv6Packet(packet);
  if (packet === undefined || !decoded?.ok) return undefined;
  const message = decodeIcmpv6Packet(decoded.value);
  return { length: packet.length, ...decoded.value, message: message.ok ? message.value : undefined };
};

describe("Packet Too Big from a tunnel", () => {
  it("is told to the sender of the packet inside, with the MTU less the outer header (RFC 2473 §8.2)", () => {
    const sent = told({});
    expect(sent).toMatchObject({ source: AGENT, destination: CORRESPONDENT, message: { type: 2, mtu: 1360 } });
    expect(sent?.length).toBeLessThanOrEqual(1280);
    const invoking = sent?.message !== undefined && "invokingPacket" in sent.message ? sent.message.invokingPacket : [];
    expect([...invoking.slice(8, 40)]).toEqual([...CORRESPONDENT, ...HOME]);
  });

  it("never asks for less than the minimum MTU, nor a sender whose packet is no larger (RFC 2473 §7.1)", () => {
    expect(told({ mtu: 1290 })).toMatchObject({ message: { mtu: 1280 } });
    expect(told({ size: 1280, mtu: 1290 })).toBeUndefined();
  });

  it("is believed only about packets that go to the registered care-of address in a tunnel from this home agent", () => {
    expect(told({ home: address("2001:db8:1::77") })).toBeUndefined();
    expect(told({ outerDestination: address("2001:db8:f1::66") })).toBeUndefined();
    expect(told({ outerSource: address("2001:db8:1::a2") })).toBeUndefined();
    expect(told({ outerSource: OTHER_AGENT, destination: OTHER_AGENT })).toBeUndefined();
    expect(told({ destination: OTHER_AGENT })).toBeUndefined();
  });

  it("is believed about the placeholder source from this host's own kernel alone, and told in the instance's name", () => {
    const own = { outerSource: PLACEHOLDER, destination: PLACEHOLDER };
    expect(told({ ...own, device: LOOPBACK })).toMatchObject({ source: AGENT, destination: CORRESPONDENT });
    expect(told({ ...own, device: UPLINK })).toBeUndefined();
    expect(told({ outerSource: PLACEHOLDER, device: LOOPBACK })).toBeUndefined();
    expect(told({ ...own, device: LOOPBACK, outerDestination: address("2001:db8:f1::66") })).toBeUndefined();
  });

  it("is read through the tunnel's own options and in a first fragment, not in a later one (RFC 2473 §5.1, §7.1)", () => {
    const limit = { protocol: PROTOCOL.destinationOptions, octets: [PROTOCOL.ipv6, 0, 4, 1, 4, 1, 0, 0] };
    const fragment = (offset: number) => ({
      protocol: PROTOCOL.fragment,
      octets: [PROTOCOL.ipv6, 0, offset >> 5, ((offset << 3) & 0xff) | 1, 0, 0, 0, 7],
    });
    expect(told({ between: limit })).toMatchObject({ destination: CORRESPONDENT });
    expect(told({ between: fragment(0) })).toMatchObject({ destination: CORRESPONDENT });
    expect(told({ between: fragment(1) })).toBeUndefined();
    expect(told({ between: fragment(180) })).toBeUndefined();
  });

  it("is not believed about a packet that would have fitted, nor when it asks for less than 1280 (RFC 8201 §4)", () => {
    expect(told({ mtu: 1500 })).toBeUndefined();
    expect(told({ mtu: 1499 })).toMatchObject({ message: { mtu: 1459 } });
    expect(told({ mtu: 1279 })).toBeUndefined();
  });

  it("is not told about ICMPv6 errors, nor to addresses that are no sender's (RFC 4443 §2.4 (e))", () => {
    expect(told({ protocol: PROTOCOL.icmpv6 })).toBeUndefined();
    for (const sender of ["::", "ff02::1", "fe80::1"]) expect(told({ sender: address(sender) })).toBeUndefined();
  });

  it("needs the whole inner header: shorter or damaged ones are let go, whatever they are cut to", () => {
    const tell = (bytes: Uint8Array) => tellSender({ bytes, outgoing: false, device: UPLINK }, INSTANCES);
    const whole = complaint({});
    for (let length = 0; length < 40 + 8 + 40 + 48; length++) expect(tell(whole.slice(0, length))).toBeUndefined();
    const damaged = whole.slice();
    damaged[200] = 1;
    expect(tell(damaged)).toBeUndefined();
  });
});

describe("word from a tunnel that packets do not reach the care-of address", () => {
  const errors = [
    { type: 1, code: 0 },
    { type: 1, code: 1 },
    { type: 1, code: 3 },
    { type: 3, code: 0 },
  ] as const;

  it.each(errors)(
    "is told to the sender of the packet inside as address unreachable: type $type, code $code (R-9.3.4-01)",
    (error) => {
      for (const size of [100, 1460]) {
        const sent = told({ error, size });
        expect(sent).toMatchObject({ source: AGENT, destination: CORRESPONDENT, message: { type: 1, code: 3 } });
        expect(sent?.length).toBeLessThanOrEqual(1280);
        const invoking =
          sent?.message !== undefined && "invokingPacket" in sent.message ? sent.message.invokingPacket : [];
        expect([...invoking.slice(8, 40)]).toEqual([...CORRESPONDENT, ...HOME]);
      }
    },
  );

  it("is believed only about packets that go to the registered care-of address in a tunnel from this home agent", () => {
    for (const error of errors) {
      expect(told({ error, home: address("2001:db8:1::77") })).toBeUndefined();
      expect(told({ error, outerDestination: address("2001:db8:f1::66") })).toBeUndefined();
      expect(told({ error, outerSource: OTHER_AGENT, destination: OTHER_AGENT })).toBeUndefined();
      expect(told({ error, destination: OTHER_AGENT })).toBeUndefined();
    }
  });

  it("is none when a fragment was missing at the end of the tunnel", () => {
    expect(told({ error: { type: 3, code: 1 } })).toBeUndefined();
  });

  it("is not told about ICMPv6 errors, nor to addresses that are no sender's (RFC 4443 §2.4 (e))", () => {
    for (const error of errors) {
      expect(told({ error, protocol: PROTOCOL.icmpv6 })).toBeUndefined();
      for (const sender of ["::", "ff02::1", "fe80::1"])
        expect(told({ error, sender: address(sender) })).toBeUndefined();
    }
  });
});
