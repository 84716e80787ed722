import type { Scenario } from "./scenario.ts";
import { busScenarios } from "./scenarios/bus.ts";
import { linkScenarios } from "./scenarios/links.ts";
import { machineScenarios } from "./scenarios/machine.ts";
import { processScenarios } from "./scenarios/processes.ts";
import { upkeepScenarios } from "./scenarios/upkeep.ts";

/** Everything that `roam6 chaos list` names. */
export const SCENARIOS: readonly Scenario[] = [
  ...processScenarios,
  ...linkScenarios,
  ...busScenarios,
  ...machineScenarios,
  ...upkeepScenarios,
];
