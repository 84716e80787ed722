/**
 * Waits until a condition holds, looking every few milliseconds.
 * @throws Error after `within` milliseconds
 */
export const until = async (condition: () => boolean | Promise<boolean>, within = 30_000): Promise<void> => {
  const deadline = performance.now() + within;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not so within ${within} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
};
