import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHoldMemory, type Hold, type Holds } from "#edge/hold-memory.ts";
import { openHoldFile } from "./hold-file.ts";

describe("what a guard leaves to the one after it", () => {
  let folder = "";
  let path = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "roam6-holds-"));
    path = join(folder, "guard.sock.holds");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const read = (): [number, Hold][] => {
    using file = openHoldFile(path);
    return [...file.former];
  };

  it("is what the last one saved, whole, whatever was longer before it", () => {
    expect(read()).toEqual([]);
    const hold = { term: 4, epoch: 3, lastSequence: Number.MAX_SAFE_INTEGER };
    {
      using file = openHoldFile(path);
      file.save(
        new Map([
          [1, hold],
          [2, { term: 1, epoch: 0, lastSequence: 0 }],
        ]),
      );
      file.save(new Map([[2, hold]]));
    }
    expect(read()).toEqual([[2, hold]]);
    {
      using file = openHoldFile(path);
      file.save(new Map());
    }
    expect(read()).toEqual([]);
  });

  it("is nothing where the file is damaged, cut, of another kind or far too long", () => {
    {
      using file = openHoldFile(path);
      file.save(new Map([[1, { term: 4, epoch: 3, lastSequence: 9 }]]));
    }
    const whole = readFileSync(path);
    for (let end = 1; end < whole.length; end++) {
      writeFileSync(path, whole.subarray(0, end));
      expect(read()).toEqual([]);
    }
    for (const text of [
      "{}",
      "7",
      "[7]",
      "[[1,2,3]]",
      "[[1,2,3,-1]]",
      '[[1,"2",3,4]]',
      `[[1,2,3,4]]${" ".repeat(70_000)}`,
    ]) {
      writeFileSync(path, text);
      expect(read(), text.slice(0, 20)).toEqual([]);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        writeFileSync(path, bytes);
        expect(Array.isArray(read())).toBe(true);
      }),
      { numRuns: 200 },
    );
    expect(existsSync(path)).toBe(true);
  });
});

describe("memory of holds", () => {
  const open = (former: Holds = new Map()) => {
    const saved: [number, Hold][][] = [];
    return { saved, ...createHoldMemory(former, (holds) => saved.push([...holds])) };
  };
  const facts = (epoch: number, lastSequence: number) => ({
    canCommit: true,
    instances: [{ number: 1, eligible: true, epoch, lastSequence }],
  });
  const hold = (term: number, epoch: number, lastSequence: number): [number, Hold][] => [
    [1, { term, epoch, lastSequence }],
  ];

  it("saves term and progress of what is held, at each change, and of nothing else", () => {
    const { told, heard, saved } = open();
    told(facts(3, 8));
    expect(saved).toEqual([]);
    heard({ type: "edge.taken", instance: 1, term: 5 });
    told(facts(3, 9));
    told(facts(3, 9));
    heard({ type: "peer.changed", node: "ha2", alive: false });
    heard({ type: "edge.taken", instance: 1, term: 7 });
    heard({ type: "edge.withdrawn", instance: 1, term: 7 });
    told(facts(3, 10));
    expect(saved).toEqual([hold(5, 3, 8), hold(5, 3, 9), hold(7, 3, 9), []]);
  });

  it("is not overwritten by a main process that has still to read the stream", () => {
    const { told, saved } = open(new Map(hold(5, 3, 8)));
    told(facts(0, 0));
    expect(saved).toEqual([]);
    told(facts(4, 2));
    expect(saved).toEqual([hold(5, 4, 2)]);
  });
});
