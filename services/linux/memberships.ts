import type { Address } from "#ipv6/address.ts";
import { addressKey } from "#ipv6/address.ts";
import { ok, type Result } from "#wire/result.ts";
import { AF_INET6, openSocket, SOCK_DGRAM, type Socket, type SystemFailure } from "./socket.ts";

const IPPROTO_IPV6 = 41;
const IPV6_ADD_MEMBERSHIP = 20;
const IPV6_DROP_MEMBERSHIP = 21;

/** A socket's memberships live in its option memory, 20 KiB by default; this many fit. */
const MOST_ON_ONE_SOCKET = 64;

interface Holder {
  readonly socket: Socket;
  groups: number;
}

/** Multicast groups of one namespace: joined once however often asked for, spread over as many sockets as needed. */
export interface Memberships {
  join(index: number, group: Address): Result<AsyncDisposable, SystemFailure>;
  close(): void;
}

export const createMemberships = (namespace: string | undefined): Memberships => {
  const holders: Holder[] = [];
  const joined = new Map<string, { readonly holder: Holder; users: number }>();

  const holderWithRoom = (): Result<Holder, SystemFailure> => {
    const found = holders.find((holder) => holder.groups < MOST_ON_ONE_SOCKET);
    if (found !== undefined) return ok(found);
    const opened = openSocket({ family: AF_INET6, type: SOCK_DGRAM, protocol: 0, namespace });
    if (!opened.ok) return opened;
    const holder = { socket: opened.value, groups: 0 };
    holders.push(holder);
    return ok(holder);
  };

  return {
    join: (index, group) => {
      const request = new Uint8Array(20);
      request.set(group);
      new DataView(request.buffer).setUint32(16, index, true);
      const key = `${index}/${addressKey(group)}`;
      let entry = joined.get(key);
      if (entry === undefined) {
        const room = holderWithRoom();
        if (!room.ok) return room;
        const outcome = room.value.socket.setOption(IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, request);
        if (!outcome.ok) return outcome;
        room.value.groups += 1;
        entry = { holder: room.value, users: 0 };
        joined.set(key, entry);
      }
      const { holder } = entry;
      const held = entry;
      held.users += 1;
      let left = false;
      return ok({
        [Symbol.asyncDispose]: async () => {
          if (left) return;
          left = true;
          held.users -= 1;
          if (held.users > 0 || joined.get(key) !== held) return;
          joined.delete(key);
          holder.groups -= 1;
          holder.socket.setOption(IPPROTO_IPV6, IPV6_DROP_MEMBERSHIP, request);
        },
      });
    },
    close: () => {
      joined.clear();
      for (const { socket } of holders.splice(0)) socket.close();
    },
  };
};
