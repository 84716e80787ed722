import { ERRNO } from "#linux/kernel/errno.ts";
import type { KernelSession } from "#linux/kernel/session.ts";
import { NLM_F } from "#netlink/message.ts";
import { AF_INET6 } from "#netlink/route/groups.ts";
import { NUD, neighbour, RTM_NEIGHBOUR } from "#netlink/route/neighbour.ts";
import type { KernelError } from "#ports/kernel.ts";
import type { Result } from "#wire/result.ts";

/**
 * Drops packets that wait at a device for neighbours of a link that was left, by removing the neighbours nobody has answered
 * for. They would never be sent, but hold up to the whole send buffer of a socket, which could then send nothing, by whatever
 * route, until the kernel gives the neighbour up after three seconds.
 */
export const dropWaitingPackets = async (session: KernelSession, index: number): Promise<Result<void, KernelError>> => {
  const dump = await session.dump(
    "list neighbours",
    neighbour.encode({ type: RTM_NEIGHBOUR.GET, flags: NLM_F.DUMP, header: { family: AF_INET6, index } }),
  );
  if (!dump.ok) return dump;
  const unanswered = dump.value.flatMap((message) => {
    const found = neighbour.decode(message);
    return found !== undefined && found.header.index === index && (found.header.state & NUD.INCOMPLETE) !== 0
      ? [found.attributes.destination]
      : [];
  });
  return session.all(
    unanswered.map((destination) => ({
      what: "remove a neighbour that does not answer",
      message: neighbour.encode({
        type: RTM_NEIGHBOUR.DELETE,
        header: { family: AF_INET6, index },
        attributes: { destination },
      }),
      allow: [ERRNO.ENOENT, ERRNO.ESRCH],
    })),
  );
};
