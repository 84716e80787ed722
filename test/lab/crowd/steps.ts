import { askControl } from "#control/client.ts";
import type { InstanceReport } from "#control/reports.ts";
import { askSim } from "#crowd/control-requests.ts";
import { runFarEnd } from "#crowd/far-end.ts";
import { sampledHomeAddresses } from "#crowd/far-end-command.ts";
import { type FarEndReport, readFarEnd } from "#crowd/far-end-record.ts";
import type { SimReport } from "#crowd/report.ts";
import { patience } from "#lab/demo/patience.ts";
import { configFile, controlSocket } from "#lab/program-configs.ts";
import { ask, roam6 } from "#lab/programs.ts";
import { LAB } from "#lab/topology.ts";
import { mustPoll, type Stage } from "#test/lab/stage/stage.ts";

/** As many as register at once without a retransmission on a busy machine. */
export const MOBILE_NODES = patience > 1 ? 40 : 200;
export const SAMPLE = 4;

/** How many bindings each instance has on a node. */
export interface BindingCounts {
  readonly node: string;
  readonly counts: readonly number[];
}

/** What was seen of the crowd. */
export interface CrowdSeen {
  /** While all were registered. */
  readonly registered: readonly BindingCounts[];
  /** After they had returned. */
  readonly returned: readonly BindingCounts[];
  readonly exitCode: number;
  readonly report: SimReport;
  readonly farEnd: FarEndReport;
}

/** Bindings of each instance on each home agent, when they are as `accept` asks on all of them. */
const bindingCounts = (
  { lab }: Stage,
  what: string,
  accept: (counts: readonly number[]) => boolean,
): Promise<readonly BindingCounts[]> =>
  mustPoll(what, async () => {
    const views = await Promise.all(
      LAB.homeAgents.map(async ({ node }) => {
        const said = await ask(lab, node, "instances");
        const counts = said?.instances.map((one: InstanceReport) => one.bindings) ?? [];
        return { node, counts };
      }),
    );
    return views.every(({ counts }) => accept(counts)) ? views : undefined;
  });

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

/** They register, move, refresh and return, with probes through some of their tunnels. */
export const playCrowd = async (stage: Stage): Promise<CrowdSeen> => {
  const { lab } = stage;
  const socket = controlSocket(lab, LAB.crowd.node);
  const homeAddresses = sampledHomeAddresses(MOBILE_NODES, SAMPLE);
  const numbers = ["--mobile-nodes", String(MOBILE_NODES), "--ramp", "2", "--lifetime", "12", "--first-timeout", "4"];
  const running = lab.run(
    LAB.crowd.node,
    roam6("sim", "-c", configFile(lab, LAB.crowd.node), ...numbers, "--seed", "1", "--json"),
  );
  await mustPoll("all are registered", async () =>
    (await askSim.status(socket))?.mobileNodes.registered === MOBILE_NODES ? true : undefined,
  );
  const far = new AbortController();
  const started = performance.now();
  const probing = runFarEnd({
    from: LAB.correspondent,
    homeAddresses,
    interval: 10,
    seconds: 0,
    inside: (argv) => lab.inside("cn", argv),
    record: `${lab.directory}/far-end.record`,
    signal: far.signal,
  });
  await mustPoll("probes come through all sampled tunnels", async () =>
    (await askSim.report(socket))?.flows.length === SAMPLE ? true : undefined,
  );
  await askSim.set(socket, { moveWithin: 2 });
  await mustPoll("all have moved and refreshed", async () => {
    const report = await askSim.report(socket);
    if (report === undefined || report.mobileNodes.awaiting > 0) return undefined;
    return report.latency.moves.count >= MOBILE_NODES && report.latency.refreshes.count > 0 ? true : undefined;
  });
  const registered = await bindingCounts(
    stage,
    "all three home agents have all bindings",
    (counts) => sum(counts) === MOBILE_NODES,
  );
  far.abort();
  const probed = await probing;
  if (!probed.ok) throw new Error(probed.error);
  const { record, outcome } = probed.value;
  const farEnd = readFarEnd(homeAddresses, record, { outcome, seconds: (performance.now() - started) / 1000 });
  await askControl(socket, { command: "end" });
  const { code, stdout, stderr } = await running;
  if (!stdout.startsWith("{")) throw new Error(`no report: ${stderr}`);
  const report: SimReport = JSON.parse(stdout);
  const returned = await bindingCounts(stage, "no home agent has a binding left", (counts) => sum(counts) === 0);
  return { registered, returned, exitCode: code, report, farEnd };
};
