import { controlSocket } from "#lab/program-configs.ts";
import { roam6 } from "#lab/programs.ts";
import { finish } from "#lab/run.ts";
import type { Stage } from "./stage.ts";

/** What `roam6 COMMAND` printed, asked of the home agent on `node`. @throws Error where it did not succeed */
export const tellCluster = async ({ lab }: Stage, node: string, ...command: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await finish(roam6(...command, "--socket", controlSocket(lab, node)));
  if (code !== 0) throw new Error(`roam6 ${command.join(" ")}: exit code ${code}: ${stderr}${stdout}`);
  return stdout;
};
