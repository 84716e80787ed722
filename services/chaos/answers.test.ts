import { expect, it } from "vitest";
import { millis } from "#wire/time.ts";
import { answeringAgain, unanswered } from "./answers.ts";
import type { HistoryEvent } from "./history/history.ts";

const sent = (at: number, sequence: number): HistoryEvent => ({
  type: "update.sent",
  at: millis(at),
  homeAddress: "2001:db8:1::1",
  instance: "a",
  sequence,
  lifetime: millis(60_000),
  careOfAddress: "2001:db8:f1::1",
});
const answered = (at: number, sequence: number, status = 0): HistoryEvent => ({
  type: "acknowledgement.received",
  at: millis(at),
  homeAddress: "2001:db8:1::1",
  instance: "a",
  sequence,
  status,
  lifetime: millis(60_000),
});

it("is 0 where all Binding Updates are answered at once, and undefined where none was sent", () => {
  expect(answeringAgain([sent(100, 1), answered(110, 1)], 90, 1000)).toBe(0);
  expect(answeringAgain([sent(100, 1), answered(110, 1)], 200, 1000)).toBeUndefined();
});

it("counts up to the last Binding Update without an answer, and not the pause before it is sent again", () => {
  const events = [sent(100, 1), sent(1600, 2), sent(4600, 3), answered(4610, 3)];
  expect(answeringAgain(events, 90, 6000)).toBe(1510);
});

it("counts up to an answer that comes late", () => {
  expect(answeringAgain([sent(100, 1), answered(900, 1)], 90, 6000)).toBe(810);
});

it("leaves out what was sent just before the end", () => {
  expect(answeringAgain([sent(100, 1), answered(110, 1), sent(990, 2)], 90, 1000)).toBe(0);
});

it("knows who has no acknowledgement of the newest Binding Update", () => {
  expect(unanswered([sent(100, 1), answered(110, 1)], 500)).toEqual([]);
  expect(unanswered([sent(100, 1), answered(110, 1), sent(200, 2)], 500)).toEqual(["2001:db8:1::1"]);
  expect(unanswered([sent(100, 1), answered(110, 1, 130)], 500)).toEqual(["2001:db8:1::1"]);
});

it("takes the answer to a later Binding Update for one to all before, and asks for none to what was sent later", () => {
  expect(unanswered([sent(100, 1), sent(1600, 2), answered(1610, 2)], 500)).toEqual([]);
  expect(unanswered([sent(100, 1), answered(110, 1), sent(600, 2)], 500)).toEqual([]);
  expect(unanswered([sent(100, 1), sent(600, 2)], 500)).toEqual(["2001:db8:1::1"]);
});
