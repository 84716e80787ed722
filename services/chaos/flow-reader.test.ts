import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openFlow } from "./flow-reader.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "roam6-flow-"));
  await writeFile(join(folder, "schedule"), '{"startNs":"1000000000","intervalNs":1000000}\n');
  await writeFile(join(folder, "record"), "");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const arrivals = (...sequences: number[]): Uint8Array => {
  const bytes = new Uint8Array(24 * sequences.length);
  const view = new DataView(bytes.buffer);
  for (const [at, sequence] of sequences.entries()) {
    view.setUint32(at * 24, sequence, true);
    view.setBigUint64(at * 24 + 16, BigInt(1000 + sequence) * 1_000_000n, true);
  }
  return bytes;
};
const openIt = () => openFlow(join(folder, "record"), join(folder, "schedule"));

it("gives what was due as runs of packets that arrived and packets that did not", async () => {
  const flow = await openIt();
  await appendFile(join(folder, "record"), arrivals(0, 1, 4, 3, 7));
  expect(await flow.read()).toBe(1007);
  expect(flow.runs(1000, 1009)).toEqual([
    { arrived: true, from: 1000, until: 1001, count: 2 },
    { arrived: false, from: 1002, until: 1002, count: 1 },
    { arrived: true, from: 1003, until: 1004, count: 2 },
    { arrived: false, from: 1005, until: 1006, count: 2 },
    { arrived: true, from: 1007, until: 1007, count: 1 },
    { arrived: false, from: 1008, until: 1008, count: 1 },
  ]);
});

it("reads on where it stopped, and leaves a record that is not whole for the next time", async () => {
  const flow = await openIt();
  const bytes = arrivals(0, 1, 2);
  await appendFile(join(folder, "record"), bytes.subarray(0, 60));
  expect(await flow.read()).toBe(1001);
  await appendFile(join(folder, "record"), bytes.subarray(60));
  expect(await flow.read()).toBe(1002);
  expect(flow.runs(1000, 1003)).toEqual([{ arrived: true, from: 1000, until: 1002, count: 3 }]);
});

it("knows packets far beyond those before, and nothing before the first was due", async () => {
  const flow = await openIt();
  await appendFile(join(folder, "record"), arrivals(200_000));
  await flow.read();
  expect(flow.runs(0, 1001)).toEqual([{ arrived: false, from: 1000, until: 1000, count: 1 }]);
  expect(flow.runs(201_000, 201_001)).toEqual([{ arrived: true, from: 201_000, until: 201_000, count: 1 }]);
});
