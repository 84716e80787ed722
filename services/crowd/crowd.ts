import {
  type AcknowledgementVerdict,
  type BindingUpdateListEntry,
  backOff,
  holdDelay,
  initialTimeout,
  MAX_BINDACK_TIMEOUT,
  noteAcknowledged,
  noteSent,
  verdictOf,
} from "#binding/binding-update-list.ts";
import { createTimerWheel } from "#binding/timer-wheel.ts";
import { formatAddress } from "#ipv6/address.ts";
import { lifetimeOf } from "#mip6/lifetime.ts";
import type { BindingAcknowledgement } from "#mip6/messages/binding-messages.ts";
import { decodeMobilityPacket, type MobilityPacket } from "#mip6/packet.ts";
import { MESSAGE_TYPES } from "#mip6/registry.ts";
import { nextSequence } from "#mip6/sequence.ts";
import type { Clock } from "#ports/clock.ts";
import { after, between, type Instant, instantOf, type Milliseconds, millis } from "#wire/time.ts";
import type { AddressPlan } from "./address-plan.ts";
import type { HistorySink } from "./history-lines.ts";
import type { MobileNodeCounts } from "./report.ts";
import type { CrowdSignalling } from "./signalling.ts";
import { type CrowdTable, PHASE, REASON, type Reason } from "./table.ts";
import type { Tally } from "./tally.ts";

/** How late a retransmission or refresh may be. */
const WHEEL_TICK = millis(5);
/** A refresh is sent up to this part of its delay earlier, so that what registered together does not refresh together. */
const JITTER = 0.2;

/** Home registrations of many mobile nodes by the rules of one (RFC 6275 §11.7, §11.8), over a table. */
export interface Crowd {
  /** Registers a node that is not. */
  register(node: number): void;
  /** Asks for its lifetime anew. @returns false where the rate limit or an exchange under way forbids it now */
  refresh(node: number): boolean;
  /** Gives it its next care-of address and tells the home agent. @returns false where it has no binding */
  move(node: number): boolean;
  /** Ends its binding. */
  deregister(node: number): void;
  /** Takes a packet of the tap. */
  receive(bytes: Uint8Array): void;
  /** Sends what is due: retransmissions, refreshes, what the rate limit held back. */
  advance(): void;
  /** Binding Updates that wait to be sent; the caller takes them out. */
  readonly outbox: Uint8Array[];
  /** Looks at every node: who is registered now, who waits too long, whose lifetime is over. */
  census(wanted: number): MobileNodeCounts;
}

export const createCrowd = (
  table: CrowdTable,
  deps: {
    readonly plan: AddressPlan;
    readonly signalling: CrowdSignalling;
    readonly tally: Tally;
    readonly clock: Clock;
    /** 0 to 1, exclusive. */
    readonly random: () => number;
    /** An exchange that lasts longer counts as unanswered. */
    readonly answerWithin: Milliseconds;
    /** A registration of the node was acknowledged. */
    readonly onRegistered?: (node: number) => void;
    readonly history?: HistorySink | undefined;
  },
): Crowd => {
  const { plan, signalling, tally, clock, history } = deps;
  const { phase } = table;
  const wheel = createTimerWheel(clock.now(), WHEEL_TICK);
  const outbox: Uint8Array[] = [];

  const reasonOf = (node: number): Reason => {
    const reason = table.reason[node];
    return reason === 1 || reason === 2 || reason === 3 ? reason : REASON.registration;
  };

  /** A retransmission has a greater sequence number than the one before it (RFC 6275 §11.8). */
  const send = (node: number, entry: BindingUpdateListEntry, now: Instant) => {
    const sending = { ...entry, sequence: nextSequence(entry.sequence), attempts: entry.attempts + 1 };
    table.keep(node, noteSent(sending, { at: now, lifetime: sending.lifetime }));
    outbox.push(signalling.bindingUpdate(node, sending.lifetime, clock.wall()));
    phase[node] = PHASE.awaiting;
    wheel.set(node, after(now, sending.timeout));
    tally.sent(reasonOf(node), sending.attempts);
    history?.({
      type: "update.sent",
      at: millis(clock.wall()),
      homeAddress: formatAddress(plan.homeAddress(node)),
      instance: signalling.homeAgentOf(node).name,
      sequence: sending.sequence,
      ...(table.returning[node] === 1 ? {} : { careOfAddress: formatAddress(signalling.careOfAddress(node)) }),
      lifetime: sending.lifetime,
    });
  };

  const sendFirst = (node: number, entry: BindingUpdateListEntry, now: Instant) =>
    send(node, { ...entry, timeout: initialTimeout(entry), attempts: 0 }, now);

  /** Sends, or waits until the rate limit lets it (RFC 6275 §11.8: three a second). */
  const sendOrHold = (node: number, entry: BindingUpdateListEntry, now: Instant) => {
    const hold = holdDelay(entry, now);
    if (hold === 0) return sendFirst(node, entry, now);
    table.keep(node, entry);
    phase[node] = PHASE.held;
    wheel.set(node, after(now, hold));
  };

  const begin = (node: number, reason: Reason) => {
    const now = clock.now();
    table.reason[node] = reason;
    table.returning[node] = reason === REASON.deregistration ? 1 : 0;
    table.startedAt[node] = now;
    table.overdue[node] = 0;
    const entry = table.entry(node);
    const lifetime = reason === REASON.deregistration ? millis(0) : entry.wantedLifetime;
    sendOrHold(node, { ...entry, lifetime, corrections: 0 }, now);
  };

  const endExchange = (node: number, next: number) => {
    phase[node] = next;
    table.lapsed[node] = 0;
    wheel.cancel(node);
  };

  const settle = (node: number, verdict: AcknowledgementVerdict, told: BindingUpdateListEntry, now: Instant) => {
    table.keep(node, told);
    switch (verdict) {
      case "registered":
        tally.answered(reasonOf(node), now - (table.startedAt[node] ?? now));
        endExchange(node, PHASE.registered);
        wheel.set(node, after(now, millis(told.refreshDelay * (1 - JITTER * deps.random()))));
        deps.onRegistered?.(node);
        return;
      case "deregistered":
        tally.answered(reasonOf(node), now - (table.startedAt[node] ?? now));
        return endExchange(node, PHASE.idle);
      case "correctable":
        tally.refused(told.lastStatus ?? 0);
        return sendOrHold(node, told, now);
      case "duplicate-address":
      case "authentication-failed":
        tally.refused(told.lastStatus ?? 0);
        return endExchange(node, PHASE.barred);
      case "refused":
        tally.refused(told.lastStatus ?? 0);
        endExchange(node, PHASE.refused);
        return wheel.set(node, after(now, MAX_BINDACK_TIMEOUT));
      case "ignored":
        return tally.ignored("old sequence number");
    }
  };

  const acknowledge = (node: number, packet: MobilityPacket, message: BindingAcknowledgement) => {
    if (phase[node] !== PHASE.awaiting) return tally.ignored("nothing awaited");
    // A late answer to a Binding Update that has been sent again since.
    if (message.sequence !== table.sequence[node] && message.status !== 135)
      return tally.ignored("old sequence number");
    const problem = signalling.problemOf(node, packet, message);
    if (problem !== undefined) return tally.ignored(problem);
    const received = clock.wall();
    const now = clock.now();
    const entry = table.entry(node);
    const sent = entry.sentAt.at(-1);
    if (sent !== undefined) signalling.followClock(node, message, { received, roundTrip: between(sent, now) });
    const answer = {
      status: message.status,
      sequence: message.sequence,
      lifetime: lifetimeOf(message.lifetime),
      at: now,
    };
    const verdict = verdictOf(entry, answer);
    if (verdict !== "ignored")
      history?.({
        type: "acknowledgement.received",
        at: millis(clock.wall()),
        homeAddress: formatAddress(plan.homeAddress(node)),
        instance: signalling.homeAgentOf(node).name,
        ...{ sequence: answer.sequence, status: answer.status, lifetime: answer.lifetime },
      });
    settle(node, verdict, noteAcknowledged(entry, answer), now);
  };

  const due = (node: number) => {
    const now = clock.now();
    switch (phase[node]) {
      case PHASE.held:
        return sendFirst(node, table.entry(node), now);
      case PHASE.awaiting: {
        const entry = table.entry(node);
        // The binding has ended by itself: nothing is left to de-register.
        if (table.returning[node] === 1 && (entry.expiresAt ?? 0) <= now) return endExchange(node, PHASE.idle);
        return send(node, { ...entry, timeout: backOff(entry.timeout) }, now);
      }
      case PHASE.registered:
        return begin(node, REASON.refresh);
      case PHASE.refused:
        return begin(node, reasonOf(node));
    }
  };

  return {
    outbox,
    register: (node) => {
      if (phase[node] === PHASE.idle || table.returning[node] === 1) begin(node, REASON.registration);
    },
    refresh: (node) => {
      if (phase[node] !== PHASE.registered || holdDelay(table.entry(node), clock.now()) > 0) return false;
      begin(node, REASON.refresh);
      return true;
    },
    move: (node) => {
      if (table.returning[node] === 1 || (table.acknowledgedUntil[node] ?? 0) === 0) return false;
      table.place[node] = (table.place[node] ?? 0) + 1;
      begin(node, REASON.move);
      return true;
    },
    deregister: (node) => {
      if (phase[node] === PHASE.idle || table.returning[node] === 1) return;
      begin(node, REASON.deregistration);
    },
    receive: (bytes) => {
      const decoded = decodeMobilityPacket(bytes);
      if (!decoded.ok) return tally.ignored(decoded.error.code);
      const { message, routingHome } = decoded.value;
      if (message.type !== MESSAGE_TYPES.bindingAcknowledgement || !("status" in message)) return;
      const node = routingHome === undefined ? -1 : plan.nodeOfHomeAddress(routingHome);
      if (node < 0) return tally.ignored("no home address of ours");
      acknowledge(node, decoded.value, message);
    },
    advance: () => wheel.advance(clock.now(), due),
    census: (wanted) => {
      const now = clock.now();
      const counts = { wanted, registered: 0, awaiting: 0, refused: 0, lapsed: 0 };
      for (let node = 0; node < table.count; node++) {
        const until = table.acknowledgedUntil[node] ?? 0;
        if (phase[node] === PHASE.awaiting || phase[node] === PHASE.held) {
          counts.awaiting++;
          if (table.overdue[node] === 0 && instantOf(table.startedAt[node] ?? 0) + deps.answerWithin < now) {
            table.overdue[node] = 1;
            tally.unanswered();
          }
        }
        if (phase[node] === PHASE.refused || phase[node] === PHASE.barred) counts.refused++;
        if (until === 0) continue;
        if (until > now) counts.registered++;
        else if (table.lapsed[node] === 0 && table.returning[node] === 0) {
          table.lapsed[node] = 1;
          tally.lapsed();
        }
        if (table.lapsed[node] === 1) counts.lapsed++;
      }
      return counts;
    },
  };
};
