import type { KernelError } from "#ports/kernel.ts";
import type { Result } from "#wire/result.ts";
import type { Suspects } from "./forwarding.ts";

/** Whole tables are read back for at most this part of the time, else each change could cost as much as there are bindings. */
const SHARE = 50;
/** Nobody waits for a look of less, in milliseconds. */
const SHORT = 20;
/** Beyond so many home addresses all of the instance are looked at. */
const MOST = 10_000;

/**
 * What may be left in the source filter without a route, by instance: of an earlier life, or of a care-of address that nobody named. To
 * find it, all routes and elements are read back. That is nothing while there are few; with very many it has to wait, and the
 * comparison of the kernel in the background may find it before.
 */
export interface Tidying {
  /** Anything of the instance may be stale. */
  suspectAll(instance: number): void;
  /** @param remove removes what is stale of these home addresses, of all when undefined; called now, at a later call or never */
  suspect(
    instance: number,
    suspects: Suspects,
    remove: (suspects: Suspects | undefined) => Promise<Result<void, KernelError>>,
  ): Promise<void>;
}

/** @param now milliseconds of any clock that only grows */
export const createTidying = (now: () => number = () => performance.now()): Tidying => {
  /** By instance; undefined for all of its home addresses. */
  const due = new Map<number, Suspects | undefined>();
  let allowedAt = Number.NEGATIVE_INFINITY;
  return {
    suspectAll: (instance) => void due.set(instance, undefined),
    suspect: async (instance, suspects, remove) => {
      if (suspects.size > 0 && !(due.has(instance) && due.get(instance) === undefined)) {
        const all = new Map([...(due.get(instance) ?? []), ...suspects]);
        due.set(instance, all.size > MOST ? undefined : all);
      }
      if (!due.has(instance) || now() < allowedAt) return;
      const started = now();
      const looked = due.get(instance);
      due.delete(instance);
      const removed = await remove(looked);
      const took = now() - started;
      if (took > SHORT) allowedAt = now() + took * SHARE;
      if (!removed.ok && !due.has(instance)) due.set(instance, looked);
    },
  };
};
