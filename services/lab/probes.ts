import { mkdir, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Flow, parseArrivals, parseStream, RECORD_SIZE, type StreamRecord } from "./analysis.ts";
import { type Lab, type LabProcess, nativeProgram } from "./lab.ts";
import { poll } from "./run.ts";

/** One end of a conversation. */
export interface ProbeEnd {
  readonly node: string;
  readonly address: string;
}

/** UDP packets in both directions between two ends, and the record of each direction. */
export interface UdpProbe {
  /** Of the packets that `from` sends, as the other end received them. */
  flow(from: string): Promise<Flow>;
  /**
   * When the newest packet that the other end of `from` has put into its record was sent, CLOCK_REALTIME in milliseconds;
   * undefined before the first. What was sent earlier is in the record, or lost.
   */
  recordedUpTo(from: string): Promise<number | undefined>;
  stop(): Promise<void>;
}

/** A TCP connection that carries a checked stream in both directions. */
export interface TcpProbe {
  readonly ended: boolean;
  /** What the end on `node` has seen. */
  record(node: string): Promise<StreamRecord>;
  stop(): Promise<void>;
}

/** A probe starts at once but where the machine is very busy. */
const START_DEADLINE = 30_000;

const stopAll = async (processes: readonly LabProcess[]): Promise<void> => {
  for (const one of processes) one.kill("SIGTERM");
  await Promise.all(processes.map(({ ended }) => ended));
};

/** Where a probe writes its record. What an earlier probe of that name left must not be taken for this one's. */
const freshRecord = async (lab: Lab, name: string): Promise<string> => {
  const folder = join(lab.directory, "records");
  await mkdir(folder, { recursive: true });
  const file = join(folder, name);
  await Promise.all(["", ".schedule", ".outcome"].map((kind) => rm(`${file}${kind}`, { force: true })));
  return file;
};

/** The last whole entry of a record of arrivals, without reading the rest: records grow for minutes. */
const lastArrival = async (file: string): Promise<number | undefined> => {
  const handle = await open(file, "r").catch(() => undefined);
  if (handle === undefined) return undefined;
  try {
    const { size } = await handle.stat();
    const at = (Math.floor(size / RECORD_SIZE) - 1) * RECORD_SIZE;
    if (at < 0) return undefined;
    const { buffer } = await handle.read(new Uint8Array(RECORD_SIZE), 0, RECORD_SIZE, at);
    return parseArrivals(buffer)[0]?.sentAt;
  } finally {
    await handle.close();
  }
};

/** Packet every `interval` microseconds in each direction; the addresses need not be there yet. */
export const startUdpProbe = async (
  lab: Lab,
  [a, b]: readonly [ProbeEnd, ProbeEnd],
  { port, interval = 1000 }: { readonly port: number; readonly interval?: number },
): Promise<UdpProbe> => {
  const name = `udp-${a.node}-${b.node}-${port}`;
  const recordOf = new Map<string, string>();
  const processes: LabProcess[] = [];
  for (const [own, peer, ownPort, peerPort] of [
    [a, b, port, port + 1],
    [b, a, port + 1, port],
  ] as const) {
    const file = await freshRecord(lab, `${name}-at-${own.node}`);
    recordOf.set(own.node, file);
    const argv = [own.address, String(ownPort), peer.address, String(peerPort), String(interval), file];
    processes.push(await lab.start(own.node, name, [nativeProgram("udp-probe"), ...argv]));
  }
  // Written before the first packet: from then on there is something to read.
  const begun = await poll(
    async () => {
      const schedules = [...recordOf.values()].map((file) => readFile(`${file}.schedule`, "utf8").catch(() => ""));
      return (await Promise.all(schedules)).every((text) => text.endsWith("\n")) ? true : undefined;
    },
    { deadline: START_DEADLINE },
  );
  if (begun === undefined) {
    await stopAll(processes);
    throw new Error(`the probes between ${a.node} and ${b.node} do not start: see their logs in ${lab.directory}`);
  }
  const receivedFrom = (from: string): string => recordOf.get(from === a.node ? b.node : a.node) ?? "";
  return {
    flow: async (from) => {
      const schedule: { startNs: string; intervalNs: string } = JSON.parse(
        await readFile(`${recordOf.get(from)}.schedule`, "utf8"),
      );
      return {
        schedule: { start: Number(schedule.startNs) / 1e6, interval: Number(schedule.intervalNs) / 1e6 },
        arrivals: parseArrivals(await readFile(receivedFrom(from))),
      };
    },
    recordedUpTo: (from) => lastArrival(receivedFrom(from)),
    stop: () => stopAll(processes),
  };
};

/** Connects `client` to `server` and waits until octets flow both ways; throws when they do not within `deadline` milliseconds. */
export const startTcpProbe = async (
  lab: Lab,
  {
    client,
    server,
    port,
    deadline,
  }: { readonly client: ProbeEnd; readonly server: ProbeEnd; readonly port: number; readonly deadline: number },
): Promise<TcpProbe> => {
  const program = nativeProgram("tcp-probe");
  const files = new Map<string, string>();
  for (const { node } of [client, server]) files.set(node, await freshRecord(lab, `tcp-at-${node}`));
  const file = (node: string): string => files.get(node) ?? "";
  const record = async (node: string): Promise<StreamRecord> => parseStream(await readFile(file(node), "utf8"));
  const listening = [program, "listen", server.address, String(port), file(server.node)];
  const connecting = [program, "connect", client.address, "0", server.address, String(port), file(client.node)];
  const serving = await lab.start(server.node, "tcp-probe", listening);
  // The listener's record appears when it listens, or nearly so: a refused first attempt is tried again.
  let calling: LabProcess | undefined;
  const flowing = await poll(
    async () => {
      if (calling === undefined || !calling.running) calling = await lab.start(client.node, "tcp-probe", connecting);
      const both = await Promise.all([client.node, server.node].map((node) => record(node).catch(() => undefined)));
      return both.every((one) => (one?.progress.at(-1)?.received ?? 0) > 0) ? true : undefined;
    },
    { deadline, interval: 50 },
  );
  const processes = [serving, ...(calling === undefined ? [] : [calling])];
  if (flowing === undefined) {
    await stopAll(processes);
    throw new Error(`no TCP connection from ${client.node} to ${server.node} within ${deadline / 1000} s`);
  }
  return {
    get ended() {
      return processes.some((one) => !one.running);
    },
    record,
    stop: () => stopAll(processes),
  };
};
