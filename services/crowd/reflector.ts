import { addressEquals, formatAddress } from "#ipv6/address.ts";
import { millis } from "#wire/time.ts";
import type { AddressPlan } from "./address-plan.ts";
import { createFlowRecord, type FlowRecord } from "./flow-record.ts";
import type { HistorySink } from "./history-lines.ts";
import { answerTo, belongsTo, readTunnelledProbe } from "./probe.ts";
import type { FlowReport } from "./report.ts";
import type { CrowdSignalling } from "./signalling.ts";
import { type CrowdTable, PHASE, REASON } from "./table.ts";

/** Tunnels that are kept account of. */
const MOST_FLOWS = 4096;

/** Probes of one tunnel whose answers wait; beyond it they are not answered. */
const MOST_HELD = 16_384;

interface Flow {
  readonly node: number;
  readonly record: FlowRecord;
  /** The first number that is not told yet. */
  untold: number;
  /** Probes whose answers wait until the home agent knows where the node is. */
  readonly held: Uint8Array[];
  /** The last place of the node that a probe has come to while it was there. */
  reachedAt: number;
  damaged: number;
  answered: number;
}

/** The data side of the crowd: takes probes out of the tunnels, checks them, answers through the reverse tunnel. */
export interface Reflector {
  /** @returns answers to send now, if the packet is a probe for one of our nodes */
  receive(bytes: Uint8Array, wall: number): readonly Uint8Array[];
  /** The home agent has acknowledged where the node is. @returns answers that waited for it */
  release(node: number, wall: number): readonly Uint8Array[];
  /** Tunnels that probes have come through. */
  flows(): readonly FlowReport[];
  /** Writes what came and what did not, as seen up to now; called again, what has come since. */
  tell(history: HistorySink): void;
}

const NOTHING: readonly Uint8Array[] = [];

export const createReflector = (deps: {
  readonly plan: AddressPlan;
  readonly table: CrowdTable;
  readonly signalling: CrowdSignalling;
}): Reflector => {
  const { plan, table, signalling } = deps;
  const flows = new Map<number, Flow>();
  const flowOf = (node: number): Flow | undefined => {
    const known = flows.get(node);
    if (known !== undefined || flows.size >= MOST_FLOWS) return known;
    const flow = { node, record: createFlowRecord(), untold: 0, held: [], reachedAt: -1, damaged: 0, answered: 0 };
    flows.set(node, flow);
    return flow;
  };
  /** Where the tunnel led to, as a mark. */
  const markOf = (careOfAddress: Uint8Array): number =>
    1 + ((((careOfAddress[6] ?? 0) << 8) | (careOfAddress[7] ?? 0)) & plan.places);

  /**
   * Whether the home agent takes packets from where the node is: it has said so, or has sent some there. The care-of
   * address before is no longer the node's.
   */
  const isKnownHere = (flow: Flow): boolean => {
    const isMoving = table.phase[flow.node] !== PHASE.registered && table.reason[flow.node] !== REASON.refresh;
    return !isMoving || flow.reachedAt === table.place[flow.node];
  };

  const answersOf = (flow: Flow, wall: number): readonly Uint8Array[] => {
    if (flow.held.length === 0 || !isKnownHere(flow)) return NOTHING;
    const careOfAddress = signalling.careOfAddress(flow.node);
    return flow.held.splice(0).map((probe) => answerTo(probe, { careOfAddress, number: flow.answered++, at: wall }));
  };

  return {
    receive: (bytes, wall) => {
      const node = plan.nodeOfCareOfAddress(bytes.subarray(24, 40));
      const probe = node < 0 ? undefined : readTunnelledProbe(bytes);
      const flow = probe === undefined ? undefined : flowOf(node);
      if (probe === undefined || flow === undefined) return NOTHING;
      const own = { homeAddress: plan.homeAddress(node), homeAgent: signalling.homeAgentOf(node).address };
      if (!belongsTo(probe, own)) {
        flow.damaged++;
        return NOTHING;
      }
      if (!flow.record.note(probe.number, probe.sentAt, markOf(probe.careOfAddress))) return NOTHING;
      if (addressEquals(probe.careOfAddress, signalling.careOfAddress(node))) flow.reachedAt = table.place[node] ?? 0;
      if (flow.held.length < MOST_HELD) flow.held.push(bytes.slice());
      return answersOf(flow, wall);
    },
    release: (node, wall) => {
      const flow = flows.get(node);
      return flow === undefined ? NOTHING : answersOf(flow, wall);
    },
    flows: () =>
      [...flows.values()].map(({ node, record, damaged, answered }) => ({
        homeAddress: formatAddress(plan.homeAddress(node)),
        careOfAddress: formatAddress(signalling.careOfAddress(node)),
        homeAgent: signalling.homeAgentOf(node).name,
        received: record.received,
        duplicated: record.duplicated,
        damaged,
        answered,
        lost: record.lost,
        windows: record.windows(),
      })),
    tell: (history) => {
      for (const flow of flows.values()) {
        const { node, record } = flow;
        const about = {
          homeAddress: formatAddress(plan.homeAddress(node)),
          instance: signalling.homeAgentOf(node).name,
          direction: "in" as const,
        };
        for (const { mark, from, to, start, end } of record.runs(flow.untold)) {
          flow.untold = to + 1;
          history({
            type: mark === 0 ? "probes.lost" : "probes.arrived",
            at: millis(start),
            until: millis(end),
            count: to - from + 1,
            ...about,
            ...(mark === 0 ? {} : { careOfAddress: formatAddress(plan.careOfAddress(node, mark - 1)) }),
          });
        }
      }
    },
  };
};
