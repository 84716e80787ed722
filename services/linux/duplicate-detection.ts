import { type Address, addressKey, solicitedNode } from "#ipv6/address.ts";
import type { Clock, Timer } from "#ports/clock.ts";
import type { NeighborDiscovery } from "#ports/neighbor-discovery.ts";
import type { PacketError, Packets } from "#ports/packets.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { millis } from "#wire/time.ts";
import { duplicateSolicitation } from "./neighbor-messages.ts";
import { createPacedSender } from "./paced-sender.ts";

type Request = Parameters<NeighborDiscovery["detectDuplicate"]>[0];
type Outcome = Result<"unique" | "duplicate", PacketError>;

/**
 * A busy event loop runs a timer that is due before it reads what came in earlier. So the last wait ends only at a turn in
 * which nothing came in, or after this many turns: a flood must not hold it up for ever.
 */
const MOST_TURNS = 100;

interface Probe {
  finish(outcome: Outcome): void;
}

/** Duplicate address detection of many addresses on one device (RFC 4862 §5.4). */
export interface DuplicateDetection {
  /** @throws the reason of `signal` when it aborts first */
  detect(request: Request): Promise<Outcome>;
  /** Tells that packets of the link came in. */
  heard(): void;
  /** Tells that another node has or tries to have this address. */
  claimed(target: Address): void;
  close(): void;
}

export const createDuplicateDetection = ({
  packets,
  clock,
  device,
}: {
  readonly packets: Packets;
  readonly clock: Clock;
  readonly device: string;
}): DuplicateDetection => {
  const probes = new Map<string, Set<Probe>>();
  const sender = createPacedSender(clock, (batch) => packets.send(batch, { device }));
  let batchesHeard = 0;
  let flushing = false;
  /** Solicitations asked for in one turn go out together. */
  const flushSoon = () => {
    if (flushing) return;
    flushing = true;
    queueMicrotask(() => {
      flushing = false;
      sender.flush();
    });
  };

  const run = (request: Request, membership: AsyncDisposable): Promise<Outcome> =>
    new Promise((resolve, reject) => {
      const { target, retransmit, signal } = request;
      const key = addressKey(target);
      const solicitation = duplicateSolicitation(target);
      const running = probes.get(key) ?? new Set();
      let timer: Timer | undefined;
      let over = false;
      const end = () => {
        over = true;
        timer?.cancel();
        signal.removeEventListener("abort", abort);
        running.delete(probe);
        if (running.size === 0 && probes.get(key) === running) probes.delete(key);
        void membership[Symbol.asyncDispose]();
      };
      const finish = (outcome: Outcome) => {
        if (over) return;
        end();
        resolve(outcome);
      };
      const abort = () => {
        if (over) return;
        end();
        reject(signal.reason);
      };
      const probe: Probe = { finish };
      const conclude = (turns: number) => {
        const before = batchesHeard;
        timer = clock.start(millis(1), () => {
          if (batchesHeard === before || turns === 0) finish(ok("unique"));
          else conclude(turns - 1);
        });
      };
      const transmit = (left: number) => {
        if (left === 0) return conclude(MOST_TURNS);
        sender.add(solicitation, (error) => {
          if (error !== undefined) finish(failed(error));
          else if (!over) timer = clock.start(retransmit, () => transmit(left - 1));
        });
        flushSoon();
      };
      running.add(probe);
      probes.set(key, running);
      signal.addEventListener("abort", abort, { once: true });
      transmit(request.transmits);
    });

  const claimed = (target: Address) => {
    for (const probe of probes.get(addressKey(target)) ?? []) probe.finish(ok("duplicate"));
  };

  return {
    detect: async (request) => {
      request.signal.throwIfAborted();
      // Solicitations of others come to this group, so it is joined before the first is sent (RFC 4862 §5.4.2).
      const membership = packets.join(device, solicitedNode(request.target));
      return membership.ok ? run(request, membership.value) : membership;
    },
    heard: () => {
      batchesHeard += 1;
    },
    claimed,
    close: () => {
      sender.close();
      for (const running of probes.values())
        for (const probe of running)
          probe.finish(failed({ code: "no-device", message: "Neighbor Discovery was stopped" }));
    },
  };
};
