import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Lab } from "#lab/lab.ts";
import { nativeProgram } from "#lab/lab.ts";

const fileOf = (lab: Lab, node: string): string => join(lab.directory, node, "clock-step");

/** In the environment of a program whose clock can be stepped. */
export const STEPPABLE = "CLOCK_STEP_FILE";

/** Sets by how much the wall clock of a node's programs is off, in milliseconds; they need `steppableClock`. */
export const stepClock = (lab: Lab, node: string, by: number): Promise<void> => {
  const octets = new DataView(new ArrayBuffer(8));
  octets.setBigInt64(0, BigInt(Math.round(by)) * 1_000_000n, true);
  // Written in place: the programs have the file mapped.
  return writeFile(fileOf(lab, node), new Uint8Array(octets.buffer), { flag: "r+" });
};

/** Command line before that of a program whose wall clock is to be stepped: Linux has no such clock of a namespace. */
export const steppableClock = async (lab: Lab, node: string): Promise<string[]> => {
  await writeFile(fileOf(lab, node), new Uint8Array(8));
  return ["env", `LD_PRELOAD=${nativeProgram("clock-step.so")}`, `${STEPPABLE}=${fileOf(lab, node)}`];
};
