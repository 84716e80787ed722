import { expect, it } from "vitest";
import { address } from "#ipv6/address.ts";
import { encodeIcmpv6Packet } from "#ipv6/icmpv6/packet.ts";
import { encodeIpv6Packet } from "#ipv6/packet.ts";
import { PROTOCOL } from "#ipv6/protocol.ts";
import { createVirtualClock } from "#simulator/virtual-clock.ts";
import { seconds } from "#wire/time.ts";
import { createPathMtu } from "./path-mtu.ts";

const HOME = address("2001:db8:1::100");
const AGENT = address("2001:db8:1::a1");
const CARE_OF = address("2001:db8:f1::5");
const CORRESPONDENT = address("2001:db8:c::c");
const ROUTER = address("2001:db8:f1::1");
const STRANGER = address("2001:db8:bad::1");

interface Case {
  readonly mtu?: number;
  readonly destination?: Uint8Array;
  readonly outerSource?: Uint8Array;
  readonly outerDestination?: Uint8Array;
  readonly innerSource?: Uint8Array;
}

/** Packet Too Big about a packet in the reverse tunnel. */
const tooBig = (given: Case = {}) => {
  const inner = encodeIpv6Packet({
    source: given.innerSource ?? HOME,
    destination: CORRESPONDENT,
    protocol: 17,
    payload: new Uint8Array(1420),
  });
  const outer = encodeIpv6Packet({
    source: given.outerSource ?? CARE_OF,
    destination: given.outerDestination ?? AGENT,
    protocol: PROTOCOL.ipv6,
    payload: inner,
  });
  const bytes = encodeIcmpv6Packet({
    source: ROUTER,
    destination: given.destination ?? CARE_OF,
    message: { type: 2, code: 0, mtu: given.mtu ?? 1400, invokingPacket: outer.slice(0, 1232) },
  });
  return { bytes, outgoing: false };
};

const open = () => {
  const clock = createVirtualClock();
  const changes: (number | undefined)[] = [];
  const path = createPathMtu(
    { homeAddress: HOME, homeAgent: AGENT },
    { clock, log: { info: () => undefined }, onChange: () => void changes.push(path.value) },
  );
  path.follow(CARE_OF);
  return { clock, changes, path, told: (...given: Case[]) => path.packets(given.map(tooBig)) };
};

it("is what Packet Too Big about the reverse tunnel says, lower each time, never greater (RFC 8201 §4)", () => {
  const { changes, told } = open();
  told({ mtu: 1450 }, { mtu: 1400 }, { mtu: 1450 }, { mtu: 1400 }, { mtu: 1280 });
  expect(changes).toEqual([1450, 1400, 1280]);
});

it("is not changed by what asks for less than the IPv6 minimum, or is about a packet that would have fitted", () => {
  const { changes, told } = open();
  told({ mtu: 1279 }, { mtu: 68 }, { mtu: 1500 }, { mtu: 9000 });
  expect(changes).toEqual([]);
});

it("is believed only about packets from the home address, in the tunnel from this care-of address to the home agent", () => {
  const { changes, path, told } = open();
  told(
    { destination: HOME },
    { outerSource: STRANGER },
    { outerSource: STRANGER, destination: STRANGER },
    { outerDestination: STRANGER },
    { innerSource: STRANGER },
  );
  path.packets([{ ...tooBig(), outgoing: true }]);
  const damaged = tooBig();
  damaged.bytes[120] = 0xff;
  path.packets([damaged]);
  for (let length = 0; length < 40 + 8 + 40 + 48; length++)
    path.packets([{ bytes: tooBig().bytes.slice(0, length), outgoing: false }]);
  expect(changes).toEqual([]);
});

it("is forgotten with the care-of address, and nothing is believed without one", () => {
  const { changes, path, told } = open();
  told({ mtu: 1400 });
  path.follow(CARE_OF);
  expect(path.value).toBe(1400);
  path.follow(address("2001:db8:f2::5"));
  expect(path.value).toBeUndefined();
  told({ mtu: 1300 });
  path.follow(undefined);
  told({ mtu: 1300 });
  expect(changes).toEqual([1400]);
});

it("may be greater again ten minutes after the last message, not before (RFC 8201 §4)", async () => {
  const { clock, changes, path, told } = open();
  told({ mtu: 1400 });
  await clock.advance(seconds(590));
  told({ mtu: 1350 });
  await clock.advance(seconds(599));
  expect(changes).toEqual([1400, 1350]);
  await clock.advance(seconds(1));
  expect(changes).toEqual([1400, 1350, undefined]);
  told({ mtu: 1380 });
  path.stop();
  await clock.advance(seconds(1200));
  expect(changes).toEqual([1400, 1350, undefined, 1380]);
});
