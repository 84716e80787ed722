import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { address } from "#ipv6/address.ts";
import { instantOf, millis } from "#wire/time.ts";
import { type Claim, lookUpCommit, type StreamQuestions } from "./commit-lookup.ts";
import type { StreamEntry } from "./entry-message.ts";

const claimOf = (epoch: number, claim = epoch * 100): Claim => ({ node: `ha${epoch}`, epoch, claim });
const epochEntry = (epoch: number, claim?: number): StreamEntry => ({ kind: "epoch", ...claimOf(epoch, claim) });
const record = (epoch: number, commit: number): StreamEntry => ({
  kind: "record",
  epoch,
  commit,
  record: {
    homeAddress: address("2001:db8:1::1"),
    careOfAddress: address("2001:db8:2::1"),
    sequence: 1,
    lifetime: millis(1),
    expiresAt: instantOf(1),
    flags: 0,
    replayTimestamp: 0n,
    spi: 0,
    epoch,
    revision: 0,
  },
});

/** A stream of these entries, from sequence 1 on; each question is answered from what stood there when it had so many. */
const streamOf = (entries: readonly StreamEntry[], length: () => number = () => entries.length): StreamQuestions => ({
  epoch: async () => {
    const last = entries.slice(0, length()).findLast(({ kind }) => kind === "epoch");
    return last?.kind === "epoch" ? last : undefined;
  },
  next: async (from) => {
    const stood = entries.slice(0, length());
    const index = Math.max(from, 1) - 1;
    const entry = stood[index];
    return entry && { sequence: index + 1, entry };
  },
  lastSequence: async () => length(),
});

const open = { claim: claimOf(2), commit: 5, size: 2, expectedLast: 3, isLost: false };
const before = [record(1, 1), epochEntry(2), record(2, 4)];

describe("a commit that was sent and not acknowledged", () => {
  it("is found by its own number, whole", async () => {
    const found = await lookUpCommit(open, streamOf([...before, record(2, 5), record(2, 5)]));
    expect(found).toEqual({ outcome: "stored", expectedLast: 5, isLost: false });
  });

  it("is sent again when nothing was stored", async () => {
    expect(await lookUpCommit(open, streamOf(before))).toEqual({ outcome: "again", expectedLast: 3, isLost: false });
  });

  it("is sent after an earlier one that had been given up and was stored after all", async () => {
    const found = await lookUpCommit(open, streamOf([...before, record(2, 3)]));
    expect(found).toEqual({ outcome: "again", expectedLast: 4, isLost: false });
  });

  it("is refused behind the claim of another, of a greater number or of the same", async () => {
    for (const other of [epochEntry(3), epochEntry(2, 999)]) {
      const { outcome } = await lookUpCommit(open, streamOf([...before, other]));
      expect(outcome).toEqual({ fencedBy: 3 });
    }
  });

  it("is refused by a record of a greater epoch", async () => {
    const { outcome } = await lookUpCommit(open, streamOf([...before, record(7, 1)]));
    expect(outcome).toEqual({ fencedBy: 7 });
  });

  it("asks for the epoch entry again when the stream ends too early, and then goes on from there", async () => {
    const lost = await lookUpCommit(open, streamOf([record(1, 1)]));
    expect(lost).toEqual({ outcome: { restartAfter: 1 }, expectedLast: 3, isLost: false });
    const restarted = await lookUpCommit(
      { ...open, expectedLast: 2 },
      streamOf([record(1, 1), epochEntry(2), record(2, 5)]),
    );
    expect(restarted.outcome).toBe("stored");
  });

  it("asks for the epoch entry again when a former owner wrote where its own entries stood", async () => {
    const { outcome, isLost } = await lookUpCommit(
      open,
      streamOf([record(1, 1), record(1, 2), record(1, 3), record(1, 4)]),
    );
    expect({ outcome, isLost }).toEqual({ outcome: { restartAfter: 4 }, isLost: true });
    const restarted = await lookUpCommit(
      { ...open, expectedLast: 4, isLost: true },
      streamOf([record(1, 1), record(1, 2), record(1, 3), record(1, 4), epochEntry(2)]),
    );
    expect(restarted).toEqual({ outcome: "again", expectedLast: 5, isLost: false });
  });

  it("gives up when the questions are not answered", async () => {
    const silent = { ...streamOf(before), lastSequence: () => Promise.reject(new Error("no leader")) };
    await expect(lookUpCommit(open, silent)).rejects.toThrow("no leader");
  });

  it("is never led behind another's claim by answers that are old (DESIGN §4.4)", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.integer({ min: 0, max: 4 }),
        fc.array(fc.nat(12), { minLength: 20, maxLength: 20 }),
        async (isStored, theirs, ages) => {
          const stored = isStored ? [record(2, 5), record(2, 5)] : [];
          const claimed = before.length + stored.length;
          const entries = [
            ...before,
            ...stored,
            epochEntry(3),
            ...Array.from({ length: theirs }, (_, index) => record(3, index)),
          ];
          // Any server has at least what was acknowledged to nobody before its leadership, or nothing of it.
          let asked = 0;
          const told = streamOf(entries, () => Math.max(0, entries.length - (ages[asked++ % ages.length] ?? 0)));
          const { outcome, expectedLast } = await lookUpCommit(open, told);
          expect(expectedLast).toBeLessThanOrEqual(claimed);
          if (outcome === "stored") expect(isStored).toBe(true);
          // The epoch entry is only written again where the stream does not end.
          if (typeof outcome === "object" && "restartAfter" in outcome)
            expect(outcome.restartAfter).toBeLessThan(entries.length);
        },
      ),
    );
  });
});
