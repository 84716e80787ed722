import type { TestProject } from "vitest/node";
import { removeLab } from "#lab/lab.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Id of the lab that the scenarios of one run share. */
    labId: string;
  }
}

/** Names the lab of this run, and removes at the end what is left of it. */
export default (project: TestProject): (() => Promise<void>) => {
  const id = `s${process.pid.toString(36)}`;
  project.provide("labId", id);
  return () => (process.getuid?.() === 0 ? removeLab(id) : Promise.resolve());
};
