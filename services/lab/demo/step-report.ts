import type { Window } from "#lab/analysis.ts";
import type { Measurement } from "./measurement.ts";
import { exceededLimits, type StepReport } from "./report.ts";
import type { Outcome, StoryStep } from "./story.ts";

/** A step and what became of it. */
export interface Played {
  readonly step: StoryStep;
  readonly outcome: Outcome;
}

/**
 * A probe that was due so shortly before something happens may leave late, or be on its way: what became of it is what the next step
 * did. Milliseconds.
 */
const ON_THE_WAY = 20;

/** The time that a step answers for: up to the next one, or to `end` where none follows. */
export const windowOf = (played: readonly Played[], index: number, end: number): Window => {
  const from = (at: number): number | undefined => {
    const begun = played[at]?.outcome.at;
    return begun === undefined || at === 0 ? begun : begun - ON_THE_WAY;
  };
  return { from: from(index) ?? end, to: from(index + 1) ?? end };
};

/** The figures of a step in its window; its times become milliseconds since `zero`. */
export const reportOf = async (
  { step, outcome }: Played,
  window: Window,
  zero: number,
  measurement: Measurement,
): Promise<StepReport> => {
  const figures = await measurement.figures(window);
  const { to } = window;
  return {
    title: step.title,
    from: outcome.at - zero,
    to: to - zero,
    ...(outcome.acknowledgedAfter === undefined ? {} : { acknowledgedAfter: outcome.acknowledgedAfter }),
    facts: outcome.facts,
    limits: step.limits,
    ...figures,
    problems: [...outcome.problems, ...exceededLimits(step.limits, figures)],
  };
};
