import type { ControlProblem } from "#control/client.ts";
import { readInstances, readStatus } from "#control/report-schemas.ts";
import type { ClusterInstanceReport, InstanceReport } from "#control/reports.ts";
import { failed, ok } from "#wire/result.ts";
import { type Ask, askingCommand } from "./ask.ts";
import { copiesText } from "./copies-text.ts";
import { formatTable } from "./table.ts";

const HEADINGS = [
  "NAME",
  "NUMBER",
  "ADDRESS",
  "ROLE",
  "OWNER",
  "TERM",
  "EPOCH",
  "SEQUENCE",
  "LEVEL",
  "BINDINGS",
  "EDGE",
  "STREAM LEADER",
  "COPIES",
  "SURVIVES",
];

/** What this node is for an instance, and what the cluster makes of it. */
type Row = InstanceReport & Partial<Omit<ClusterInstanceReport, keyof InstanceReport>>;

const row = (instance: Row): readonly string[] => [
  instance.name,
  String(instance.number),
  instance.homeAgentAddress,
  instance.role,
  instance.owner ?? "unknown",
  String(instance.term),
  String(instance.epoch),
  String(instance.followedSequence),
  instance.level ? "yes" : "no",
  String(instance.bindings),
  instance.edge ?? "-",
  instance.streamLeader ?? "-",
  copiesText({ replicas: instance.replicas ?? [] }),
  instance.survives?.text ?? "-",
];

/** The cluster's side of each instance; none where the program does not know it. */
const clusterSide = async (ask: Ask): Promise<ReadonlyMap<string, ClusterInstanceReport>> => {
  const answer = await ask({ command: "status" });
  const status = answer.ok ? readStatus(answer.value) : undefined;
  const known = status?.ok === true ? (status.value.clusterInstances ?? []) : [];
  return new Map(known.map((instance) => [instance.name, instance]));
};

/** `roam6 instances`. */
export const command = askingCommand("instances", "list the home agent instances of nodes", async (ask) => {
  const answer = await ask({ command: "instances" });
  if (!answer.ok) return answer;
  const report = readInstances(answer.value);
  if (!report.ok) return failed<ControlProblem>({ code: "broken", message: report.error });
  const cluster = await clusterSide(ask);
  const instances = report.value.instances.map((instance): Row => ({ ...cluster.get(instance.name), ...instance }));
  return ok({ value: { instances }, text: formatTable(HEADINGS, instances.map(row)) });
});
