import { after, between, type Instant, type Milliseconds, millis, seconds } from "#wire/time.ts";

/**
 * The longest way of an entry from its writer to a reader that had nothing else to wait for: an election of the stream's
 * leader, a machine that was paused.
 */
export const PASSAGE = seconds(30);

/** How old the entries of one stream can be, by this node's boot-time clock alone. */
export interface EntryAges {
  /** The stream's leader was asked at `at`, and said that the stream ends with `sequence`. */
  ended(sequence: number, at: Instant): void;
  /** For how long an entry that is read at `now` can have been written; no limit for what was there at first. */
  atMost(sequence: number, now: Instant): Milliseconds;
  /** The stream was found to be another: nothing is known of it. */
  forget(): void;
}

interface End {
  readonly sequence: number;
  readonly at: Instant;
}

/** What lies behind the end of a stream was written after that end was told. */
export const createEntryAges = (): EntryAges => {
  /** The last end that was told, and the last that was read up to. */
  let told: End | undefined;
  let passed: End | undefined;
  return {
    ended: (sequence, at) => {
      passed ??= told;
      told = { sequence, at };
    },
    atMost: (sequence, now) => {
      if (told !== undefined && sequence > told.sequence) passed = told;
      if (passed === undefined || sequence <= passed.sequence) return millis(Number.POSITIVE_INFINITY);
      return between(passed.at, after(now, PASSAGE));
    },
    forget: () => {
      told = undefined;
      passed = undefined;
    },
  };
};
