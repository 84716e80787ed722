/** Source of random octets. The real one is cryptographic; the simulator's is seeded. */
export interface Random {
  bytes(length: number): Uint8Array;
  /** Uniform in [0, 1). */
  fraction(): number;
}
