import { now } from "#lab/demo/clock.ts";
import { poll } from "#lab/run.ts";
import { LAB } from "#lab/topology.ts";
import { millis } from "#wire/time.ts";
import { answeringAgain, unanswered } from "./answers.ts";
import { type Known, observeBindings } from "./bindings.ts";
import type { HistoryEvent } from "./history/history.ts";
import { loggedEvents } from "./log-events.ts";
import { figuresOf, settle } from "./measure.ts";
import type { InjectionReport } from "./report/report.ts";
import type { Injection, Scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";

/** Traffic flows on for so long after all is level, so that a second gap is seen. */
const QUIET = 300;
/**
 * What is to cost no packet is held to that by its goal; as a reason of a gap it serves for what a busy machine loses or one takeover
 * lasts, and no longer.
 */
const UNNOTICED = millis(100);
/** A Binding Update that was lost is sent again after at most 32 s (RFC 6275 §11.8, MAX_BINDACK_TIMEOUT). */
const ANSWER_DEADLINE = 40_000;
const MOST_NAMED = 5;

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Binding Updates and acknowledgements of all mobile nodes so far. */
const signallingOf = async (stage: Stage): Promise<HistoryEvent[]> => [
  ...(await loggedEvents(stage.lab, [])),
  ...((await stage.load?.events()) ?? []),
];

/** The owner of the probed instance, or another node where a fault holds that already. */
const targetOf = async (stage: Stage): Promise<string> => {
  const owner = await stage.owner();
  return stage.held.has(owner) ? stage.chance.pick(stage.nodes.filter((node) => !stage.held.has(node))) : owner;
};

/** What was done, and what did not happen as it had to. */
interface Struck {
  readonly injection: Injection;
  /** Instances that the node held. */
  readonly concerned: ReadonlySet<string>;
  readonly problems: string[];
}

const strike = async (stage: Stage, scenario: Scenario): Promise<Struck> => {
  const problems: string[] = [];
  const node = await targetOf(stage);
  stage.held.add(node);
  let concerned = new Set<string>([LAB.instance]);
  let attempted = now();
  try {
    await scenario.prepare?.(stage, node);
    concerned = new Set([LAB.instance, ...(await stage.holdings(node))]);
    attempted = now();
    return { injection: await scenario.inject(stage, node), concerned, problems };
  } catch (error) {
    if (stage.signal.aborted) throw error;
    problems.push(reasonOf(error));
    return { injection: { at: attempted, ended: now(), targets: [], facts: [] }, concerned, problems };
  } finally {
    stage.held.delete(node);
  }
};

/** Waits until the cluster is level and every Binding Update of before that is answered. @returns when it was level */
const recover = async (stage: Stage, problems: string[]): Promise<number | undefined> => {
  try {
    await stage.level();
  } catch (error) {
    if (stage.signal.aborted) throw error;
    problems.push(reasonOf(error));
    return undefined;
  }
  const level = now();
  let left: readonly string[] = [];
  await poll(
    async () => {
      stage.signal.throwIfAborted();
      left = unanswered(await signallingOf(stage), level);
      return left.length === 0 ? true : undefined;
    },
    { deadline: ANSWER_DEADLINE, interval: 100 },
  );
  if (left.length > 0)
    problems.push(
      `${left.length} mobile nodes have no acknowledgement of their newest Binding Update: ${left.slice(0, MOST_NAMED).join(", ")}`,
    );
  return level;
};

const recordFault = (stage: Stage, scenario: Scenario, fault: string, injection: Injection): void => {
  const { name, allowance, goal } = scenario;
  const { at, ended, targets } = injection;
  stage.record({
    ...{ type: "fault.begun", at: millis(at), fault, kind: name, targets, allowance: millis(allowance) },
    ...(goal.lost === 0 ? { longestGap: UNNOTICED } : {}),
  });
  if (ended !== at) stage.record({ type: "fault.ended", at: millis(ended), fault });
  for (const part of injection.isolated ?? (scenario.isolates === true ? [injection] : []))
    for (const node of part.targets) {
      stage.record({ type: "hearing.changed", at: millis(part.at), node, hears: [] });
      const others = stage.nodes.filter((other) => other !== node);
      stage.record({ type: "hearing.changed", at: millis(part.ended), node, hears: others });
    }
};

/** From the fault until Binding Updates were answered at once, for instances that the node held and for the others. */
const answersOf = async (
  stage: Stage,
  concerned: ReadonlySet<string>,
  span: { readonly from: number; readonly to: number },
): Promise<Pick<InjectionReport, "answered" | "elsewhere">> => {
  const signalling = await signallingOf(stage);
  const isConcerned = (event: HistoryEvent): boolean => "instance" in event && concerned.has(event.instance);
  const again = (own: boolean): number | undefined =>
    answeringAgain(
      signalling.filter((event) => isConcerned(event) === own),
      span.from,
      span.to,
    );
  const [answered, elsewhere] = [again(true), again(false)];
  return {
    ...(answered === undefined ? {} : { answered }),
    ...(elsewhere === undefined ? {} : { elsewhere }),
  };
};

/**
 * One fault: from a level cluster to a level cluster.
 * @param whole the stage; the fault draws from a chance of its own, so that how often it does changes nothing for those after it
 */
export const injectOne = async (
  whole: Stage,
  scenario: Scenario,
  about: { readonly number: number; readonly zero: number; readonly known: Known },
): Promise<InjectionReport> => {
  const { number, zero, known } = about;
  const stage = { ...whole, chance: whole.chance.fork() };
  await stage.pass(stage.chance.between(50, 500));
  const { injection, concerned, problems } = await strike(stage, scenario);
  const level = await recover(stage, problems);
  if (level !== undefined)
    for (const node of injection.targets)
      stage.record({ type: "node.changed", at: millis(level), node, state: "level" });
  await stage.pass(QUIET);
  const end = now();
  await settle(stage, end);
  recordFault(stage, scenario, `${scenario.name} ${number}`, injection);
  const seen = await observeBindings(stage, known);
  for (const event of seen.events) stage.record(event);
  if (seen.silent.length > 0) problems.push(`${seen.silent.join(", ")} did not tell what bindings it has`);
  const [inward, outward] = stage.flows.map(({ reader }) =>
    figuresOf(reader.runs(injection.at, end), injection, reader.interval),
  );
  if (inward === undefined || outward === undefined) throw new Error("there are two directions");
  return {
    number,
    kind: scenario.name,
    at: injection.at - zero,
    ended: injection.ended - zero,
    ...(injection.returned === undefined ? {} : { returned: injection.returned - zero }),
    ...(level === undefined ? {} : { level: level - zero }),
    targets: injection.targets,
    facts: injection.facts,
    flows: { in: inward, out: outward },
    ...(await answersOf(stage, concerned, { from: injection.at, to: end })),
    problems,
  };
};
