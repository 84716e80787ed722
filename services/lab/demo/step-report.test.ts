import { expect, it } from "vitest";
import { type Played, windowOf } from "./step-report.ts";
import { story } from "./story.ts";

const [step] = story;
const played = [1_000, 2_000, 3_000].map((at): Played => {
  if (step === undefined) throw new Error("the story has no step");
  return { step, outcome: { at, facts: [], problems: [] } };
});

it("answers for a step from when it happens; what was on its way then is the step's doing, not that of the one before", () => {
  expect(windowOf(played, 0, 4_000)).toEqual({ from: 1_000, to: 1_980 });
  expect(windowOf(played, 1, 4_000)).toEqual({ from: 1_980, to: 2_980 });
  expect(windowOf(played, 2, 4_000)).toEqual({ from: 2_980, to: 4_000 });
});
