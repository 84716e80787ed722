import type { Clock } from "#ports/clock.ts";
import { millis } from "#wire/time.ts";

/**
 * A process of a simulated host: all that reaches it, timers included, comes through here, so that it can be stopped
 * (SIGSTOP), continued, and killed between any two of its steps. What it asked for outside goes on without it.
 */
export interface FakeProcess {
  /** The host's clock; its timers are this process's own. */
  readonly clock: Clock;
  readonly state: "running" | "paused" | "dead";
  /** Hands it work from outside: at once, when it is continued, or never. */
  deliver(work: () => void): void;
  pause(): void;
  resume(): void;
  kill(): void;
}

/** What waits in the sockets of a stopped process; what comes beyond is lost. */
const BACKLOG = 512;

export const createFakeProcess = (host: Clock): FakeProcess => {
  let state: FakeProcess["state"] = "running";
  let waiting: (() => void)[] = [];
  const run = (work: () => void): void => {
    if (state === "running") work();
    else if (state === "paused") waiting.push(work);
  };
  return {
    get state() {
      return state;
    },
    clock: {
      now: () => host.now(),
      wall: () => host.wall(),
      start: (delay, callback) => {
        let isCancelled = false;
        const timer = host.start(delay, () =>
          run(() => {
            if (!isCancelled) callback();
          }),
        );
        return {
          cancel: () => {
            isCancelled = true;
            timer.cancel();
          },
        };
      },
    },
    deliver: (work) => {
      if (waiting.length < BACKLOG) run(work);
    },
    pause: () => {
      if (state === "running") state = "paused";
    },
    resume: () => {
      if (state !== "paused") return;
      state = "running";
      const due = waiting;
      waiting = [];
      // One after the other, in turns of their own: each may start what comes before the next.
      for (const work of due) host.start(millis(0), () => run(work));
    },
    kill: () => {
      state = "dead";
      waiting = [];
    },
  };
};
