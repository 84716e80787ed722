import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CommandIo, EXIT } from "#cli/command.ts";
import { parseArguments } from "#cli/options.ts";
import { formatAddress, parseAddress, prefixOf } from "#ipv6/address.ts";
import { type Lab, openLab } from "#lab/lab.ts";
import { controlSocket } from "#lab/program-configs.ts";
import { LAB } from "#lab/topology.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { createAddressPlan } from "./address-plan.ts";
import { askSim } from "./control-requests.ts";
import { runFarEnd } from "./far-end.ts";
import { type FarEndReport, isReached, readFarEnd, tellFarEnd } from "./far-end-record.ts";
import { openHistoryFile } from "./history-file.ts";

export const farEndUsage = `usage: roam6 sim far-end --lab ID [--sample K] [OPTION]...
       roam6 sim far-end --from ADDRESS --home-addresses A,B,... [OPTION]...

A correspondent of simulated mobile nodes: sends numbered probes to some of their home addresses, which come out of the
tunnels, are checked there and answered by reverse tunnel. Exit code 0: every home address was reached, and none was lost or damaged.

      --lab ID             on node cn of the network lab ID, to mobile nodes that 'roam6 sim --lab ID' has registered
      --sample K           to K of them (8)
      --from ADDRESS       this host's address to send from
      --home-addresses A,B to these
      --interval MS        between two probes to the same home address (10)
      --duration S         then it ends; else at a signal
      --allowed-gap S      probes may be missing for so long, in seconds (0: none may be lost)
      --history FILE       write what came back as lines of JSON
      --json               print the report as JSON`;

const value = { type: "string" } as const;
const OPTIONS = {
  lab: value,
  sample: value,
  from: value,
  "home-addresses": value,
  interval: value,
  duration: value,
  "allowed-gap": value,
  history: value,
  json: { type: "boolean" },
} as const;

/** `fan-probe` takes so many. */
const MOST = 256;

/** Home addresses of `sample` of the first `registered` mobile nodes of a lab, evenly spread. */
export const sampledHomeAddresses = (registered: number, sample: number): readonly string[] => {
  const { homeAddresses, careOfPrefix } = LAB.crowd;
  const first = parseAddress(homeAddresses.first);
  const prefix = parseAddress(careOfPrefix.slice(0, careOfPrefix.indexOf("/")));
  if (!first.ok || !prefix.ok) return [];
  const plan = createAddressPlan({
    firstHomeAddress: first.value,
    count: homeAddresses.count,
    careOfPrefix: prefixOf(prefix.value, 48),
  });
  const many = Math.min(sample, registered);
  return Array.from({ length: many }, (_, at) => formatAddress(plan.homeAddress(Math.floor((at * registered) / many))));
};

/** Whom to probe in a lab: asks the crowd who is registered. */
const labSample = async (lab: Lab, sample: number): Promise<Result<readonly string[], string>> => {
  const status = await askSim.status(controlSocket(lab, LAB.crowd.node));
  if (status === undefined) return failed(`no 'roam6 sim' runs in the lab ${lab.id}; start it first`);
  const addresses = sampledHomeAddresses(status.mobileNodes.registered, sample);
  return addresses.length === 0 ? failed("no mobile node is registered yet") : ok(addresses);
};

const reportText = (report: FarEndReport): string => {
  const lines = report.flows.map((flow) => {
    const { sent, answered, lost, windows, roundTrip } = flow;
    const longest = Math.max(0, ...windows.map(({ start, end }) => end - start));
    if (answered === 0)
      return `${flow.homeAddress.padEnd(24)} ${sent} sent, none answered: registered, but not reachable\n`;
    return `${flow.homeAddress.padEnd(24)} ${sent} sent, ${answered} answered, ${lost} lost (${flow.lostAnswers} of them on the way back)${lost > 0 ? `, longest gap ${Math.round(longest)} ms` : ""}; round trip p50 ${roundTrip.p50} ms, p99 ${roundTrip.p99} ms, max ${roundTrip.max} ms\n`;
  });
  return `${lines.join("")}${report.damaged} damaged, ${report.refused} refused by the own host\n`;
};

const problem = (io: CommandIo, text: string, code: number): number => {
  io.stderr.write(`roam6 sim far-end: ${text}\n`);
  return code;
};

/** `roam6 sim far-end`. */
export const farEnd = async (args: readonly string[], io: CommandIo): Promise<number> => {
  const parsed = parseArguments(args, OPTIONS, { atLeast: 0, atMost: 0 });
  if (!parsed.ok) return problem(io, parsed.error, EXIT.usage);
  const { values, flags } = parsed.value;
  const number = (name: "sample" | "interval" | "duration" | "allowed-gap", fallback: number): number =>
    Number(values.get(name) ?? fallback);
  const [sample, interval, seconds] = [number("sample", 8), number("interval", 10), number("duration", 0)];
  const allowedGap = number("allowed-gap", 0) * 1000;
  if (!(sample >= 1 && sample <= MOST)) return problem(io, `--sample takes a number from 1 to ${MOST}`, EXIT.usage);
  if (!(interval >= 0.1 && interval <= 60_000))
    return problem(io, "--interval takes milliseconds from 0.1 to 60000", EXIT.usage);
  if (!Number.isInteger(seconds) || seconds < 0 || !(allowedGap >= 0))
    return problem(io, "--duration takes whole seconds, --allowed-gap seconds", EXIT.usage);
  const id = values.get("lab");
  const lab = id === undefined ? undefined : openLab(id);
  const from = lab === undefined ? values.get("from") : LAB.correspondent;
  const listed = values.get("home-addresses")?.split(",") ?? [];
  if (from === undefined || (lab === undefined && listed.length === 0))
    return problem(io, "give --lab ID, or --from and --home-addresses", EXIT.usage);
  const wrong = [from, ...listed].find((text) => !parseAddress(text).ok);
  if (wrong !== undefined) return problem(io, `'${wrong}' is no IPv6 address`, EXIT.usage);
  const chosen = lab === undefined || listed.length > 0 ? ok(listed) : await labSample(lab, sample);
  if (!chosen.ok) return problem(io, chosen.error, EXIT.failed);
  const homeAddresses = chosen.value;
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "roam6-far-end-"));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const started = performance.now();
  const begun = Date.now();
  const ended = await runFarEnd({
    from,
    homeAddresses,
    interval,
    seconds,
    inside: (argv) => (lab === undefined ? argv : lab.inside("cn", argv)),
    record: join(folder, "record"),
    signal: io.signal,
  });
  if (!ended.ok) return problem(io, ended.error, EXIT.failed);
  const { record, outcome } = ended.value;
  const report = readFarEnd(homeAddresses, record, { outcome, seconds: (performance.now() - started) / 1000 });
  const history = values.get("history");
  if (history !== undefined) {
    const sim = lab === undefined ? undefined : await askSim.report(controlSocket(lab, LAB.crowd.node));
    const instances = new Map(sim?.flows.map((flow) => [flow.homeAddress, flow.homeAgent]));
    const instanceOf = (homeAddress: string) => instances.get(homeAddress) ?? "";
    const file = stack.use(await openHistoryFile(history));
    tellFarEnd(homeAddresses, record, {
      instanceOf,
      history: file.write,
      schedule: { numbers: outcome.numbers, interval, begun },
    });
  }
  io.stdout.write(flags.has("json") ? `${JSON.stringify(report, undefined, 2)}\n` : reportText(report));
  return isReached(report, allowedGap) ? EXIT.done : EXIT.failed;
};
