import { between, type Instant, type Milliseconds, seconds } from "#wire/time.ts";
import type { Crowd } from "./crowd.ts";
import type { SimSettings } from "./report.ts";

/** What of `rate` could not be offered is kept for so long, then counted as not offered. */
const BUDGET_SECONDS = 0.25;
/** Mobile nodes looked at for one more refresh, in one turn. */
const SEARCH = 512;
/** Mobile nodes tried for one move: some have no binding. */
const MOVE_TRIES = 8;

/** Decides who registers, moves, refreshes early and returns, and when: ramp, rate and moves of a run. */
export interface Pacer {
  /** How many shall be registered now, on the ramp. */
  readonly wanted: number;
  readonly settings: SimSettings;
  set(change: Partial<SimSettings>): void;
  /** All move once, spread evenly over this time. */
  moveAll(within: Milliseconds): void;
  /** Starts what is due; call it some hundred times a second. */
  advance(now: Instant): void;
}

/** Where a ramp is at `now`: from `from` to `to` in `length`, straight. */
export const rampValue = (
  ramp: { readonly from: number; readonly to: number; readonly start: Instant; readonly length: Milliseconds },
  now: Instant,
): number => {
  const part = ramp.length <= 0 ? 1 : Math.min(1, Math.max(0, between(ramp.start, now) / ramp.length));
  return Math.round(ramp.from + (ramp.to - ramp.from) * part);
};

export const createPacer = (
  initial: SimSettings,
  deps: {
    readonly crowd: Pick<Crowd, "register" | "refresh" | "move" | "deregister">;
    /** Most mobile nodes that there can be. */
    readonly capacity: number;
    readonly start: Instant;
    readonly random: () => number;
    /** Binding Updates sent for the first time so far, whatever their reason. */
    readonly offered: () => number;
    readonly notOffered: (count: number) => void;
  },
): Pacer => {
  const { crowd, capacity, random } = deps;
  let settings: SimSettings = { ...initial, mobileNodes: Math.min(initial.mobileNodes, capacity) };
  let ramp = { from: 0, to: settings.mobileNodes, start: deps.start, length: seconds(settings.ramp) };
  let last = deps.start;
  let wanted = 0;
  let budget = 0;
  let counted = 0;
  let moves = 0;
  let turn = 0;
  let moveAll:
    | { readonly start: Instant; readonly within: Milliseconds; readonly count: number; next: number }
    | undefined;

  const takeOffered = () => {
    const offered = deps.offered();
    budget -= offered - counted;
    counted = offered;
  };

  const followRamp = (now: Instant) => {
    const goal = rampValue(ramp, now);
    // A rate bounds the registrations too.
    const most = settings.rate > 0 ? Math.max(0, Math.floor(budget)) : capacity;
    const until = Math.min(goal, wanted + most);
    while (wanted < until) crowd.register(wanted++);
    while (wanted > goal) crowd.deregister(--wanted);
  };

  const followMoves = (now: Instant) => {
    if (moveAll !== undefined) {
      const until = rampValue({ from: 0, to: moveAll.count, start: moveAll.start, length: moveAll.within }, now);
      while (moveAll.next < until) crowd.move(moveAll.next++);
      if (moveAll.next >= moveAll.count) moveAll = undefined;
    }
    for (; moves >= 1; moves--)
      for (let tries = 0; tries < MOVE_TRIES; tries++) if (crowd.move(Math.floor(random() * wanted))) break;
  };

  /** Spends what is left of the rate on refreshes, round and round. */
  const fillUp = () => {
    for (let looked = 0; budget >= 1 && looked < SEARCH && wanted > 0; looked++) {
      turn = (turn + 1) % wanted;
      if (!crowd.refresh(turn)) continue;
      budget--;
      counted++;
    }
  };

  return {
    get wanted() {
      return wanted;
    },
    get settings() {
      return settings;
    },
    set: (change) => {
      const before = settings;
      const next = { ...settings, ...change };
      settings = { ...next, mobileNodes: Math.min(next.mobileNodes, capacity) };
      if (settings.mobileNodes !== before.mobileNodes)
        ramp = { from: wanted, to: settings.mobileNodes, start: last, length: seconds(settings.ramp) };
      if (settings.rate === 0) budget = 0;
    },
    moveAll: (within) => {
      moveAll = { start: last, within, count: wanted, next: 0 };
    },
    advance: (now) => {
      const passed = between(last, now) / 1000;
      last = now;
      moves = wanted === 0 ? 0 : moves + passed * settings.moveRate;
      budget += passed * settings.rate;
      takeOffered();
      followRamp(now);
      followMoves(now);
      takeOffered();
      if (settings.rate === 0) {
        budget = 0;
        return;
      }
      fillUp();
      const most = Math.max(1, settings.rate * BUDGET_SECONDS);
      // While the crowd is still growing, the rate is a bound and no promise.
      if (budget > most && wanted === settings.mobileNodes) deps.notOffered(Math.floor(budget - most));
      budget = Math.max(-settings.rate, Math.min(most, budget));
    },
  };
};
