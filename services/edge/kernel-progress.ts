/** Up to which sequence of a stream the kernel forwards accordingly: who takes the edge has no more than that. */
export interface KernelProgress {
  readonly sequence: number;
  /**
   * The home agent has been told what stands there.
   * @param answer when the kernel has answered for it; left out where it asks nothing of the kernel itself
   */
  note(sequence: number, answer?: Promise<void>): void;
  /** The stream lacks what it had: what was noted counts for nothing. */
  reset(): void;
}

/** @param onChange called after each step */
export const createKernelProgress = (onChange: () => void): KernelProgress => {
  let reached = 0;
  let resets = 0;
  /** The kernel has not answered all that was noted; it answers in order. */
  let unanswered: Promise<void> | undefined;
  return {
    get sequence() {
      return reached;
    },
    note: (sequence, answer = unanswered) => {
      const since = resets;
      const settle = (): void => {
        if (unanswered === answer) unanswered = undefined;
        if (since !== resets) return;
        reached = Math.max(reached, sequence);
        onChange();
      };
      unanswered = answer;
      if (answer === undefined) settle();
      else void answer.then(settle);
    },
    reset: () => {
      resets++;
      reached = 0;
      unanswered = undefined;
    },
  };
};
