import { native } from "./native.ts";
import { messagesOf } from "./netlink-message.ts";
import { createReceiveSlab } from "./slab.ts";
import { AF_NETLINK, openSocket, SOCK_RAW, SOL_SOCKET, word } from "./socket.ts";
import { netlinkName } from "./socket-name.ts";

const SOL_NETLINK = 270;
const NETLINK_ADD_MEMBERSHIP = 1;
const SO_RCVBUFFORCE = 33;
const ENOBUFS = 105;
const BATCH = 16;

/** A netlink socket that only listens, so that a burst of notices can not push out the answers to requests. */
export interface NoticeSocket {
  /** @throws Error when the kernel refuses the group */
  join(group: number): void;
  close(): void;
}

/** @throws Error when the kernel refuses the socket */
export const openNotices = (options: {
  readonly protocol: number;
  readonly namespace: string | undefined;
  readonly onMessage: (message: Uint8Array) => void;
  readonly onOverrun: () => void;
}): NoticeSocket => {
  const addon = native();
  const opened = openSocket({
    family: AF_NETLINK,
    type: SOCK_RAW,
    protocol: options.protocol,
    namespace: options.namespace,
  });
  if (!opened.ok) throw new Error(opened.error.message);
  const socket = opened.value;
  socket.setOption(SOL_SOCKET, SO_RCVBUFFORCE, word(4 << 20));
  // Only a socket with a port of its own is given notices; port 0 asks for any.
  const bound = socket.outcome("bind a netlink socket", addon.bindSocket(socket.descriptor, netlinkName()));
  if (!bound.ok) {
    socket.close();
    throw new Error(bound.error.message);
  }
  const slab = createReceiveSlab(BATCH, 32_768);
  const watcher = addon.watch(socket.descriptor, () => {
    const count = addon.receive(socket.descriptor, slab.bytes, slab.slotSize, BATCH);
    if (count === -ENOBUFS) options.onOverrun();
    for (let slot = 0; slot < count; slot++)
      for (const message of messagesOf(slab.read(slot).payload)) options.onMessage(message.bytes);
  });
  watcher.start();
  return {
    join: (group) => {
      const joined = socket.setOption(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, word(group));
      if (!joined.ok) throw new Error(`join netlink group ${group}: ${joined.error.message}`);
    },
    close: () => {
      watcher.close();
      socket.close();
    },
  };
};
