import type { Log } from "#control/log.ts";
import type { Clock, Timer } from "#ports/clock.ts";
import type { KernelError } from "#ports/kernel.ts";
import type { Result } from "#wire/result.ts";
import type { Milliseconds } from "#wire/time.ts";

type Request = () => Promise<Result<void, KernelError>>;

/** Requests to the kernel, one after another. */
export interface KernelQueue {
  /** A request of its own; a refusal is logged. */
  add(what: string, request: Request): void;
  /**
   * Where the home address is to be: only the newest placement counts, one that is overtaken before its turn is left out, one
   * that is refused is tried again until overtaken.
   * @returns when it is done, or left out
   */
  place(what: string, request: Request): Promise<void>;
  readonly stopped: boolean;
  /** Ends after the request in progress. */
  stop(): Promise<void>;
}

export const createKernelQueue = (options: {
  readonly clock: Clock;
  readonly log: Log;
  readonly retryAfter: Milliseconds;
}): KernelQueue => {
  const { clock, log } = options;
  let tail: Promise<void> = Promise.resolve();
  let placement = 0;
  let stopped = false;
  let retry: Timer | undefined;

  const inTurn = (task: () => Promise<void>): Promise<void> => {
    tail = tail.then(() => (stopped ? undefined : task()));
    return tail;
  };
  const place = (what: string, request: Request): Promise<void> => {
    const mine = ++placement;
    retry?.cancel();
    const attempt = (): Promise<void> =>
      inTurn(async () => {
        if (mine !== placement) return;
        const result = await request();
        if (result.ok || mine !== placement || stopped) return;
        log.error({ error: result.error }, `cannot ${what}, trying again`);
        retry = clock.start(options.retryAfter, () => void attempt());
      });
    return attempt();
  };
  return {
    add: (what, request) => {
      void inTurn(async () => {
        const result = await request();
        if (!result.ok) log.warn({ error: result.error }, `cannot ${what}`);
      });
    },
    place,
    get stopped() {
      return stopped;
    },
    stop: () => {
      stopped = true;
      retry?.cancel();
      return tail;
    },
  };
};
