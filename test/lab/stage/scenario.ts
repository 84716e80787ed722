import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from "vitest";
import { patience } from "#lab/demo/patience.ts";
import { keepFiles, type Stage, takeStage } from "./stage.ts";

/** Every wait inside has a deadline of its own; a busy machine needs a multiple of the usual half minute. */
const TIME_LIMIT = 240_000 * patience;

const PLAYED = "is played to its end";

/**
 * A scenario: its steps are played once, then each test judges what was seen.
 * @param folder of the scenario, which is also the name of the folder that is kept where it fails
 * @param play what happens; it gives what was seen, and throws where the story cannot go on
 * @param tests declares the tests; `seen()` is what `play` gave
 */
export const scenario = <Seen>(
  folder: string,
  play: (stage: Stage) => Promise<Seen>,
  tests: (seen: () => Seen) => void,
): void => {
  if (process.getuid?.() !== 0) {
    describe(folder, () => {
      it.skip("needs root, for it makes network namespaces");
    });
    return;
  }
  describe(folder, () => {
    let found: { readonly seen: Seen } | undefined;
    let failed = false;
    let problem: unknown;
    let abandoned = false;
    beforeAll(async () => {
      try {
        const stage = await takeStage();
        if (abandoned) return;
        found = { seen: await play(stage) };
      } catch (error) {
        failed = true;
        problem = error;
      }
    }, TIME_LIMIT);
    beforeEach(({ task, skip }) => skip(found === undefined && task.name !== PLAYED, "it was not played to its end"));
    afterEach(({ task }) => {
      if (task.result?.state === "fail") failed = true;
    });
    afterAll(async () => {
      abandoned = true;
      // Also one that took too long: its hook was cut off.
      if (failed || found === undefined) await keepFiles(folder);
    }, 60_000);
    // A test, so that reports have why there is nothing to judge.
    it(PLAYED, () => {
      if (found === undefined) throw problem ?? new Error("it took too long");
    });
    tests(() => {
      if (found === undefined) throw new Error("the scenario was not played to its end");
      return found.seen;
    });
  });
};
