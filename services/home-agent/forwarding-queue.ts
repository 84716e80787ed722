import { type Address, addressEquals } from "#ipv6/address.ts";
import type { Clock } from "#ports/clock.ts";
import type { ForwardingChange, Kernel, KernelError } from "#ports/kernel.ts";
import type { Result } from "#wire/result.ts";
import { millis } from "#wire/time.ts";

/** Changes in one call of the kernel port; it splits them into netlink batches of its own. */
const BATCH_LIMIT = 1024;
/** How often a removal that the kernel refuses is tried again, and how long after. */
const REMOVAL_TRIES = 3;
const REMOVAL_RETRY = millis(200);

/**
 * Brings one instance's forwarding entries into the kernel: one call in flight, meanwhile the newest wish of each binding is kept, so that
 * the queue never holds more than one change a binding.
 */
export interface ForwardingQueue {
  readonly waiting: number;
  /** A whole further batch waits behind the one in flight. */
  readonly isBehind: boolean;
  set(slot: number, homeAddress: Address, careOfAddress: Address, previous: Address | undefined): void;
  remove(slot: number, homeAddress: Address, careOfAddress: Address): void;
  /** Whether a change of this slot waits or is in flight. */
  has(slot: number): boolean;
  /** Resolves when nothing waits any more. */
  idle(): Promise<void>;
  /**
   * Resolves when the kernel has answered all that waits now, whatever comes meanwhile; undefined when nothing waits. Mostly the same promise
   * until another batch is begun.
   */
  answered(): Promise<void> | undefined;
  stop(): void;
}

/** Somebody waits for what was there when they asked. */
interface Mark {
  /** So many wishes of it are in no batch yet. */
  ahead: number;
  /** No batch was begun since. */
  isOpen: boolean;
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

/** The same change, from what the kernel has: its filter element for `inKernel` has to go. */
const replacing = (change: ForwardingChange, inKernel: Address): ForwardingChange => {
  if (change.kind === "remove") return { ...change, careOfAddress: inKernel };
  const { previous: _, ...wish } = change;
  return addressEquals(wish.careOfAddress, inKernel) ? wish : { ...wish, previous: inKernel };
};

/** A change that overtakes one the kernel never saw takes over what that one was to replace. */
const inPlaceOf = (unseen: ForwardingChange | undefined, change: ForwardingChange): ForwardingChange => {
  const inKernel = unseen?.kind === "set" ? unseen.previous : unseen?.careOfAddress;
  return inKernel === undefined ? change : replacing(change, inKernel);
};

export const createForwardingQueue = (options: {
  readonly kernel: Kernel;
  readonly number: number;
  readonly clock: Clock;
  readonly onProgrammed: (slot: number, careOfAddress: Address) => void;
  readonly onWithdrawn: (slot: number) => void;
  readonly onRefused: (slot: number, change: ForwardingChange, error: KernelError) => void;
}): ForwardingQueue => {
  const { kernel, number, clock } = options;
  const wishes = new Map<number, ForwardingChange>();
  const failures = new Map<number, number>();
  let flying = new Set<number>();
  let scheduled = false;
  let stopped = false;
  const whenIdle: (() => void)[] = [];
  let marks: Mark[] = [];

  const tellIdle = () => {
    if (!stopped && (wishes.size > 0 || flying.size > 0)) return;
    for (const resolve of whenIdle.splice(0)) resolve();
    tellAnswered();
  };

  const tellAnswered = () => {
    // A batch takes the oldest wishes, and a newer wish of the same binding stands where the older one stood.
    const over = marks.filter(({ ahead }) => stopped || ahead <= 0);
    marks = marks.filter((mark) => !over.includes(mark));
    for (const { resolve } of over) resolve();
  };

  const settle = (slot: number, change: ForwardingChange, result: Result<void, KernelError> | undefined) => {
    // A newer wish answers for this one, and must know what this one has left in the kernel.
    const newer = wishes.get(slot);
    if (newer !== undefined) {
      if (result?.ok === true && change.kind === "set") wishes.set(slot, replacing(newer, change.careOfAddress));
      return;
    }
    if (result?.ok === true) {
      failures.delete(slot);
      if (change.kind === "set") options.onProgrammed(slot, change.careOfAddress);
      else options.onWithdrawn(slot);
      return;
    }
    const error = result?.error ?? { code: "system" as const, errno: 0, message: "the kernel gave no result" };
    const tries = (failures.get(slot) ?? 0) + 1;
    options.onRefused(slot, change, error);
    if (change.kind === "set" || tries >= REMOVAL_TRIES) {
      failures.delete(slot);
      if (change.kind === "remove") options.onWithdrawn(slot);
      return;
    }
    failures.set(slot, tries);
    wishes.set(slot, change);
    clock.start(REMOVAL_RETRY, schedule);
  };

  const flush = async (): Promise<void> => {
    scheduled = false;
    while (flying.size === 0 && wishes.size > 0 && !stopped) {
      const batch: [number, ForwardingChange][] = [];
      for (const [slot, change] of wishes) {
        if (batch.length === BATCH_LIMIT) break;
        batch.push([slot, change]);
        wishes.delete(slot);
      }
      flying = new Set(batch.map(([slot]) => slot));
      for (const mark of marks) {
        mark.ahead -= batch.length;
        mark.isOpen = false;
      }
      const results = await kernel.apply(
        number,
        batch.map(([, change]) => change),
      );
      flying = new Set();
      if (stopped) break;
      let again = false;
      for (const [at, [slot, change]] of batch.entries()) {
        const failedBefore = failures.size;
        settle(slot, change, results[at]);
        again ||= failures.size > failedBefore;
      }
      tellAnswered();
      if (again) return; // the retry's timer goes on
    }
    tellIdle();
  };
  const schedule = () => {
    if (scheduled || stopped) return;
    scheduled = true;
    queueMicrotask(() => void flush());
  };
  return {
    get waiting() {
      return wishes.size + flying.size;
    },
    get isBehind() {
      return wishes.size >= BATCH_LIMIT;
    },
    set: (slot, homeAddress, careOfAddress, previous) => {
      const wish = {
        kind: "set" as const,
        homeAddress,
        careOfAddress,
        ...(previous === undefined ? {} : { previous }),
      };
      wishes.set(slot, inPlaceOf(wishes.get(slot), wish));
      schedule();
    },
    remove: (slot, homeAddress, careOfAddress) => {
      wishes.set(slot, inPlaceOf(wishes.get(slot), { kind: "remove", homeAddress, careOfAddress }));
      schedule();
    },
    has: (slot) => wishes.has(slot) || flying.has(slot),
    idle: () =>
      new Promise((resolve) => {
        whenIdle.push(resolve);
        tellIdle();
      }),
    answered: () => {
      if (wishes.size === 0 && flying.size === 0) return undefined;
      const last = marks.at(-1);
      // Who waits for the next batch has all of it; who waits for the call in flight alone does not wait for more.
      const isNext = last !== undefined && last.ahead > 0 && wishes.size <= BATCH_LIMIT;
      if (last?.isOpen === true && (isNext || last.ahead === wishes.size)) {
        last.ahead = wishes.size;
        return last.promise;
      }
      const mark: Mark = { ahead: wishes.size, isOpen: true, ...Promise.withResolvers<void>() };
      marks.push(mark);
      return mark.promise;
    },
    stop: () => {
      stopped = true;
      wishes.clear();
      tellIdle();
    },
  };
};
