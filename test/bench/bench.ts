/** A figure, and what explains it: lines for people, in the table and in the JSON. */
export type Measured = number | { readonly value: number; readonly notes: readonly string[] };

/** One figure that `npm run bench` measures. A `*.bench.ts` file exports its figures as `benches: Bench[]`. */
export interface Bench {
  readonly name: string;
  /** Unit of the value, such as "M/s", "B" or "ms". */
  readonly unit: string;
  /** The figure to reach; a missed one is shown, it fails nothing. */
  readonly goal?: { readonly atLeast: number } | { readonly atMost: number };
  /** Name of the bench that this one is compared with; it is measured in the same run. */
  readonly baseline?: string;
  /** What others are said to reach, in the same unit: shown as stated, never measured. */
  readonly stated?: readonly { readonly of: string; readonly value: number }[];
  /**
   * Measures once, in some seconds (a soak: in as many minutes as it is told), and cleans up behind itself. Throws when
   * it cannot measure.
   */
  run(asked: { readonly minutes: number }): Promise<Measured> | Measured;
}
