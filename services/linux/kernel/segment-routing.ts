import type { Address } from "#ipv6/address.ts";
import { CTRL_COMMAND, controller, GENL_ID_CTRL } from "#netlink/generic/generic.ts";
import { SEG6_COMMAND, SEG6_GENL_NAME, segmentRouting } from "#netlink/generic/segment-routing.ts";
import type { KernelError } from "#ports/kernel.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import type { KernelSession } from "./session.ts";

/** @returns the message type of a generic netlink family, `not-found` when the kernel lacks it */
const resolveFamily = async (session: KernelSession, name: string): Promise<Result<number, KernelError>> => {
  const answer = await session.generic(
    `find the generic netlink family ${name}`,
    controller.encode({
      type: GENL_ID_CTRL,
      header: { command: CTRL_COMMAND.GET_FAMILY, version: 1 },
      attributes: { name },
    }),
  );
  if (!answer.ok) return answer;
  const [message] = answer.value;
  const family = message === undefined ? undefined : controller.decode(message)?.attributes.family;
  return family === undefined
    ? failed({ code: "not-found", errno: 0, message: `no generic netlink family ${name}` })
    : ok(family);
};

/** Sets the outer source of seg6 encapsulation of the network namespace; `::` lets the kernel choose. */
export const setTunnelSource = async (session: KernelSession, source: Address): Promise<Result<void, KernelError>> => {
  const family = await resolveFamily(session, SEG6_GENL_NAME);
  if (!family.ok) return family;
  const set = await session.generic(
    "set the outer source of seg6",
    segmentRouting.encode({
      type: family.value,
      header: { command: SEG6_COMMAND.SET_TUNNEL_SOURCE, version: 1 },
      attributes: { tunnelSource: source },
    }),
  );
  return set.ok ? ok(undefined) : set;
};
