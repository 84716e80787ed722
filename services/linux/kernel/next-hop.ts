import { type Address, address, formatAddress, isLinkLocal } from "#ipv6/address.ts";
import { NLM_F } from "#netlink/message.ts";
import { IFA_F } from "#netlink/route/address.ts";
import { AF_INET6 } from "#netlink/route/groups.ts";
import { NTF_EXT, NUD, neighbour, RTM_NEIGHBOUR } from "#netlink/route/neighbour.ts";
import { RTM_ROUTE, route } from "#netlink/route/route.ts";
import type { Clock } from "#ports/clock.ts";
import type { KernelError } from "#ports/kernel.ts";
import { pause } from "#ports/pause.ts";
import { ok, type Result } from "#wire/result.ts";
import { instantOf, type Milliseconds, millis } from "#wire/time.ts";
import { findDevice, listAddresses } from "./devices.ts";
import { ERRNO } from "./errno.ts";
import { ROUTE_PROTOCOL } from "./mark.ts";
import { decodeRoute } from "./routes.ts";
import { openSession } from "./session.ts";

/** Stands for all global addresses, and so for care-of addresses: what leads there is mostly the default route. */
const ANYWHERE: Address = address("2000::1");
/** The kernel forgets a neighbour with its link, and routes change. */
const PACE = millis(5_000);
const LOOK = millis(50);
const RESOLVED = NUD.REACHABLE | NUD.STALE | NUD.DELAY | NUD.PROBE | NUD.NOARP | NUD.PERMANENT;

/** Where packets for care-of addresses leave to first. */
interface NextHop {
  readonly index: number;
  readonly gateway: Address;
}

/**
 * Keeps the router towards care-of addresses resolved in the kernel (DESIGN §4.3), so that the first packets after a
 * takeover do not wait for Neighbor Discovery, which is a second where its first solicitation is lost or the link-local
 * address to send it from is not yet known to be unique.
 */
export interface NextHopKeeper extends AsyncDisposable {
  /**
   * Waits until the device has a link-local address to speak from and the router is resolved, or `limit` is over.
   * @returns what is still missing, for people; undefined when nothing is
   */
  settled(limit: Milliseconds, signal: AbortSignal): Promise<string | undefined>;
}

/** @param options `device` is that of the home link; `namespace` the process's own when left out */
export const keepNextHop = (
  options: { readonly device: string; readonly namespace?: string },
  deps: { readonly clock: Clock; readonly onProblem: (error: KernelError) => void },
): NextHopKeeper => {
  const { clock } = deps;
  const session = openSession(options.namespace);
  const stopped = new AbortController();
  let told = "";

  /** @returns undefined where no route leads there, or one without a router */
  const lookUp = async (): Promise<Result<NextHop | undefined, KernelError>> => {
    const answer = await session.ask(
      "look up the next hop",
      route.encode({
        type: RTM_ROUTE.GET,
        header: { family: AF_INET6, destinationLength: 128 },
        attributes: { destination: ANYWHERE },
      }),
    );
    const isNowhere = !answer.ok && [ERRNO.ENETUNREACH, ERRNO.EHOSTUNREACH].some((one) => one === answer.error.errno);
    if (!answer.ok) return isNowhere ? ok(undefined) : answer;
    const [found] = answer.value.flatMap((message) => decodeRoute(message) ?? []);
    return ok(found?.gateway === undefined ? undefined : { index: found.device, gateway: found.gateway });
  };

  /** The same again changes nothing. */
  const manage = ({ index, gateway }: NextHop): Promise<Result<void, KernelError>> =>
    session.all([
      {
        what: `keep the router ${formatAddress(gateway)} resolved`,
        message: neighbour.encode({
          type: RTM_NEIGHBOUR.NEW,
          flags: NLM_F.CREATE,
          header: { family: AF_INET6, index, state: NUD.NONE },
          attributes: { destination: gateway, protocol: ROUTE_PROTOCOL, extendedFlags: NTF_EXT.MANAGED },
        }),
      },
    ]);

  const keep = async (): Promise<Result<NextHop | undefined, KernelError>> => {
    const nextHop = await lookUp();
    if (!nextHop.ok || nextHop.value === undefined) return nextHop;
    const managed = await manage(nextHop.value);
    return managed.ok ? nextHop : managed;
  };

  const isResolved = async ({ index, gateway }: NextHop): Promise<boolean> => {
    const answer = await session.ask(
      "look at the router",
      neighbour.encode({
        type: RTM_NEIGHBOUR.GET,
        header: { family: AF_INET6, index },
        attributes: { destination: gateway },
      }),
    );
    const entry = answer.ok ? answer.value.flatMap((message) => neighbour.decode(message) ?? []) : [];
    return entry.some(({ header }) => (header.state & RESOLVED) !== 0);
  };

  const lacksLinkLocal = async (): Promise<Result<boolean, KernelError>> => {
    const device = await findDevice(session, options.device);
    if (!device.ok) return device;
    const addresses = await listAddresses(session);
    if (!addresses.ok) return addresses;
    const own = addresses.value.filter(({ index, address: one }) => index === device.value.index && isLinkLocal(one));
    return ok(own.some(({ flags }) => (flags & IFA_F.TENTATIVE) !== 0 && (flags & IFA_F.OPTIMISTIC) === 0));
  };

  const missing = async (): Promise<string | undefined> => {
    const tentative = await lacksLinkLocal();
    if (!tentative.ok) return tentative.error.message;
    if (tentative.value) return `the link-local address of ${options.device} is not yet known to be unique`;
    const nextHop = await keep();
    if (!nextHop.ok) return nextHop.error.message;
    if (nextHop.value === undefined || (await isResolved(nextHop.value))) return undefined;
    return `the router ${formatAddress(nextHop.value.gateway)} does not answer`;
  };

  const running = (async () => {
    while (!stopped.signal.aborted) {
      const kept = await keep();
      const problem = kept.ok ? "" : kept.error.message;
      if (!kept.ok && problem !== told && !stopped.signal.aborted) deps.onProblem(kept.error);
      told = problem;
      await pause(clock, PACE, stopped.signal);
    }
  })();

  return {
    settled: async (limit, signal) => {
      const until = instantOf(clock.now() + limit);
      const either = AbortSignal.any([signal, stopped.signal]);
      for (;;) {
        const problem = await missing();
        if (problem === undefined || either.aborted || clock.now() >= until) return problem;
        await pause(clock, LOOK, either);
      }
    },
    [Symbol.asyncDispose]: async () => {
      stopped.abort();
      await running;
      await session[Symbol.asyncDispose]();
    },
  };
};

/** Ends what `keepNextHop` has begun: the kernel forgets the routers that it was to keep resolved. */
export const forgetNextHops = async (namespace?: string): Promise<Result<void, KernelError>> => {
  await using session = openSession(namespace);
  const dump = await session.dump(
    "list neighbours",
    neighbour.encode({ type: RTM_NEIGHBOUR.GET, flags: NLM_F.DUMP, header: { family: AF_INET6 } }),
  );
  if (!dump.ok) return dump;
  const ours = dump.value.flatMap((message) => {
    const found = neighbour.decode(message);
    return found?.attributes.protocol === ROUTE_PROTOCOL && found.attributes.destination !== undefined
      ? [{ index: found.header.index, destination: found.attributes.destination }]
      : [];
  });
  return session.all(
    ours.map(({ index, destination }) => ({
      what: "forget a router",
      message: neighbour.encode({
        type: RTM_NEIGHBOUR.DELETE,
        header: { family: AF_INET6, index },
        attributes: { destination },
      }),
      allow: [ERRNO.ENOENT, ERRNO.ENODEV],
    })),
  );
};
