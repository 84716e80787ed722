import type { KernelError } from "#ports/kernel.ts";
import { done, type Result } from "#wire/result.ts";

/** Takes steps one after the other; the first refusal ends them and is the result. */
export const inOrder = async (
  ...steps: readonly (() => Promise<Result<unknown, KernelError>>)[]
): Promise<Result<void, KernelError>> => {
  for (const step of steps) {
    const result = await step();
    if (!result.ok) return result;
  }
  return done;
};
