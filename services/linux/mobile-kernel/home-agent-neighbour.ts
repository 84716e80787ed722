import { type Address, formatAddress, type MacAddress } from "#ipv6/address.ts";
import type { KernelSession } from "#linux/kernel/session.ts";
import { NLM_F } from "#netlink/message.ts";
import { AF_INET6 } from "#netlink/route/groups.ts";
import { NUD, neighbour, RTM_NEIGHBOUR } from "#netlink/route/neighbour.ts";
import type { KernelError } from "#ports/kernel.ts";
import { done, type Result } from "#wire/result.ts";

/**
 * Records the home agent's link-layer address, which its own advertisement has just told, as reachable, whatever was
 * known before (RFC 6275 §11.5.5).
 */
export const noteHomeAgent = async (
  session: KernelSession,
  index: number,
  homeAgent: { readonly address: Address; readonly linkLayerAddress: MacAddress | undefined },
): Promise<Result<void, KernelError>> => {
  const { address, linkLayerAddress } = homeAgent;
  if (linkLayerAddress === undefined) return done;
  return session.all([
    {
      what: `note where the home agent ${formatAddress(address)} is`,
      message: neighbour.encode({
        type: RTM_NEIGHBOUR.NEW,
        flags: NLM_F.CREATE | NLM_F.REPLACE,
        header: { family: AF_INET6, index, state: NUD.REACHABLE },
        attributes: { destination: address, linkLayerAddress },
      }),
    },
  ]);
};
