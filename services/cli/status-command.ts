import type { ControlProblem } from "#control/client.ts";
import { readStatus } from "#control/report-schemas.ts";
import type { ClusterInstanceReport, ClusterNodeReport, PeerReport, StatusReport } from "#control/reports.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { type Answer, type Ask, askingCommand } from "./ask.ts";
import { copiesText } from "./copies-text.ts";
import { formatDuration, formatTable } from "./table.ts";

const silenceText = ({ lastHeardMilliseconds: silence }: PeerReport): string =>
  silence < 0 ? "never" : `${Math.round(silence)} ms ago`;

const peerRow = (peer: PeerReport): readonly string[] => [
  peer.node,
  peer.alive ? (peer.mainAlive ? "alive" : "guard only") : "silent",
  peer.canCommit ? "yes" : "no",
  silenceText(peer),
];

const mobilityText = (report: StatusReport): readonly (readonly [string, string])[] => {
  const { mobility } = report;
  if (mobility === undefined) return [];
  const place = mobility.atHome ? "at home" : `away, care-of address ${mobility.careOfAddress ?? "not yet known"}`;
  return [
    ["home address", mobility.homeAddress],
    ["home agent", `${mobility.homeAgent}, ${mobility.registered ? "registered" : "not registered"}`],
    ["place", `${place}${mobility.device === undefined ? "" : ` on ${mobility.device}`}`],
  ];
};

const NODE_HEADINGS = ["NODE", "STATE", "COMMITS", "HOLDS", "LOAD", "CLOCK", "HEARD"];

const nodeState = (node: ClusterNodeReport, peer: PeerReport | undefined): string => {
  if (!node.heard && peer?.alive !== true) return "silent";
  if (peer !== undefined && !peer.mainAlive) return "guard only";
  if (node.drained) return "drained";
  if (node.clockOff) return "wrong clock";
  if (!node.heard) return "not on the bus";
  return node.placementAgrees ? "alive" : "other config";
};

const clockText = ({ clockOffsetMilliseconds: offset }: ClusterNodeReport): string =>
  offset === undefined ? "unknown" : `${offset >= 0 ? "+" : ""}${offset} ms`;

/** One row a home agent, this node first. */
const nodeRow =
  (peers: readonly PeerReport[]) =>
  (node: ClusterNodeReport, at: number): readonly string[] => {
    const peer = peers.find((known) => known.node === node.node);
    return [
      node.node,
      nodeState(node, peer),
      (peer?.canCommit ?? node.canCommit) ? "yes" : "no",
      node.holds.join(" ") || "-",
      peer?.load === undefined ? "-" : `${(peer.load / 10).toFixed(1)} %`,
      clockText(node),
      at === 0 ? "this node" : peer === undefined ? "never" : silenceText(peer),
    ];
  };

const INSTANCE_HEADINGS = ["INSTANCE", "OWNER", "EDGE", "EPOCH", "TERM", "STREAM LEADER", "COPIES", "SURVIVES"];

const instanceRow = (instance: ClusterInstanceReport): readonly string[] => [
  instance.name,
  instance.owner ?? "nobody",
  instance.edge === undefined
    ? "nobody"
    : instance.wanted === undefined || instance.wanted === instance.edge
      ? instance.edge
      : `${instance.edge} (wanted on ${instance.wanted})`,
  String(instance.epoch),
  String(instance.term),
  instance.streamLeader ?? "-",
  copiesText(instance),
  instance.survives.text,
];

/** What the whole cluster is like: nodes, then instances. */
const clusterText = ({ clusterNodes = [], clusterInstances = [], peers = [] }: StatusReport): string => {
  if (clusterInstances.length === 0) return "";
  const nodes = formatTable(NODE_HEADINGS, clusterNodes.map(nodeRow(peers)));
  return `\n${nodes}\n${formatTable(INSTANCE_HEADINGS, clusterInstances.map(instanceRow))}`;
};

/** Names and values, one pair a line. */
const pairs = (lines: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join("");
};

/** @returns the report as lines for people */
const describe = (report: StatusReport): string => {
  const { nats, peers, counters } = report;
  const lines: (readonly [string, string])[] = [
    ["node", `${report.node} (${report.role}, process ${report.processId})`],
    ["state", `${report.ready ? "ready" : "not ready"}, up ${formatDuration(report.uptimeSeconds)}`],
    ["data plane", report.plane],
    ...mobilityText(report),
  ];
  if (nats !== undefined) {
    const why = nats.problem === undefined ? "" : `: ${nats.problem}`;
    lines.push(["nats", `${nats.available ? "commits" : "cannot commit"}${why} (${nats.servers.join(", ")})`]);
  }
  if (report.drained === true) lines.push(["drained", `takes no instance until 'roam6 undrain ${report.node}'`]);
  const cluster = clusterText(report);
  const known =
    cluster === "" && peers !== undefined && peers.length > 0
      ? `\n${formatTable(["PEER", "STATE", "COMMITS", "HEARD"], peers.map(peerRow))}`
      : cluster;
  // Of very many, those that say something.
  const counts = Object.entries(counters ?? {}).filter(([, count]) => count > 0);
  const counted = counts.length === 0 ? "" : `\n${pairs(counts.map(([name, count]) => [name, String(count)]))}`;
  return `${pairs(lines)}${known}${counted}`;
};

/** Every node of roam6 says what it is; what plays nodes has a status of its own. */
const isNode = (answer: unknown): boolean => typeof answer === "object" && answer !== null && "role" in answer;

/** Asks one program how it is. */
export const fetchStatus = async (ask: Ask): Promise<Result<Answer, ControlProblem>> => {
  const answer = await ask({ command: "status" });
  if (!answer.ok) return answer;
  const report = readStatus(answer.value);
  if (!report.ok) {
    const code = isNode(answer.value) ? "broken" : "other-program";
    return failed<ControlProblem>({ code, message: report.error });
  }
  return ok({ value: report.value, text: describe(report.value) });
};

/** `roam6 status`. */
export const command = askingCommand("status", "ask running programs how they are", fetchStatus);
