import { describe, expect, it } from "vitest";
import { leaveStage } from "#test/lab/stage/stage.ts";
import { enginesAreRequired } from "#test/required.ts";
import { type GuestRun, type GuestTest, runGuest } from "./guest.ts";

const engine = process.env["ROAM6_LAB_ENGINE"] === "qemu" ? "qemu" : "uml";

const isGuest = process.env["lab_engine"] !== undefined;

const unavailable = (reason: string): GuestRun => ({ kind: "unavailable", reason });

const play = async (): Promise<GuestRun> => {
  if (process.getuid?.() !== 0) return unavailable("needs root");
  if (isGuest) return unavailable("this is the virtual machine");
  await leaveStage();
  return runGuest(engine);
};

/** Gives a test of the guest its place here: its title, its outcome, its failure text. */
const report = ({ title, state, duration, failure }: GuestTest): void => {
  if (state === "skipped") {
    it.skip(title);
    return;
  }
  it(title, async ({ annotate }) => {
    await annotate(`${duration} ms in the guest`);
    expect.soft(state, failure).toBe("passed");
  });
};

const run = await play();

if (run.kind === "unavailable") {
  describe("classic plane in a virtual machine", () => {
    if (enginesAreRequired && !isGuest) it("can be had here", () => expect.unreachable(run.reason));
    else it.skip(`cannot be had here: ${run.reason}`);
  });
} else if (run.kind === "broken") {
  describe("classic plane in a virtual machine", () => {
    it("comes to an end", () => expect.unreachable(run.reason));
  });
} else {
  const files = Map.groupBy(run.tests, ({ file }) => file);
  describe(`virtual machine with kernel ${run.kernel} (${engine})`, () => {
    it("has tests", () => expect(run.tests.length).toBeGreaterThan(0));
    for (const [file, tests] of files) describe(file, () => tests.forEach(report));
  });
}
