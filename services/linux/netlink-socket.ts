import { setImmediate as turn } from "node:timers/promises";
import { NLM_F, NLMSG } from "#netlink/message.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { native } from "./native.ts";
import { failureOf, joinMessages, messagesOf, type ReceivedMessage, typeOf } from "./netlink-message.ts";
import { type NoticeSocket, openNotices } from "./netlink-notices.ts";
import { createReceiveSlab, createSendSlab } from "./slab.ts";
import { AF_NETLINK, openSocket, SOCK_RAW, SOL_SOCKET, systemFailure, word } from "./socket.ts";
import { netlinkName } from "./socket-name.ts";

/** Why the kernel refused a message, or why it could not be asked. */
export interface NetlinkFailure {
  /** Positive errno. */
  readonly errno: number;
  /** The kernel's extended acknowledgement where it gave one, else the text of the errno. */
  readonly message: string;
}

/** What the kernel answered to one message; `data` holds whole messages sent before the acknowledgement. */
export type NetlinkAnswer =
  | { readonly ok: true; readonly data: readonly Uint8Array[] }
  | { readonly ok: false; readonly error: NetlinkFailure };

/** One netlink socket for requests, and a second one, opened at the first `join`, for notices. */
export interface NetlinkSocket extends AsyncDisposable {
  /**
   * Sends messages in order, in as few system calls as possible, and resolves when each is acknowledged. A message is a
   * whole `nlmsghdr`; length, sequence number, port and the flags REQUEST and ACK are filled in on the copy that is
   * sent. A refused message does not stop those after it, but an nf_tables batch (BEGIN … END; the whole of one call)
   * takes effect as a whole or not at all: when a message is refused, the others answer ECANCELED.
   */
  transact(messages: readonly Uint8Array[]): Promise<readonly NetlinkAnswer[]>;
  /**
   * Asks for a dump; the messages come without NLMSG_DONE. A dump that was interrupted by changes is asked again, at
   * most five times, then EINTR.
   */
  dump(message: Uint8Array): Promise<Result<readonly Uint8Array[], NetlinkFailure>>;
  /**
   * Joins a multicast group, whose messages go to the listeners.
   * @throws Error when the group does not exist or permission is lacking
   */
  join(group: number): void;
  /** `onOverrun` means that notices were lost: read everything again. Messages are valid only until the call returns. */
  onNotice(listener: (message: Uint8Array) => void, onOverrun: () => void): void;
}

/** NETLINK_ROUTE, NETLINK_XFRM, NETLINK_NETFILTER, NETLINK_GENERIC. */
export type NetlinkProtocol = 0 | 6 | 12 | 16;

const NETLINK_NETFILTER = 12;
/** Messages of nfnetlink that begin and end a batch; they are not acknowledged. */
const isBatchMark = (message: Uint8Array): boolean => typeOf(message) === 0x10 || typeOf(message) === 0x11;

const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;

const EINTR = 4;
const EBADF = 9;
const ENOBUFS = 105;
const ETIMEDOUT = 110;
const ECANCELED = 125;

/** How much one send carries before other work has its turn: the kernel does it all inside the call. */
const CHUNK_MESSAGES = 256;
/** Slots of a dump read at a time, 32 KiB each: what the kernel fills at most. */
const SLOT = 32_768;
const SLOTS = 16;
const DUMP_SLOTS = 4;
const DUMP_TRIES = 5;
/** Answers are in the queue when the send returns; waiting longer than this means that one was lost. */
const LOST_AFTER = 2_000;

/** The kernel, as a sender of netlink messages, has port 0. */
const isFromKernel = (name: Uint8Array): boolean => name[4] === 0 && name[5] === 0 && name[6] === 0 && name[7] === 0;

const KERNEL = netlinkName();
const NO_CONTROL = new Uint8Array(0);

/**
 * Opens a netlink socket, in a named network namespace (`/run/netns/NAME`, or a path) when one is given.
 * @throws NativeError when the add-on is not built
 */
export const openNetlink = (options: {
  readonly protocol: NetlinkProtocol;
  readonly namespace?: string;
}): Result<NetlinkSocket, NetlinkFailure> => {
  const addon = native();
  const opened = openSocket({
    family: AF_NETLINK,
    type: SOCK_RAW,
    protocol: options.protocol,
    namespace: options.namespace,
  });
  if (!opened.ok) return opened;
  const socket = opened.value;
  // Without permission the default sizes stay, which only makes lost answers more likely under bursts.
  socket.setOption(SOL_SOCKET, SO_RCVBUFFORCE, word(8 << 20));
  socket.setOption(SOL_SOCKET, SO_SNDBUFFORCE, word(8 << 20));
  for (const option of [NETLINK_CAP_ACK, NETLINK_EXT_ACK]) socket.setOption(SOL_NETLINK, option, word(1));

  const incoming = createReceiveSlab(SLOTS, SLOT);
  const outgoing = createSendSlab();
  let notices: NoticeSocket | undefined;
  let listener: ((message: Uint8Array) => void) | undefined;
  let onLost: (() => void) | undefined;
  let sequence = 1;
  let closed = false;
  let tail: Promise<unknown> = Promise.resolve();

  /** One request at a time: answers of two would interleave, and the kernel runs one dump a socket. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = tail.then(work);
    tail = result.catch(() => undefined);
    return result;
  };

  const send = (bytes: Uint8Array): number => {
    if (closed) return EBADF;
    outgoing.add(bytes, KERNEL, NO_CONTROL);
    return outgoing.flush((slab, count) => addon.send(socket.descriptor, slab, count)).errno;
  };

  /** Reads what is queued. @returns datagrams read, or a negative errno */
  const receive = (slots: number, onMessage: (message: ReceivedMessage) => void): number => {
    const count = addon.receive(socket.descriptor, incoming.bytes, incoming.slotSize, slots);
    for (let slot = 0; slot < count; slot++) {
      const datagram = incoming.read(slot);
      if (!isFromKernel(datagram.name)) continue;
      for (const message of messagesOf(datagram.payload)) onMessage(message);
    }
    return count;
  };

  /** Waits for input. @returns false when none came in time */
  const readable = (): Promise<boolean> =>
    new Promise((resolve) => {
      const watcher = addon.watch(socket.descriptor, () => finish(true));
      const timer = setTimeout(() => finish(false), LOST_AFTER);
      const finish = (came: boolean) => {
        clearTimeout(timer);
        watcher.close();
        resolve(came);
      };
      watcher.start();
    });

  const transactChunk = async (messages: readonly Uint8Array[]): Promise<NetlinkAnswer[]> => {
    const netfilter = options.protocol === NETLINK_NETFILTER;
    const first = sequence;
    sequence = (sequence + messages.length) >>> 0;
    const unmarked = (message: Uint8Array) => netfilter && isBatchMark(message);
    const errno = send(joinMessages(messages, first, (m) => (unmarked(m) ? NLM_F.REQUEST : NLM_F.REQUEST | NLM_F.ACK)));
    if (errno !== 0)
      return messages.map(() => ({ ok: false, error: systemFailure("send to the kernel (netlink)", errno) }));

    const answers: (NetlinkAnswer | undefined)[] = messages.map((m) =>
      unmarked(m) ? { ok: true, data: [] } : undefined,
    );
    const data: Uint8Array[][] = messages.map(() => []);
    let missing = answers.filter((answer) => answer === undefined).length;
    let refused: NetlinkFailure | undefined;
    const take = (message: ReceivedMessage) => {
      const index = (message.sequence - first) >>> 0;
      if (index >= messages.length) return;
      if (message.type !== NLMSG.ERROR) {
        if (message.type !== NLMSG.DONE) data[index]?.push(message.bytes.slice());
        return;
      }
      const failure = failureOf(message);
      if (failure !== undefined) refused ??= failure;
      if (answers[index] === undefined) missing -= 1;
      // The refusal of a batch as a whole is told on its BEGIN, and nothing more comes.
      else if (failure !== undefined && netfilter) missing = 0;
      answers[index] = failure === undefined ? { ok: true, data: data[index] ?? [] } : { ok: false, error: failure };
    };
    let lost: NetlinkFailure | undefined;
    let overrun = false;
    while (missing > 0 && lost === undefined) {
      const count = receive(SLOTS, take);
      if (count === -ENOBUFS) overrun = true;
      else if (count < 0) lost = systemFailure("read from the kernel (netlink)", -count);
      else if (count === 0 && missing > 0 && (overrun || !(await readable())))
        lost = { errno: overrun ? ENOBUFS : ETIMEDOUT, message: "the kernel's answer was lost" };
    }
    const cancelled: NetlinkFailure | undefined =
      netfilter && refused !== undefined
        ? { errno: ECANCELED, message: `the batch was refused: ${refused.message}` }
        : lost;
    return answers.map((answer): NetlinkAnswer => {
      if (answer !== undefined && !answer.ok) return answer;
      if (answer === undefined || (netfilter && refused !== undefined))
        return { ok: false, error: cancelled ?? { errno: ETIMEDOUT, message: "the kernel did not answer" } };
      return answer;
    });
  };

  const transact = async (messages: readonly Uint8Array[]): Promise<readonly NetlinkAnswer[]> => {
    if (messages.length === 0) return [];
    if (messages.length <= CHUNK_MESSAGES || options.protocol === NETLINK_NETFILTER) return transactChunk(messages);
    const answers: NetlinkAnswer[] = [];
    for (let start = 0; start < messages.length; start += CHUNK_MESSAGES) {
      if (start > 0) await turn();
      for (const answer of await transactChunk(messages.slice(start, start + CHUNK_MESSAGES))) answers.push(answer);
    }
    return answers;
  };

  /** @returns the dump, or that it was interrupted, or why it failed */
  const dumpOnce = async (
    request: Uint8Array,
  ): Promise<Result<readonly Uint8Array[], NetlinkFailure> | "interrupted"> => {
    const own = sequence;
    sequence = (sequence + 1) >>> 0;
    const errno = send(joinMessages([request], own, () => NLM_F.REQUEST | NLM_F.DUMP));
    if (errno !== 0) return failed(systemFailure("send to the kernel (netlink)", errno));
    const messages: Uint8Array[] = [];
    let interrupted = false;
    let ended = false;
    let failure: NetlinkFailure | undefined;
    while (!ended) {
      const count = receive(DUMP_SLOTS, (message) => {
        if (message.sequence !== own) return;
        interrupted ||= (message.flags & NLM_F.DUMP_INTR) !== 0;
        if (message.type === NLMSG.DONE || message.type === NLMSG.ERROR) {
          failure = failureOf(message);
          ended = true;
        } else messages.push(message.bytes.slice());
      });
      if (count === -ENOBUFS) interrupted = true;
      else if (count < 0) return failed(systemFailure("read from the kernel (netlink)", -count));
      if (ended) break;
      if (count > 0) await turn();
      else if (count === 0 && !(await readable()))
        return failed({ errno: ETIMEDOUT, message: "the kernel did not finish a dump" });
    }
    if (failure !== undefined) return failed(failure);
    return interrupted ? "interrupted" : ok(messages);
  };

  const dump = async (request: Uint8Array): Promise<Result<readonly Uint8Array[], NetlinkFailure>> => {
    for (let attempt = 0; attempt < DUMP_TRIES; attempt++) {
      const result = await dumpOnce(request);
      if (result !== "interrupted") return result;
    }
    return failed({ errno: EINTR, message: "a dump was interrupted by changes each time it was tried" });
  };

  return ok({
    transact: (messages) => inTurn(() => transact(messages)),
    dump: (message) => inTurn(() => dump(message)),
    join: (group) => {
      notices ??= openNotices({
        protocol: options.protocol,
        namespace: options.namespace,
        onMessage: (message) => listener?.(message),
        onOverrun: () => onLost?.(),
      });
      notices.join(group);
    },
    onNotice: (onMessage, onOverrun) => {
      listener = onMessage;
      onLost = onOverrun;
    },
    [Symbol.asyncDispose]: async () => {
      if (closed) return;
      notices?.close();
      await tail;
      closed = true;
      socket.close();
    },
  });
};
