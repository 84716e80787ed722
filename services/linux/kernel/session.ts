import {
  type NetlinkAnswer,
  type NetlinkFailure,
  type NetlinkProtocol,
  type NetlinkSocket,
  openNetlink,
} from "#linux/netlink-socket.ts";
import { batch } from "#netlink/filter/filter.ts";
import type { KernelError } from "#ports/kernel.ts";
import { done, failed, ok, type Result } from "#wire/result.ts";
import { ERRNO, refused } from "./errno.ts";

const BATCH = 256;
const ROUTE: NetlinkProtocol = 0;
const NETFILTER: NetlinkProtocol = 12;
const GENERIC: NetlinkProtocol = 16;
const TRANSFORM: NetlinkProtocol = 6;
/** Waits before an ENOMEM is tried again; a fast fill of encapsulating routes meets it now and then. */
const RETRIES_MS = [50, 100, 200, 400];

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

/** One request: what it is for (a person reads it in an error), its message, and refusals that count as success. */
export interface Request {
  readonly what: string;
  readonly message: Uint8Array;
  readonly allow?: readonly number[];
}

/** The netlink sockets of one adapter. Opened when first needed. */
export interface KernelSession extends AsyncDisposable {
  /** Sends to NETLINK_ROUTE, in order, at most 256 messages at a time, ENOMEM retried; each has its own result. */
  each(requests: readonly Request[]): Promise<readonly Result<void, KernelError>[]>;
  /** The same where all must succeed; the first refusal is the result. */
  all(requests: readonly Request[]): Promise<Result<void, KernelError>>;
  /** One request to NETLINK_ROUTE with its answer. */
  ask(what: string, message: Uint8Array): Promise<Result<readonly Uint8Array[], KernelError>>;
  dump(what: string, message: Uint8Array): Promise<Result<readonly Uint8Array[], KernelError>>;
  /** One nf_tables transaction: all or nothing. ENOMEM is retried. */
  filter(what: string, messages: readonly Uint8Array[]): Promise<Result<void, KernelError>>;
  filterDump(what: string, message: Uint8Array): Promise<Result<readonly Uint8Array[], KernelError>>;
  filterAsk(what: string, message: Uint8Array): Promise<Result<readonly Uint8Array[], KernelError>>;
  /** One request to NETLINK_XFRM. */
  transform(what: string, message: Uint8Array): Promise<Result<readonly Uint8Array[], KernelError>>;
  /** One generic netlink request with its answer. */
  generic(what: string, message: Uint8Array): Promise<Result<readonly Uint8Array[], KernelError>>;
}

const isShortage = (failure: NetlinkFailure): boolean =>
  failure.errno === ERRNO.ENOMEM || failure.errno === ERRNO.ENOBUFS;

const resultOf = (request: Request, answer: NetlinkAnswer | undefined): Result<void, KernelError> => {
  if (answer === undefined) return failed({ code: "system", errno: 0, message: `${request.what}: no answer` });
  if (answer.ok || request.allow?.includes(answer.error.errno)) return done;
  return refused(request.what, answer.error);
};

/** The refusal that made a transaction fail: not those that were only cancelled with it. */
const rootCause = (answers: readonly NetlinkAnswer[]): NetlinkFailure | undefined => {
  const failures = answers.flatMap((answer) => (answer.ok ? [] : [answer.error]));
  return failures.find((failure) => failure.errno !== ERRNO.ECANCELED) ?? failures[0];
};

/** Opens sockets lazily in a network namespace (the process's own when left out). */
export const openSession = (namespace: string | undefined): KernelSession => {
  const sockets = new Map<NetlinkProtocol, NetlinkSocket>();
  const socket = (protocol: NetlinkProtocol): Result<NetlinkSocket, KernelError> => {
    const known = sockets.get(protocol);
    if (known !== undefined) return ok(known);
    const opened = openNetlink({ protocol, ...(namespace === undefined ? {} : { namespace }) });
    if (!opened.ok) return refused("open a netlink socket", opened.error);
    sockets.set(protocol, opened.value);
    return opened;
  };

  const ask = async (protocol: NetlinkProtocol, what: string, message: Uint8Array) => {
    const opened = socket(protocol);
    if (!opened.ok) return opened;
    const [answer] = await opened.value.transact([message]);
    if (answer === undefined) return failed<KernelError>({ code: "system", errno: 0, message: `${what}: no answer` });
    return answer.ok ? ok(answer.data) : refused(what, answer.error);
  };

  const dump = async (protocol: NetlinkProtocol, what: string, message: Uint8Array) => {
    const opened = socket(protocol);
    if (!opened.ok) return opened;
    const answer = await opened.value.dump(message);
    return answer.ok ? answer : refused(what, answer.error);
  };

  const each: KernelSession["each"] = async (requests) => {
    const opened = socket(ROUTE);
    if (!opened.ok) return requests.map(() => opened);
    const results: Result<void, KernelError>[] = [];
    for (let start = 0; start < requests.length; start += BATCH) {
      const part = requests.slice(start, start + BATCH);
      const answers = [...(await opened.value.transact(part.map(({ message }) => message)))];
      for (const delay of RETRIES_MS) {
        const again = answers.flatMap((answer, index) => (!answer.ok && isShortage(answer.error) ? [index] : []));
        if (again.length === 0) break;
        await pause(delay);
        const messages = again.flatMap((index) => part[index]?.message ?? []);
        const retried = await opened.value.transact(messages);
        for (const [position, index] of again.entries()) {
          const answer = retried[position];
          if (answer !== undefined) answers[index] = answer;
        }
      }
      for (const [index, request] of part.entries()) results.push(resultOf(request, answers[index]));
    }
    return results;
  };

  return {
    each,
    all: async (requests) => (await each(requests)).find((result) => !result.ok) ?? done,
    ask: (what, message) => ask(ROUTE, what, message),
    dump: (what, message) => dump(ROUTE, what, message),
    filterDump: (what, message) => dump(NETFILTER, what, message),
    filterAsk: (what, message) => ask(NETFILTER, what, message),
    transform: (what, message) => ask(TRANSFORM, what, message),
    generic: (what, message) => ask(GENERIC, what, message),
    filter: async (what, messages) => {
      const opened = socket(NETFILTER);
      if (!opened.ok) return opened;
      for (const delay of [...RETRIES_MS, undefined]) {
        const failure = rootCause(await opened.value.transact(batch(messages)));
        if (failure === undefined) return done;
        if (delay === undefined || !isShortage(failure)) return refused(what, failure);
        await pause(delay);
      }
      return done;
    },
    [Symbol.asyncDispose]: async () => {
      for (const opened of sockets.values()) await opened[Symbol.asyncDispose]();
      sockets.clear();
    },
  };
};
