import { expect, test } from "vitest";
import { type LabProcess, openLab } from "#lab/lab.ts";
import type { Scene } from "./scene.ts";
import { startPrograms } from "./start-programs.ts";

/** A lab in which the programs of these nodes run. */
const sceneWhere = (isRunning: (node: string) => boolean): Scene => {
  const lab = openLab("nolab");
  const programs = new Map<string, LabProcess>();
  return {
    lab,
    programs,
    start: async (node) => {
      programs.set(node, {
        node,
        name: "roam6",
        pid: 0,
        logFile: `/logs/${node}/roam6.log`,
        get running() {
          return isRunning(node);
        },
        ended: Promise.resolve(1),
        kill: () => undefined,
      });
    },
    living: () => [],
    edge: async () => undefined,
    owner: async () => undefined,
  };
};

test.each(["cn", "mn", "ha1", "ha2", "ha3"])(
  "a program of %s that ends is told at once, with its log",
  async (ending) => {
    let isOver = false;
    await expect(startPrograms(sceneWhere((node) => node !== ending && !isOver))).rejects.toThrow(
      `roam6 on ${ending} has ended: see /logs/${ending}/roam6.log`,
    );
    // Nobody waits for the others any longer.
    isOver = true;
  },
);
