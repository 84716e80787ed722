import { release } from "node:os";
import { address } from "#ipv6/address.ts";
import { chain, NF_INET, NFPROTO, NFT_MSG, table } from "#netlink/filter/filter.ts";
import { NLM_F } from "#netlink/message.ts";
import { ENCAPSULATION, ip6Encapsulation } from "#netlink/route/encapsulation.ts";
import { AF_INET6 } from "#netlink/route/groups.ts";
import { link, RTM_LINK } from "#netlink/route/link.ts";
import { RTM_ROUTE, RTN, route } from "#netlink/route/route.ts";
import { state, stateIdentity, UNLIMITED, XFRM_MODE, XFRM_MSG, XFRM_PROTOCOL } from "#netlink/transform/transform.ts";
import type { KernelError, KernelFeatures } from "#ports/kernel.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { ERRNO } from "./errno.ts";
import { type KernelSession, openSession } from "./session.ts";

/** A name for what is made and deleted at once; the process number keeps two probes apart. */
const probeName = (): string => `roam6p${process.pid}`;

/** Device kinds are known to the kernel, or `unsupported`: anything else means that it is there. */
const knowsDevice = async (session: KernelSession, kind: string): Promise<Result<boolean, KernelError>> => {
  const name = probeName();
  const [made] = await session.each([
    {
      what: `make a device of kind ${kind}`,
      message: link.encode({
        type: RTM_LINK.NEW,
        flags: NLM_F.CREATE | NLM_F.EXCL,
        attributes: { name, info: { kind } },
      }),
    },
  ]);
  await session.each([
    { what: "delete a device", message: link.encode({ type: RTM_LINK.DELETE, attributes: { name } }) },
  ]);
  if (made !== undefined && !made.ok && made.error.code === "permission") return made;
  return ok(made?.ok === true || made?.error.errno !== ERRNO.EOPNOTSUPP);
};

/**
 * A route with an empty seg6 encapsulation is invalid where seg6 is there, or refused because the loopback device is down,
 * and unsupported where it is not.
 */
const knowsSeg6 = async (session: KernelSession): Promise<boolean> => {
  const [made] = await session.each([
    {
      what: "make a seg6 route",
      message: route.encode({
        type: RTM_ROUTE.NEW,
        flags: NLM_F.CREATE | NLM_F.EXCL,
        header: { family: AF_INET6, type: RTN.UNICAST },
        attributes: {
          outputDevice: 1,
          table: 1,
          encapsulationType: ENCAPSULATION.SEG6,
          encapsulation: new Uint8Array(0),
        },
      }),
    },
  ]);
  return made?.ok === false && (made.error.errno === ERRNO.EINVAL || made.error.errno === ERRNO.ENETDOWN);
};

/**
 * A route with a hop limit of no octets is invalid where `encap ip6` is there, or refused because the loopback device is
 * down, and unsupported where it is not. A tunnel device is not made: a namespace has room for one `external` one.
 */
const knowsIp6Encapsulation = async (session: KernelSession): Promise<boolean> => {
  const invalid = ip6Encapsulation.encode({ unknown: [{ type: 4, payload: new Uint8Array(0) }] });
  const [made] = await session.each([
    {
      what: "make an encapsulating route",
      message: route.encode({
        type: RTM_ROUTE.NEW,
        flags: NLM_F.CREATE | NLM_F.EXCL,
        header: { family: AF_INET6, type: RTN.UNICAST },
        attributes: {
          outputDevice: 1,
          table: 1,
          encapsulationType: ENCAPSULATION.IP6,
          encapsulation: invalid,
        },
      }),
    },
  ]);
  const refusals: readonly number[] = [ERRNO.EINVAL, ERRNO.ERANGE, ERRNO.ENETDOWN];
  return made?.ok === false && refusals.includes(made.error.errno);
};

/** A table with a base chain, made and deleted in one transaction. */
const knowsFilter = async (session: KernelSession): Promise<boolean> => {
  const name = probeName();
  const header = { family: NFPROTO.IPV6 };
  const made = await session.filter("make a packet filter", [
    table.encode({ type: NFT_MSG.NEWTABLE, flags: NLM_F.CREATE, header, attributes: { name } }),
    chain.encode({
      type: NFT_MSG.NEWCHAIN,
      flags: NLM_F.CREATE,
      header,
      attributes: {
        table: name,
        name: "probe",
        hook: { number: NF_INET.PRE_ROUTING, priority: 0 },
        policy: 1,
        type: "filter",
      },
    }),
    table.encode({ type: NFT_MSG.DELTABLE, header, attributes: { name } }),
  ]);
  return made.ok;
};

const PROBE_SOURCE = address("100::6275:1");
const PROBE_DESTINATION = address("100::6275:2");
const PROBE_SPI = 0x62756275;

/** A state of that protocol between addresses that nobody has, made and deleted: hao states need MIP6, ESP its module. */
const knowsTransform = async (session: KernelSession, protocol: number): Promise<boolean> => {
  const isEsp = protocol === XFRM_PROTOCOL.ESP;
  const spi = isEsp ? PROBE_SPI : 0;
  const made = await session.transform(
    "make an XFRM state",
    state.encode({
      type: XFRM_MSG.NEWSA,
      flags: NLM_F.CREATE | NLM_F.EXCL,
      header: {
        identity: { destination: PROBE_DESTINATION, spi, protocol, pad: undefined },
        source: PROBE_SOURCE,
        lifetime: { ...UNLIMITED, softAdd: 0n, hardAdd: 0n, softUse: 0n, hardUse: 0n },
        family: AF_INET6,
        mode: isEsp ? XFRM_MODE.TRANSPORT : XFRM_MODE.ROUTE_OPTIMIZATION,
      },
      attributes: isEsp
        ? {
            encryption: { head: { name: "ecb(cipher_null)", keyBits: 0 }, key: new Uint8Array(0) },
            authentication: {
              head: { name: "hmac(sha1)", keyBits: 160, truncatedBits: 96 },
              key: new Uint8Array(20),
            },
          }
        : { careOfAddress: PROBE_SOURCE },
    }),
  );
  if (!made.ok) return false;
  await session.transform(
    "delete an XFRM state",
    stateIdentity.encode({
      type: XFRM_MSG.DELSA,
      header: { destination: PROBE_DESTINATION, spi, family: AF_INET6, protocol },
      attributes: isEsp ? {} : { source: PROBE_SOURCE },
    }),
  );
  return true;
};

/**
 * Finds by trying what the running kernel has; leaves nothing behind.
 * @returns `permission` without CAP_NET_ADMIN
 */
export const probeFeatures = async (options: {
  readonly namespace?: string;
}): Promise<Result<KernelFeatures, KernelError>> => {
  await using session = openSession(options.namespace);
  const ip6tnl = await knowsDevice(session, "ip6tnl");
  if (!ip6tnl.ok) {
    return ip6tnl.error.code === "permission"
      ? failed({ ...ip6tnl.error, message: "no permission to change the network configuration" })
      : ip6tnl;
  }
  const macvlan = await knowsDevice(session, "macvlan");
  if (!macvlan.ok) return macvlan;
  return ok({
    ip6tnl: ip6tnl.value,
    externalTunnel: ip6tnl.value && (await knowsIp6Encapsulation(session)),
    macvlan: macvlan.value,
    seg6: await knowsSeg6(session),
    nftables: await knowsFilter(session),
    mip6: await knowsTransform(session, XFRM_PROTOCOL.HOME_ADDRESS),
    esp: await knowsTransform(session, XFRM_PROTOCOL.ESP),
    release: release(),
  });
};
