import { UNSPECIFIED } from "#ipv6/address.ts";
import { makePair } from "#linux/kernel/device-pair.ts";
import { DECAPSULATE_MARK, ENCAPSULATION_PAIR, PLACEHOLDER_SOURCE, PRIORITY, TABLE } from "#linux/kernel/mark.ts";
import { setLocalRoute, setRoute } from "#linux/kernel/routes.ts";
import { ensureRules, type RuleSpec, yieldLocalRule } from "#linux/kernel/rules.ts";
import { setTunnelSource } from "#linux/kernel/segment-routing.ts";
import type { KernelSession } from "#linux/kernel/session.ts";
import { inOrder } from "#linux/kernel/steps.ts";
import { type Sysctl, writeAll } from "#linux/kernel/sysctl.ts";
import { tunnelMtu, wayOutMtu } from "#linux/kernel/tunnel-mtu.ts";
import type { KernelError } from "#ports/kernel.ts";
import { ok, type Result } from "#wire/result.ts";
import type { Encapsulation } from "./encapsulation.ts";
import { createTableElements, prepareFilter, readRefused, removeFilter, setAgent } from "./filter-table.ts";
import { METRIC_BASE } from "./forwarding.ts";

const DEFAULT = { address: UNSPECIFIED, length: 0 };

/** Rules that do not depend on an instance; those on instances send packets for a home prefix into the device pair. */
const RULES: readonly RuleSpec[] = [
  { priority: PRIORITY.DECAPSULATE, mark: DECAPSULATE_MARK, table: TABLE.DECAPSULATE },
  { priority: PRIORITY.ENCAPSULATED_INPUT, inputDevice: ENCAPSULATION_PAIR.exit, table: TABLE.BINDINGS },
  { priority: PRIORITY.ENCAPSULATED_OUTPUT, inputDevice: "lo", table: TABLE.BINDINGS },
  // What has passed the pair and has no binding, and what this host says itself, goes its usual way.
  { priority: PRIORITY.PASSED },
  { priority: PRIORITY.PASS_INPUT, inputDevice: ENCAPSULATION_PAIR.exit, goto: PRIORITY.PASSED },
  { priority: PRIORITY.PASS_OUTPUT, inputDevice: "lo", goto: PRIORITY.PASSED },
];

const prepare = async (session: KernelSession, sysctl: Sysctl): Promise<Result<number, KernelError>> => {
  const wayOut = await wayOutMtu(session);
  if (!wayOut.ok) return wayOut;
  const pair = await makePair(session, ENCAPSULATION_PAIR, tunnelMtu(wayOut.value));
  if (!pair.ok) return pair;
  const { entry, exit } = pair.value;
  const made = await inOrder(
    () => writeAll(sysctl, [[`conf/${ENCAPSULATION_PAIR.exit}/accept_ra`, "0"]]),
    () => setTunnelSource(session, PLACEHOLDER_SOURCE),
    () =>
      session.all([
        // What this kernel finds too big once it is encapsulated it tells the outer source, which is this: it stays here.
        setLocalRoute(exit, PLACEHOLDER_SOURCE),
        setRoute({
          table: TABLE.ENCAPSULATE,
          destination: DEFAULT,
          device: entry,
          priority: METRIC_BASE,
          action: { kind: "gateway", gateway: ENCAPSULATION_PAIR.exitAddress },
        }),
        setRoute({
          table: TABLE.DECAPSULATE,
          destination: DEFAULT,
          device: exit,
          priority: METRIC_BASE,
          action: { kind: "decapsulate", table: TABLE.ENCAPSULATE },
        }),
      ]),
    () => prepareFilter(session, "segment"),
    () => yieldLocalRule(session),
    () => ensureRules(session, RULES),
  );
  return made.ok ? ok(exit) : made;
};

/** By seg6 with a single segment, for kernels without ip6_tunnel; needs nf_tables, which also gives each packet its outer source. */
export const createSegmentEncapsulation = (session: KernelSession, sysctl: Sysctl): Encapsulation => ({
  elements: createTableElements(session),
  tellsSenders: false,
  homePrefixTable: TABLE.ENCAPSULATE,
  prepare: () => prepare(session, sysctl),
  action: (_, careOfAddress) => ({ kind: "encapsulate", segment: careOfAddress }),
  setAgent: (agent, present) => setAgent(session, agent, present),
  refusedPackets: () => readRefused(session),
  clear: () =>
    inOrder(
      () => removeFilter(session),
      () => setTunnelSource(session, UNSPECIFIED),
    ),
});
