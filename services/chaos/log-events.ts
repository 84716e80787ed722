import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Lab } from "#lab/lab.ts";
import { LAB } from "#lab/topology.ts";
import { millis } from "#wire/time.ts";
import type { HistoryEvent } from "./history/history.ts";
import type { ClockStep } from "./stage.ts";

const HOME_AGENT_LOG = "roam6";

/** One line of a program's log; what is not of the type it has to be reads as absent. */
type Line = Readonly<Record<string, unknown>>;

const linesOf = (text: string): Line[] =>
  text.split("\n").flatMap((line) => {
    if (!line.startsWith("{")) return [];
    try {
      const parsed: unknown = JSON.parse(line);
      return typeof parsed === "object" && parsed !== null ? [{ ...parsed }] : [];
    } catch {
      // The last line of a program that was killed.
      return [];
    }
  });

const textOf = (line: Line, field: string): string | undefined => {
  const value = line[field];
  return typeof value === "string" ? value : undefined;
};
const numberOf = (line: Line, field: string): number | undefined => {
  const value = line[field];
  return typeof value === "number" ? value : undefined;
};

const atOf = (line: Line) => millis(Date.parse(textOf(line, "time") ?? "") || 0);

/** Binding Updates and acknowledgements of the lab's mobile node, as its log has them. */
export const mobileNodeEvents = (text: string): HistoryEvent[] =>
  linesOf(text).flatMap((line): HistoryEvent[] => {
    const sequence = numberOf(line, "sequence");
    const lifetime = numberOf(line, "lifetime");
    if (sequence === undefined || lifetime === undefined) return [];
    const common = { at: atOf(line), homeAddress: LAB.homeAddress, instance: LAB.instance, sequence };
    if (line["msg"] === "binding update sent") {
      const careOfAddress = textOf(line, "careOfAddress");
      const away = careOfAddress !== undefined && careOfAddress !== LAB.homeAddress;
      return [
        { type: "update.sent", ...common, lifetime: millis(away ? lifetime : 0), ...(away ? { careOfAddress } : {}) },
      ];
    }
    const status = numberOf(line, "status");
    if (line["msg"] === "binding acknowledgement received" && status !== undefined)
      return [{ type: "acknowledgement.received", ...common, status, lifetime: millis(lifetime) }];
    return [];
  });

/** Edges and ownership as a home agent's log has them; the guard's lines are in it as well. */
export const homeAgentEvents = (node: string, text: string): HistoryEvent[] =>
  linesOf(text).flatMap((line): HistoryEvent[] => {
    const instance = textOf(line, "instance");
    if (instance === undefined) return [];
    const at = atOf(line);
    const term = numberOf(line, "term");
    const epoch = numberOf(line, "epoch");
    if (line["msg"] === "edge taken" && term !== undefined) return [{ type: "edge.taken", at, node, instance, term }];
    if (line["msg"] === "edge withdrawn" && term !== undefined)
      return [{ type: "edge.withdrawn", at, node, instance, term }];
    if (line["event"] === "ownership.gained" && epoch !== undefined)
      return [{ type: "ownership.taken", at, node, instance, epoch }];
    return [];
  });

const logOf = (lab: Lab, node: string, name: string): Promise<Uint8Array> =>
  readFile(join(lab.directory, node, `${name}.log`)).catch(() => new Uint8Array());

const decoded = (octets: Uint8Array): string => new TextDecoder().decode(octets);

/** What a clock is stamped with may be written a moment later, when the clock has been stepped again. */
const STAMPED = 1000;

/**
 * Events of a node's log whose wall clock was stepped meanwhile. Which clock a line bears is told by its place in the file:
 * each step has noted how long the file was. Only a line written across a step may bear the clock of before.
 */
export const steppedEvents = (node: string, log: Uint8Array, steps: readonly ClockStep[]): HistoryEvent[] => {
  const spans = [{ from: 0, by: 0, logged: 0 }, ...steps];
  return spans.flatMap(({ from, by, logged }, place) => {
    const next = spans[place + 1];
    const before = spans[place - 1]?.by ?? 0;
    const isOutside = (at: number): boolean =>
      at < from - STAMPED || at > (next?.from ?? Number.POSITIVE_INFINITY) + STAMPED;
    return homeAgentEvents(node, decoded(log.subarray(logged, next?.logged ?? log.length))).map((event) => {
      const [own, former] = [event.at - by, event.at - before];
      return { ...event, at: millis(isOutside(own) && !isOutside(former) ? former : own) };
    });
  });
};

/** All events that the programs of a lab have logged so far. */
export const loggedEvents = async (
  lab: Lab,
  nodes: readonly string[],
  steps: readonly ClockStep[] = [],
): Promise<HistoryEvent[]> => {
  const ofNodes = await Promise.all(
    nodes.map(async (node) =>
      steppedEvents(
        node,
        await logOf(lab, node, HOME_AGENT_LOG),
        steps.filter((step) => step.node === node),
      ),
    ),
  );
  return [...mobileNodeEvents(decoded(await logOf(lab, "mn", "roam6"))), ...ofNodes.flat()];
};

/** Length of a node's log now, in octets. */
export const logLength = (lab: Lab, node: string): Promise<number> =>
  stat(join(lab.directory, node, `${HOME_AGENT_LOG}.log`)).then(
    ({ size }) => size,
    () => 0,
  );
