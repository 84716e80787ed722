import { isUnspecified } from "#ipv6/address.ts";
import { NLM_F } from "#netlink/message.ts";
import { AF_INET6 } from "#netlink/route/groups.ts";
import { RT_TABLE, RTM_ROUTE, route } from "#netlink/route/route.ts";
import type { KernelError } from "#ports/kernel.ts";
import { ok, type Result } from "#wire/result.ts";
import { listDevices } from "./devices.ts";
import { decodeRoute } from "./routes.ts";
import type { KernelSession } from "./session.ts";

/** The outer IPv6 header. */
const OUTER_HEADER = 40;
/** Headers of IPv6 and TCP inside. */
const TCP_HEADERS = 60;
/** What a path is taken to carry until something says less; more than that few links carry end to end. */
export const USUAL_MTU = 1500;
/** No link has less (RFC 8200 §5). */
const MINIMUM_MTU = 1280;

const carried = (pathMtu: number): number => Math.min(USUAL_MTU, pathMtu) - OUTER_HEADER;

/**
 * The greatest packet that a tunnel takes without a fragment: what the path between its ends carries, less the outer
 * header (RFC 2473 §7.1). Never below 1280, which IPv6 itself needs of a device.
 * @param pathMtu octets of a whole outer packet
 */
export const tunnelMtu = (pathMtu: number): number => Math.max(MINIMUM_MTU, carried(pathMtu));

/**
 * The TCP segments to ask for through such a tunnel. Below 1280 octets of packet too: on a path of less than 1320 a packet
 * of 1280 would need fragments of the outer packet (RFC 2473 §7.1 (b)), which seg6 does not make.
 */
export const tunnelSegment = (pathMtu: number): number => carried(pathMtu) - TCP_HEADERS;

/**
 * What this host's way out carries at least: the smallest IPv6 MTU among the devices of its default routes. Of narrower
 * ways, to whatever care-of address, Packet Too Big tells.
 */
export const wayOutMtu = async (session: KernelSession): Promise<Result<number, KernelError>> => {
  const devices = await listDevices(session);
  if (!devices.ok) return devices;
  const dump = await session.dump(
    "list routes",
    route.encode({ type: RTM_ROUTE.GET, flags: NLM_F.DUMP, header: { family: AF_INET6, table: RT_TABLE.MAIN } }),
  );
  if (!dump.ok) return dump;
  const ways = new Set<number>();
  for (const message of dump.value) {
    const found = decodeRoute(message);
    if (found === undefined || found.table !== RT_TABLE.MAIN) continue;
    const { destination, device } = found;
    if (destination.length === 0 && isUnspecified(destination.address)) ways.add(device);
  }
  const mtus = devices.value.flatMap(({ index, loopback, ipv6Mtu }) =>
    ways.has(index) && !loopback && ipv6Mtu >= MINIMUM_MTU ? [ipv6Mtu] : [],
  );
  return ok(Math.min(USUAL_MTU, ...mtus));
};
