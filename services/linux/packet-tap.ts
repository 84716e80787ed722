import type { Packets, PacketTap, TappedPacket } from "#ports/packets.ts";
import { ok, type Result } from "#wire/result.ts";
import { millis } from "#wire/time.ts";
import { native } from "./native.ts";
import { packetFilter } from "./packet-filter.ts";
import { createWaitMeter, SO_TIMESTAMPNS, stampOf } from "./queue-wait.ts";
import { createReceiveSlab } from "./slab.ts";
import { AF_PACKET, openSocket, SOCK_DGRAM, SOL_SOCKET, type Socket, type SystemFailure, word } from "./socket.ts";
import { ETH_P_ALL, ETH_P_IPV6, linkName } from "./socket-name.ts";

const SO_RCVBUFFORCE = 33;
const SOL_PACKET = 263;
const PACKET_ADD_MEMBERSHIP = 1;
const PACKET_STATISTICS = 6;
const PACKET_IGNORE_OUTGOING = 23;
const PACKET_MR_ALLMULTI = 2;
const PACKET_BROADCAST = 1;
const PACKET_MULTICAST = 2;
const PACKET_OUTGOING = 4;

/** Packets handed over in one turn of the event loop. */
const BATCH = 64;
/** By so much, in milliseconds, a clock is stepped and not slewed. */
const STEP = 100;
/** The longest packet a slot takes: a jumbo frame. */
const LONGEST = 9216;
/** What waits in the kernel while this process is busy; beyond it packets are dropped and counted. */
const QUEUE = 8 << 20;

/** A Mobility Header or ND packet may be shorter than the smallest Ethernet frame; its padding is no part of it. */
const withoutPadding = (bytes: Uint8Array): Uint8Array => {
  const length = 40 + (((bytes[4] ?? 0) << 8) | (bytes[5] ?? 0));
  return length < bytes.length ? bytes.subarray(0, length) : bytes;
};

const membership = (index: number): Uint8Array => {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, index, true);
  view.setUint16(4, PACKET_MR_ALLMULTI, true);
  return bytes;
};

type TapOptions = Parameters<Packets["openTap"]>[0];

const configure = (socket: Socket, index: number, options: TapOptions): Result<void, SystemFailure> => {
  const addon = native();
  socket.setOption(SOL_SOCKET, SO_RCVBUFFORCE, word(QUEUE));
  socket.setOption(SOL_SOCKET, SO_TIMESTAMPNS, word(1));
  const filtered = socket.outcome(
    "attach a packet filter",
    addon.attachFilter(socket.descriptor, packetFilter(options.filter)),
  );
  if (!filtered.ok) return filtered;
  if (options.ignoreOutgoing === true) {
    const ignored = socket.setOption(SOL_PACKET, PACKET_IGNORE_OUTGOING, word(1));
    if (!ignored.ok) return ignored;
  }
  if (options.promiscuousMulticast === true && index !== 0) {
    const joined = socket.setOption(SOL_PACKET, PACKET_ADD_MEMBERSHIP, membership(index));
    if (!joined.ok) return joined;
  }
  // A socket for all protocols sees frames before a macvlan takes them off the device, and on their way out; one for IPv6
  // alone sees them after. On all devices at once the first would see them twice.
  const name = linkName(index, index === 0 ? ETH_P_IPV6 : ETH_P_ALL);
  // Packets come only from here on, when the filter is in place.
  return socket.outcome("bind a packet socket", addon.bindSocket(socket.descriptor, name));
};

/**
 * Opens a tap (AF_PACKET, SOCK_DGRAM) on a device.
 * @param index interface index of the device; 0 for all devices
 */
export const openTap = (
  index: number,
  namespace: string | undefined,
  options: TapOptions,
): Result<PacketTap, SystemFailure> => {
  const addon = native();
  const opened = openSocket({ family: AF_PACKET, type: SOCK_DGRAM, protocol: 0, namespace });
  if (!opened.ok) return opened;
  const socket = opened.value;
  const configured = configure(socket, index, options);
  if (!configured.ok) {
    socket.close();
    return configured;
  }

  const slab = createReceiveSlab(BATCH, LONGEST);
  const meter = createWaitMeter();
  /** What the wall clock is ahead of a clock that nobody steps. */
  let wallAhead = Date.now() - performance.now();
  let dropped = 0;
  let closed = false;
  const statistics = new Uint8Array(8);
  const readStatistics = () => {
    // Reading sets the kernel's counters back to zero.
    if (!closed && addon.getOption(socket.descriptor, SOL_PACKET, PACKET_STATISTICS, statistics) === 8)
      dropped += new DataView(statistics.buffer).getUint32(4, true);
    return dropped;
  };
  const watcher = addon.watch(socket.descriptor, () => {
    // A negative count is a device that went down (ENETDOWN); the tap lives on.
    const count = addon.receive(socket.descriptor, slab.bytes, slab.slotSize, BATCH);
    const batch: TappedPacket[] = [];
    const now = Date.now();
    const ahead = now - performance.now();
    if (Math.abs(ahead - wallAhead) > STEP) meter.stepped();
    wallAhead = ahead;
    let age: number | undefined;
    for (let slot = 0; slot < count; slot++) {
      const { payload, name, control, truncated } = slab.read(slot);
      if (truncated) {
        dropped += 1;
        continue;
      }
      const stamp = stampOf(control);
      age = stamp === undefined ? age : now - stamp;
      // sockaddr_ll: interface index at 4, packet type at 10, address length at 11, address at 12.
      batch.push({
        bytes: withoutPadding(payload),
        device: (name[4] ?? 0) | ((name[5] ?? 0) << 8) | ((name[6] ?? 0) << 16) | ((name[7] ?? 0) << 24),
        source: name.subarray(12, 18),
        outgoing: name[10] === PACKET_OUTGOING,
        ...(name[10] === PACKET_MULTICAST || name[10] === PACKET_BROADCAST ? { toGroup: true } : {}),
        waited: millis(age === undefined ? 0 : meter.waited(age)),
      });
    }
    if (count < BATCH && age !== undefined) meter.emptied(age);
    if (batch.length > 0) options.onPackets(batch);
  });
  watcher.start();
  return ok({
    get dropped() {
      return readStatistics();
    },
    [Symbol.asyncDispose]: async () => {
      if (closed) return;
      readStatistics();
      closed = true;
      watcher.close();
      socket.close();
    },
  });
};
