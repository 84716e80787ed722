import type { HistoryEvent } from "./history/history.ts";

/** A Binding Update that is answered within so many milliseconds was answered at once, also on a busy machine. */
const AT_ONCE = 250;
/** What was sent so shortly before the end may be answered yet. */
const LATEST = 300;

/**
 * How long after a fault Binding Updates were not answered at once: up to the last answer that came late, or the last Binding
 * Update that had none. The pace of retransmissions is the mobile node's own, and does not count.
 * @param events Binding Updates and acknowledgements in the order of each mobile node
 * @returns milliseconds, 0 when all were answered at once; undefined when none was sent
 */
export const answeringAgain = (events: readonly HistoryEvent[], fault: number, end: number): number | undefined => {
  const answers = new Map<string, number>();
  for (const event of events) {
    if (event.type === "acknowledgement.received" && event.at >= fault)
      answers.set(`${event.homeAddress} ${event.sequence}`, event.at);
  }
  let again: number | undefined;
  for (const event of events) {
    if (event.type !== "update.sent" || event.at < fault || event.at > end - LATEST) continue;
    const answered = answers.get(`${event.homeAddress} ${event.sequence}`);
    const isLate = answered === undefined || answered - event.at > AT_ONCE;
    again = Math.max(again ?? 0, isLate ? (answered ?? event.at) - fault : 0);
  }
  return again;
};

/**
 * Home addresses whose newest Binding Update of those sent up to `by` has no acknowledgement of status below 128, nor has a later
 * one: nobody has told their mobile nodes that they are registered where they are.
 * @param events Binding Updates and acknowledgements in the order of each mobile node
 */
export const unanswered = (events: readonly HistoryEvent[], by: number): string[] => {
  const open = new Map<string, Set<number>>();
  for (const event of events) {
    if (event.type === "update.sent") {
      const own = open.get(event.homeAddress);
      // What was sent later may still be on its way, but its answer is one to all before.
      if (event.at <= by) open.set(event.homeAddress, new Set([event.sequence]));
      else own?.add(event.sequence);
    } else if (event.type === "acknowledgement.received" && event.status < 128) {
      if (open.get(event.homeAddress)?.has(event.sequence)) open.delete(event.homeAddress);
    }
  }
  return [...open.keys()];
};
