import { askSim } from "#crowd/control-requests.ts";
import { prepareScene } from "#lab/demo/scene.ts";
import { startPrograms } from "#lab/demo/start-programs.ts";
import { type Lab, raiseLab } from "#lab/lab.ts";
import { configFile, controlSocket } from "#lab/program-configs.ts";
import { roam6 } from "#lab/programs.ts";
import { pass, poll } from "#lab/run.ts";
import { homeNetworkOf, LAB } from "#lab/topology.ts";
import type { Bench } from "./bench.ts";

const MOBILE_NODES = 2_000;
/** Binding Updates a second that are offered, one step after the other. */
const STEPS = [500, 1_000, 2_000, 4_000, 6_000, 7_000, 8_000, 9_000, 10_000, 12_000, 14_000, 16_000, 20_000];
const SETTLING = 2_000;
/** Whole seconds that a step is looked at. */
const MEASURED = 4;
/** Of what is offered so much is answered while the cluster keeps up; and within the time after which a mobile node asks again. */
const KEPT_UP = 0.95;
const PATIENCE = 1_000;
const REGISTRATION_DEADLINE = 60_000;

const { node } = LAB.crowd;

const startCrowd = async (lab: Lab): Promise<string> => {
  const socket = controlSocket(lab, node);
  const numbers = ["--mobile-nodes", String(MOBILE_NODES), "--ramp", "10", "--lifetime", "3600", "--seed", "1"];
  const program = await lab.start(node, "sim", roam6("sim", "-c", configFile(lab, node), "--keep", ...numbers));
  const ready = await poll(
    async () => {
      if (!program.running) throw new Error(`roam6 sim ended: see ${program.logFile}`);
      return (await askSim.status(socket))?.mobileNodes.registered === MOBILE_NODES ? true : undefined;
    },
    { deadline: REGISTRATION_DEADLINE, interval: 200 },
  );
  if (ready === undefined) throw new Error(`${MOBILE_NODES} mobile nodes are not registered in time`);
  return socket;
};

/** Offers a rate. @returns Binding Updates a second that were answered, and how long the slowest hundredth took */
const offer = async (socket: string, rate: number): Promise<{ answered: number; p99: number }> => {
  await askSim.set(socket, { rate });
  await pass(SETTLING);
  let answered = 0;
  let p99 = 0;
  for (let second = 0; second < MEASURED; second++) {
    await pass(1_000);
    const status = await askSim.status(socket);
    if (status === undefined) throw new Error("roam6 sim does not answer");
    answered += status.answered / MEASURED;
    p99 = Math.max(p99, status.p99);
  }
  return { answered, p99 };
};

/** Steps of rate until answers fall behind; the greatest rate that was answered in time. */
const findSaturation = async (): Promise<number> => {
  await using stack = new AsyncDisposableStack();
  const lab = stack.adopt(
    await raiseLab({ id: `s${process.pid.toString(36)}`, topology: homeNetworkOf(3) }),
    (raised) => raised.down(),
  );
  await startPrograms(await prepareScene(lab, "auto"));
  const socket = await startCrowd(lab);
  let reached = 0;
  for (const rate of STEPS) {
    const { answered, p99 } = await offer(socket, rate);
    process.stderr.write(`  ${rate} BU/s offered: ${Math.round(answered)} answered, p99 ${Math.round(p99)} ms\n`);
    if (answered < rate * KEPT_UP || p99 > PATIENCE) break;
    reached = Math.max(reached, answered);
  }
  return reached;
};

export const benches: readonly Bench[] = [
  {
    name: "saturation: three-node lab, roam6 sim, refreshes of 2 000 bindings answered before they are sent again",
    unit: "BU/s",
    run: findSaturation,
  },
];
