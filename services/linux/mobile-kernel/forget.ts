import { type Address, addressEquals, inPrefix, isLinkLocal, isMulticast, type Prefix } from "#ipv6/address.ts";
import { listAddresses, removeAddress } from "#linux/kernel/devices.ts";
import { ERRNO } from "#linux/kernel/errno.ts";
import { decodeRoute, type FoundRoute } from "#linux/kernel/routes.ts";
import type { KernelSession, Request } from "#linux/kernel/session.ts";
import { NLM_F } from "#netlink/message.ts";
import { IFA_F } from "#netlink/route/address.ts";
import { AF_INET6 } from "#netlink/route/groups.ts";
import { RT_TABLE, RTM_ROUTE, RTPROT, route } from "#netlink/route/route.ts";
import type { KernelError } from "#ports/kernel.ts";
import type { MobileKernel } from "#ports/mobile-kernel.ts";
import { ok, type Result } from "#wire/result.ts";

/** The new link's router, when it was heard before the move was noticed. */
type Kept = NonNullable<Parameters<MobileKernel["solicitRouters"]>[0]["keep"]>;

const listDeviceRoutes = async (
  session: KernelSession,
  index: number,
): Promise<Result<readonly FoundRoute[], KernelError>> => {
  const dump = await session.dump(
    "list routes",
    route.encode({ type: RTM_ROUTE.GET, flags: NLM_F.DUMP, header: { family: AF_INET6, table: RT_TABLE.MAIN } }),
  );
  if (!dump.ok) return dump;
  return ok(
    dump.value.flatMap((message) => {
      const found = decodeRoute(message);
      return found !== undefined && found.device === index && found.table === RT_TABLE.MAIN ? [found] : [];
    }),
  );
};

const deleteFound = (index: number, found: FoundRoute): Request => ({
  what: "forget a route of a link that was left",
  message: route.encode({
    type: RTM_ROUTE.DELETE,
    header: { family: AF_INET6, destinationLength: found.destination.length, table: RT_TABLE.MAIN },
    attributes: {
      destination: found.destination.address,
      outputDevice: index,
      priority: found.priority,
      gateway: found.gateway,
    },
  }),
  allow: [ERRNO.ESRCH, ERRNO.ENOENT, ERRNO.ENODEV],
});

/** Removes routes to a prefix that are on-link at a device: a prefix that is not on that link any more. */
export const forgetPrefix = async (
  session: KernelSession,
  index: number,
  prefix: Prefix,
): Promise<Result<void, KernelError>> => {
  const routes = await listDeviceRoutes(session, index);
  if (!routes.ok) return routes;
  const same = (address: Address): boolean => address.every((octet, position) => octet === prefix.address[position]);
  const stale = routes.value.filter(
    ({ destination }) => destination.length === prefix.length && same(destination.address),
  );
  return session.all(stale.map((found) => deleteFound(index, found)));
};

/**
 * Forgets what Router Advertisements taught about a link: routers, prefixes and the addresses made from them. Static
 * addresses and routes, link-local and multicast ones stay, and so does what the router in `keep` taught.
 */
export const forgetLink = async (
  session: KernelSession,
  index: number,
  keep?: Kept,
): Promise<Result<void, KernelError>> => {
  const taughtNow = (prefix: Prefix): boolean =>
    keep?.prefixes.some(({ address, length }) => length === prefix.length && addressEquals(address, prefix.address)) ===
    true;
  const addresses = await listAddresses(session);
  if (!addresses.ok) return addresses;
  const learned = addresses.value.filter(
    (found) =>
      found.index === index &&
      !isLinkLocal(found.address) &&
      (found.flags & IFA_F.PERMANENT) === 0 &&
      keep?.prefixes.some((prefix) => inPrefix(found.address, prefix)) !== true,
  );
  const removed = await session.all(learned.map((found) => removeAddress(index, found.address, found.prefixLength)));
  if (!removed.ok) return removed;
  const kept = addresses.value.filter((found) => found.index === index && !learned.includes(found));
  const routes = await listDeviceRoutes(session, index);
  if (!routes.ok) return routes;
  const isKept = ({ address, length }: Prefix): boolean =>
    kept.some((found) => found.prefixLength === length && inPrefix(found.address, { address, length }));
  const stale = routes.value.filter(
    ({ protocol, destination, gateway }) =>
      (protocol === RTPROT.ROUTER_ADVERTISEMENT &&
        !taughtNow(destination) &&
        (keep === undefined || gateway === undefined || !addressEquals(gateway, keep.router))) ||
      (protocol === RTPROT.KERNEL &&
        !isLinkLocal(destination.address) &&
        !isMulticast(destination.address) &&
        !taughtNow(destination) &&
        !isKept(destination)),
  );
  return session.all(stale.map((found) => deleteFound(index, found)));
};
