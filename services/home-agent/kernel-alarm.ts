import type { Clock } from "#ports/clock.ts";
import { after, between, type Instant } from "#wire/time.ts";
import type { KernelFindings } from "./instance-audit.ts";
import { REFUSAL_PAUSE } from "./refusals.ts";

export interface Alarm {
  error(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** Tells what the comparisons of one instance with its kernel found. */
export interface KernelAlarm {
  compared(findings: KernelFindings): void;
}

/**
 * What differs once is told each time. What differs in one comparison after the other, although the kernel was asked to
 * mend it, is told when it begins, each hour while it lasts, and when it is over; what else is mended meanwhile is counted only.
 */
export const createKernelAlarm = (
  instance: string,
  deps: { readonly clock: Clock; readonly alarm: Alarm },
): KernelAlarm => {
  const { clock, alarm } = deps;
  let refusing: { readonly since: Instant; due: Instant } | undefined;

  const tellDifferences = ({ entries }: KernelFindings): void => {
    if (entries > 0) alarm.error({ instance, entries }, "the kernel differed from the bindings and is put right");
  };
  const tellRefusal = (entries: number, since: Instant, now: Instant): void =>
    alarm.error(
      { instance, entries, seconds: Math.round(between(since, now) / 1000) },
      "the kernel goes on refusing what the bindings ask for",
    );

  return {
    compared: (findings) => {
      const now = clock.now();
      if (findings.again === 0) {
        if (refusing !== undefined)
          alarm.warn(
            { instance, seconds: Math.round(between(refusing.since, now) / 1000) },
            "the kernel has taken what it had refused",
          );
        refusing = undefined;
        tellDifferences(findings);
      } else if (refusing === undefined || now >= refusing.due) {
        refusing = { since: refusing?.since ?? now, due: after(now, REFUSAL_PAUSE) };
        tellRefusal(findings.again, refusing.since, now);
      }
    },
  };
};
