import type { Address, MacAddress } from "#ipv6/address.ts";
import { NLM_F } from "#netlink/message.ts";
import { AF_INET6 } from "#netlink/route/groups.ts";
import { encodePeer, link, RTM_LINK, vethData } from "#netlink/route/link.ts";
import { NUD, neighbour, RTM_NEIGHBOUR } from "#netlink/route/neighbour.ts";
import type { KernelError } from "#ports/kernel.ts";
import { ok, type Result } from "#wire/result.ts";
import { addAddress, findDevice, listDevices, setMtu, setOurs, setUp } from "./devices.ts";
import { DEVICE_GROUP } from "./mark.ts";
import type { KernelSession, Request } from "./session.ts";

/** A pair of veth devices: what goes out of `entry` comes in at `exit`. */
export interface PairSpec {
  readonly entry: string;
  readonly exit: string;
  readonly entryMac: MacAddress;
  readonly exitMac: MacAddress;
  /** Link-local address of the exit, the gateway of routes into the pair. */
  readonly exitAddress: Address;
  readonly alias: string;
}

/** Interface indexes of the pair. */
export interface DevicePair {
  readonly entry: number;
  readonly exit: number;
}

const makeVeth = (spec: PairSpec): Request => ({
  what: `make the devices ${spec.entry} and ${spec.exit}`,
  message: link.encode({
    type: RTM_LINK.NEW,
    flags: NLM_F.CREATE | NLM_F.EXCL,
    attributes: {
      name: spec.entry,
      address: spec.entryMac,
      info: { kind: "veth", data: vethData.encode({ peer: encodePeer(spec.exit, spec.exitMac) }) },
    },
  }),
});

/** Sets the MTU of both devices, so that what is too big for the tunnel is refused between them. */
export const setPairMtu = (pair: DevicePair, mtu: number): readonly Request[] => [
  setMtu(pair.entry, mtu),
  setMtu(pair.exit, mtu),
];

/**
 * Makes a pair of devices whose MTU is that of the tunnel, both up for good: encapsulating routes name one of them, for
 * routes of a device that goes down are lost. The neighbour entry is permanent, so nothing is ever solicited. Idempotent.
 */
export const makePair = async (
  session: KernelSession,
  spec: PairSpec,
  mtu: number,
): Promise<Result<DevicePair, KernelError>> => {
  const devices = await listDevices(session);
  if (!devices.ok) return devices;
  if (!devices.value.some(({ name }) => name === spec.entry)) {
    const made = await session.all([makeVeth(spec)]);
    if (!made.ok) return made;
  }
  const entry = await findDevice(session, spec.entry);
  const exit = await findDevice(session, spec.exit);
  if (!entry.ok) return entry;
  if (!exit.ok) return exit;
  const pair = { entry: entry.value.index, exit: exit.value.index };
  const set = await session.all([
    setOurs(pair.entry, DEVICE_GROUP, spec.alias),
    setOurs(pair.exit, DEVICE_GROUP, spec.alias),
    ...setPairMtu(pair, mtu),
    setUp(pair.entry, true),
    setUp(pair.exit, true),
    addAddress({ index: pair.exit, address: spec.exitAddress, prefixLength: 64 }),
    {
      what: "add a permanent neighbour",
      message: neighbour.encode({
        type: RTM_NEIGHBOUR.NEW,
        flags: NLM_F.CREATE | NLM_F.REPLACE,
        header: { family: AF_INET6, index: pair.entry, state: NUD.PERMANENT },
        attributes: { destination: spec.exitAddress, linkLayerAddress: spec.exitMac },
      }),
    },
  ]);
  return set.ok ? ok(pair) : set;
};
