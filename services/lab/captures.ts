import { join } from "node:path";
import type { Lab, LabProcess } from "./lab.ts";
import { finish } from "./run.ts";

/** Neither probes nor what is tunnelled: Neighbor Discovery and mobility signalling are left. */
const SIGNALLING = "ip6 and not udp and not tcp and not (ip6[6] = 41)";

/** Why nothing can be captured here, and what to do; undefined where it can. */
export const captureProblem = async (program = "tcpdump"): Promise<string | undefined> => {
  const { code, stderr } = await finish([program, "--version"]);
  if (code === 0) return undefined;
  return `captures need ${program}, which does not run here (${stderr.trim() || `exit code ${code}`}): apt-get install tcpdump`;
};

/** Starts a capture on each device of each node, `DEVICE.pcap` in the node's folder; they end with the lab. */
export const startCaptures = (lab: Lab): Promise<LabProcess[]> =>
  Promise.all(
    lab.topology.nodes.flatMap(({ name, devices }) =>
      devices.map((device) => {
        const file = join(lab.directory, name, `${device.name}.pcap`);
        return lab.start(name, "tcpdump", ["tcpdump", "-U", "-ni", device.name, "-w", file, SIGNALLING]);
      }),
    ),
  );
