import { type Flow, figuresOf, gapsIn, type StreamRecord, type Window } from "#lab/analysis.ts";
import type { Lab } from "#lab/lab.ts";
import { startTcpProbe, startUdpProbe, type TcpProbe, type UdpProbe } from "#lab/probes.ts";
import { poll } from "#lab/run.ts";
import { LAB } from "#lab/topology.ts";
import { patience } from "./patience.ts";
import { type DemoReport, FLOWS, type FlowName, type StepReport } from "./report.ts";
import { octetsIn, type StreamRecords, silentSince, streamFailures, streamFigures } from "./stream.ts";

/** Probe packets of one direction are so many microseconds apart: a guest's only processor has other work as well. */
const PROBE_INTERVAL = patience === 1 ? 1000 : 10_000;
/** Silences shorter than this are not drawn. */
const GAP_FLOOR = 20;
const THROUGHPUT_STEP = 250;
/** On a busy machine a packet may overtake one that was sent so much earlier: they wait in queues of different processors. */
const OVERTAKING = 100;
/** A flow that does not come back in this time has its figures as they are. */
const RECORD_DEADLINE = 5000 * patience;
/** A connection that lost packets waits for its retransmission timer, which doubles each time. */
const STREAM_DEADLINE = 15_000 * patience;

const ends = {
  mn: { node: "mn", address: LAB.homeAddress },
  cn: { node: "cn", address: LAB.correspondent },
  nb: { node: "nb", address: LAB.neighbor },
};

/** The probes of the demo and what they have recorded so far. */
export interface Measurement {
  readonly probeInterval: number;
  readonly gapFloor: number;
  /**
   * What the window did to every flow. A receiver writes its record when it gets the processor: figures are taken when each
   * has recorded something that was sent after the window, or after some seconds where a flow is dead.
   */
  figures(window: Window): Promise<Pick<StepReport, "flows" | "stream">>;
  gaps(window: Window): Promise<DemoReport["gaps"]>;
  throughput(window: Window): Promise<DemoReport["throughput"]>;
  /**
   * Waits until TCP has brought new octets to both ends since then.
   * @returns the directions in which it has brought none some seconds later, one sentence each
   */
  awaitStream(since: number): Promise<string[]>;
  /** Why the TCP connection failed; empty while it lives. */
  streamFailures(): Promise<string[]>;
  stop(): Promise<void>;
}

/** Starts all probes and waits until TCP flows: the home address has to be reachable. */
export const startMeasurement = async (lab: Lab): Promise<Measurement> => {
  const udp = {
    correspondent: await startUdpProbe(lab, [ends.cn, ends.mn], { port: 7000, interval: PROBE_INTERVAL }),
    neighbor: await startUdpProbe(lab, [ends.nb, ends.mn], { port: 7100, interval: PROBE_INTERVAL }),
  } satisfies Record<string, UdpProbe>;
  const stopUdp = (): Promise<unknown> => Promise.all(Object.values(udp).map((probe) => probe.stop()));
  let tcp: TcpProbe;
  try {
    tcp = await startTcpProbe(lab, { client: ends.cn, server: ends.mn, port: 7200, deadline: 5000 * patience });
  } catch (error) {
    await stopUdp();
    throw error;
  }
  const eachFlow = async <T>(use: (flow: Flow) => T): Promise<Record<FlowName, T>> => {
    const entries = await Promise.all(
      FLOWS.map(async ({ name, from, pair }) => [name, use(await udp[pair].flow(from))] as const),
    );
    // One entry for each of FLOWS, so that every name has its value.
    return Object.fromEntries(entries) as Record<FlowName, T>;
  };
  const streams = async (): Promise<StreamRecords> => {
    const [mobileNode, correspondent] = await Promise.all([tcp.record("mn"), tcp.record("cn")]);
    return { mobileNode, correspondent };
  };
  const isRecorded = async (to: number): Promise<boolean> => {
    const [newest, records] = await Promise.all([
      Promise.all(FLOWS.map(({ from, pair }) => udp[pair].recordedUpTo(from))),
      streams(),
    ]);
    return (
      newest.every((sentAt) => sentAt !== undefined && sentAt >= to + OVERTAKING) &&
      (tcp.ended || Object.values(records).every((record) => (record.progress.at(-1)?.at ?? 0) >= to))
    );
  };
  return {
    probeInterval: PROBE_INTERVAL / 1000,
    gapFloor: GAP_FLOOR,
    figures: async (window) => {
      await poll(async () => ((await isRecorded(window.to)) ? true : undefined), { deadline: RECORD_DEADLINE });
      return {
        flows: await eachFlow((flow) => figuresOf(flow, window)),
        stream: streamFigures(await streams(), window),
      };
    },
    gaps: (window) => eachFlow(({ arrivals }) => gapsIn(arrivals, window, GAP_FLOOR)),
    throughput: async ({ from, to }) => {
      const { mobileNode, correspondent } = await streams();
      const rate = (record: StreamRecord, at: number): number =>
        (octetsIn(record, { from: at, to: at + THROUGHPUT_STEP }) * 1000) / THROUGHPUT_STEP;
      return Array.from(
        { length: Math.floor((to - from) / THROUGHPUT_STEP) },
        (_, n) => from + n * THROUGHPUT_STEP,
      ).map((at) => ({ at, toMobileNode: rate(mobileNode, at), fromMobileNode: rate(correspondent, at) }));
    },
    awaitStream: async (since) => {
      let silent: string[] = [];
      await poll(
        async () => {
          silent = silentSince(await streams(), since);
          return silent.length === 0 || tcp.ended ? true : undefined;
        },
        { deadline: STREAM_DEADLINE, interval: 100 },
      );
      return silent.map((direction) => `${direction} within ${STREAM_DEADLINE / 1000} s`);
    },
    streamFailures: async () => streamFailures(await streams(), tcp.ended),
    stop: async () => {
      await Promise.all([tcp.stop(), stopUdp()]);
    },
  };
};
