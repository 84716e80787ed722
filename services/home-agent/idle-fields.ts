import type { Config, ConfigProblem } from "#control/config.ts";
import type { HomeAgentConfig } from "./config-schema.ts";

/** What concerns the home link alone. */
const OF_AN_EDGE = [
  ["homeLink", "device"],
  ["homeLink", "routerAdvertisements"],
  ["plane"],
  ["cluster", "hello", "port"],
] as const;

/** @returns the fields that are written although nothing comes of them, for the log */
export const idleFields = (config: Config<HomeAgentConfig>): readonly ConfigProblem[] =>
  config.value.edge
    ? []
    : OF_AN_EDGE.filter(config.isWritten).map((path) =>
        config.problemAt(
          path,
          "has no effect with edge: false",
          "write it into the edges' configs, and remove it here",
        ),
      );
