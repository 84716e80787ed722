import type { Address } from "#ipv6/address.ts";
import { NLM_F } from "#netlink/message.ts";
import {
  CLSACT,
  classifier,
  classifierInfo,
  discipline,
  flowerOptions,
  matchAllOptions,
  packetsOf,
  RTM_ACTION,
  RTM_CLASSIFIER,
  RTM_QDISC,
  standingAction,
  TC_ACT,
  TC_PROTOCOL,
} from "#netlink/traffic/traffic.ts";
import type { KernelError, Plane } from "#ports/kernel.ts";
import { ok, type Result } from "#wire/result.ts";
import { ERRNO } from "./errno.ts";
import type { KernelSession, Request } from "./session.ts";

/** Index of the action that drops: all tunnels share it, so it counts for all and outlives each. */
const REFUSED = 6275;
const PREFERENCE = { PASS: 1, DROP: 2 } as const;
const EXACT = new Uint8Array(16).fill(0xff);
/** Deletion of an action waits until the kernel has let go of the last tunnel that used it. */
const RELEASE = { attempts: 50, pauseMs: 20 } as const;

const drop = { kind: "gact", options: { parameters: { index: REFUSED, action: TC_ACT.SHOT } } } as const;

const at = (tunnel: number, preference: number, protocol: number) => ({
  index: tunnel,
  parent: CLSACT.INGRESS,
  info: classifierInfo(preference, protocol),
});

const passHeader = (tunnel: number, handle: number) => ({ ...at(tunnel, PREFERENCE.PASS, TC_PROTOCOL.IPV6), handle });

/** Drops and counts all that comes out of a tunnel and that no classifier before let pass. Idempotent. */
export const guardTunnel = (tunnel: number): readonly Request[] => [
  {
    what: "make room for the source filter of a tunnel",
    message: discipline.encode({
      type: RTM_QDISC.NEW,
      flags: NLM_F.CREATE | NLM_F.EXCL,
      header: { index: tunnel, handle: CLSACT.HANDLE, parent: CLSACT.PARENT },
      attributes: { kind: "clsact" },
    }),
    allow: [ERRNO.EEXIST],
  },
  {
    what: "make the source filter of a tunnel",
    message: classifier.encode({
      type: RTM_CLASSIFIER.NEW,
      flags: NLM_F.CREATE | NLM_F.EXCL,
      header: { ...at(tunnel, PREFERENCE.DROP, TC_PROTOCOL.ALL), handle: 1 },
      attributes: { kind: "matchall", options: matchAllOptions.encode({ actions: { first: drop } }) },
    }),
    allow: [ERRNO.EEXIST],
  },
];

/** What may come out of a tunnel; what is left out may be any. The outer ones are known of an `external` tunnel alone. */
export interface PassKey {
  /** Of the packet inside. */
  readonly source?: Address | undefined;
  readonly outerSource?: Address | undefined;
  readonly outerDestination?: Address | undefined;
}

/**
 * Lets something pass.
 * @param handle by which it is known; 0 lets the kernel choose. `exists` when the handle is taken, or another has the key
 */
export const addPass = (tunnel: number, key: PassKey, handle = 0): Request => ({
  what: "add to the source filter of a tunnel",
  message: classifier.encode({
    type: RTM_CLASSIFIER.NEW,
    flags: NLM_F.CREATE | NLM_F.EXCL,
    header: passHeader(tunnel, handle),
    attributes: {
      kind: "flower",
      options: flowerOptions.encode({
        etherType: TC_PROTOCOL.IPV6,
        source: key.source,
        sourceMask: key.source && EXACT,
        outerSource: key.outerSource,
        outerSourceMask: key.outerSource && EXACT,
        outerDestination: key.outerDestination,
        outerDestinationMask: key.outerDestination && EXACT,
      }),
    },
  }),
});

/** @returns `not-found` when there is none of that handle */
export const removePass = (tunnel: number, handle: number): Request => ({
  what: "remove from the source filter of a tunnel",
  message: classifier.encode({
    type: RTM_CLASSIFIER.DELETE,
    header: passHeader(tunnel, handle),
    attributes: { kind: "flower" },
  }),
});

/** What a tunnel lets pass, with handles. */
export const listPasses = async (
  session: KernelSession,
  tunnel: number,
): Promise<Result<readonly (PassKey & { readonly handle: number })[], KernelError>> => {
  const dump = await session.dump(
    "list the source filter of a tunnel",
    classifier.encode({
      type: RTM_CLASSIFIER.GET,
      flags: NLM_F.DUMP,
      header: { index: tunnel, parent: CLSACT.INGRESS },
    }),
  );
  if (!dump.ok) return dump;
  return ok(
    dump.value.flatMap((message) => {
      const decoded = classifier.decode(message);
      if (decoded?.attributes.kind !== "flower" || decoded.attributes.options === undefined) return [];
      const found = flowerOptions.decode(decoded.attributes.options);
      if (found?.source === undefined && found?.outerSource === undefined) return [];
      const { source, outerSource, outerDestination } = found;
      return [{ source, outerSource, outerDestination, handle: decoded.header.handle }];
    }),
  );
};

/** Makes the counter of refused packets, which no tunnel can do without. Idempotent. */
export const prepareRefused = (session: KernelSession): Promise<Result<void, KernelError>> =>
  session.all([
    {
      what: "make the counter of refused packets",
      message: standingAction.encode({
        type: RTM_ACTION.NEW,
        flags: NLM_F.CREATE | NLM_F.EXCL,
        attributes: { actions: { first: drop } },
      }),
      allow: [ERRNO.EEXIST],
    },
  ]);

/** A refusal of what the filter is made of, in words that say what it is for. */
export const lacksClassifiers = (plane: Plane, error: KernelError): KernelError =>
  error.code === "permission" || error.code === "no-memory"
    ? error
    : {
        code: "unsupported",
        errno: error.errno,
        message:
          `the ${plane} plane cannot check the source of reverse-tunnelled packets (RFC 6275 §10.4.5): this kernel lacks ` +
          "nf_tables for IPv6 (CONFIG_NF_TABLES_IPV6), and one of CONFIG_NET_SCH_INGRESS, CONFIG_NET_CLS_FLOWER, " +
          `CONFIG_NET_CLS_MATCHALL and CONFIG_NET_ACT_GACT: ${error.message}`,
      };

const counterMessage = (type: number): Uint8Array =>
  standingAction.encode({ type, attributes: { actions: { first: { kind: drop.kind, index: REFUSED } } } });

/** Packets that came out of any tunnel and that nothing let pass. */
export const readRefusedByTunnels = async (session: KernelSession): Promise<Result<number, KernelError>> => {
  const answer = await session.ask("read the counter of refused packets", counterMessage(RTM_ACTION.GET));
  if (!answer.ok) return answer;
  const [message] = answer.value;
  const action = message === undefined ? undefined : standingAction.decode(message)?.attributes.actions?.first;
  return ok(packetsOf(action?.statistics ?? {}));
};

/** Deletes the counter, when the tunnels are gone; none there is success. */
export const removeRefused = async (session: KernelSession): Promise<Result<void, KernelError>> => {
  const request = {
    what: "delete the counter of refused packets",
    message: counterMessage(RTM_ACTION.DELETE),
    allow: [ERRNO.ENOENT, ERRNO.EINVAL],
  };
  let deleted = await session.all([request]);
  for (let attempt = 1; attempt < RELEASE.attempts && !deleted.ok && deleted.error.errno === ERRNO.EPERM; attempt++) {
    await new Promise((resolve) => setTimeout(resolve, RELEASE.pauseMs));
    deleted = await session.all([request]);
  }
  return deleted;
};
