import type { Address } from "#ipv6/address.ts";
import { ERRNO } from "#linux/kernel/errno.ts";
import type { KernelSession, Request } from "#linux/kernel/session.ts";
import { NLM_F } from "#netlink/message.ts";
import { AF_INET6 } from "#netlink/route/groups.ts";
import { NTF, NUD, neighbour, RTM_NEIGHBOUR } from "#netlink/route/neighbour.ts";
import type { KernelError } from "#ports/kernel.ts";
import { ok, type Result } from "#wire/result.ts";

const header = (index: number) => ({ family: AF_INET6, index, state: NUD.PERMANENT, flags: NTF.PROXY });

/** Lets the kernel answer Neighbor Solicitations for a home address on a device (RFC 6275 §10.4.1, features.md S-11-08). */
export const addProxy = (index: number, homeAddress: Address): Request => ({
  what: "add a proxy neighbour",
  message: neighbour.encode({
    type: RTM_NEIGHBOUR.NEW,
    flags: NLM_F.CREATE | NLM_F.REPLACE,
    header: header(index),
    attributes: { destination: homeAddress },
  }),
});

/** Ends it; none there is success. */
export const deleteProxy = (index: number, homeAddress: Address): Request => ({
  what: "delete a proxy neighbour",
  message: neighbour.encode({
    type: RTM_NEIGHBOUR.DELETE,
    header: header(index),
    attributes: { destination: homeAddress },
  }),
  allow: [ERRNO.ENOENT, ERRNO.ENODEV],
});

/** Addresses that the kernel answers for on a device. */
export const listProxies = async (
  session: KernelSession,
  index: number,
): Promise<Result<readonly Address[], KernelError>> => {
  const dump = await session.dump(
    "list proxy neighbours",
    neighbour.encode({
      type: RTM_NEIGHBOUR.GET,
      flags: NLM_F.DUMP,
      header: { family: AF_INET6, flags: NTF.PROXY },
    }),
  );
  if (!dump.ok) return dump;
  return ok(
    dump.value.flatMap((message) => {
      const decoded = neighbour.decode(message);
      if (decoded?.header.index !== index || (decoded.header.flags & NTF.PROXY) === 0) return [];
      return decoded.attributes.destination ?? [];
    }),
  );
};
