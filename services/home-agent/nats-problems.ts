import type { Config } from "#control/config.ts";
import type { ConfigProblem } from "#control/config-problems.ts";
import type { HomeAgentConfig } from "./config-schema.ts";

/** What is wrong with the way to the bus. */
export const natsProblems = ({ value, problemAt }: Config<HomeAgentConfig>): readonly ConfigProblem[] => {
  const problems: ConfigProblem[] = [];
  const { nats } = value;
  if (nats.servers !== undefined && nats.embedded !== undefined)
    problems.push(problemAt(["nats", "embedded"], "stands beside nats.servers", "keep one of the two"));
  return problems;
};
