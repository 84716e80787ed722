import type { Clock } from "#ports/clock.ts";
import type { NodeBus, NodeRequestError } from "#ports/node-bus.ts";
import { failed, ok } from "#wire/result.ts";
import { type Milliseconds, millis } from "#wire/time.ts";

/** What nodes of a simulated cluster tell each other. */
export interface FakeNodeBuses {
  /** The bus as one node has it. */
  of(node: string): NodeBus;
  /** A node that is cut off hears nothing and is not heard. */
  setReached(node: string, reached: boolean): void;
}

/**
 * Make an empty bus; whatever is said arrives `delay` later.
 * @param hears whether what one node says reaches another one now
 */
export const createFakeNodeBuses = (
  clock: Clock,
  delay: Milliseconds = millis(1),
  hears: (from: string, to: string) => boolean = () => true,
): FakeNodeBuses => {
  const serving = new Map<string, Parameters<NodeBus["serve"]>[0]>();
  const cutOff = new Set<string>();
  return {
    setReached: (node, reached) => {
      if (reached) cutOff.delete(node);
      else cutOff.add(node);
      if (reached) serving.get(node)?.reached();
    },
    of: (node) => ({
      serve: (handlers, signal) =>
        new Promise((resolve) => {
          if (signal.aborted) return resolve();
          serving.set(node, handlers);
          signal.addEventListener("abort", () => {
            if (serving.get(node) === handlers) serving.delete(node);
            resolve();
          });
          if (!cutOff.has(node)) handlers.reached();
          return undefined;
        }),
      publish: (report) => {
        if (cutOff.has(node)) return;
        clock.start(delay, () => {
          for (const [other, handlers] of serving)
            if (other !== node && !cutOff.has(other) && hears(node, other)) handlers.report(report);
        });
      },
      request: async (to, command) => {
        const handlers = serving.get(to);
        if (handlers === undefined || cutOff.has(node) || cutOff.has(to) || !hears(node, to) || !hears(to, node))
          return failed<NodeRequestError>({ code: "unreachable", message: `${to} does not answer` });
        const refusal = await handlers.command(command);
        return refusal === undefined ? ok(undefined) : failed<NodeRequestError>({ code: "refused", message: refusal });
      },
    }),
  };
};
