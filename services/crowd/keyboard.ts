import type { Readable } from "node:stream";
import type { SimSet, SimSettings } from "./report.ts";

/** What the keys do, for the first line on a terminal. */
export const KEYS_HELP =
  "keys: + - rate, > < mobile nodes, ] [ moves a second, m all move within 10 s, q return and end";

const MORE = 1.25;
const MOVE_ALL_WITHIN = 10;

const scaled = (value: number, factor: number, least: number): number =>
  factor > 1
    ? Math.max(least, Math.round(value * factor))
    : Math.round(value * factor) < least
      ? 0
      : Math.round(value * factor);

/** What a key asks for; undefined for one without a meaning. */
export const keyMeaning = (key: string, { rate, mobileNodes, moveRate }: SimSettings): SimSet | "end" | undefined => {
  switch (key) {
    case "+":
      return { rate: scaled(rate, MORE, 10) };
    case "-":
      return { rate: scaled(rate, 1 / MORE, 10) };
    case ">":
      return { mobileNodes: scaled(mobileNodes, MORE, 10) };
    case "<":
      return { mobileNodes: scaled(mobileNodes, 1 / MORE, 10) };
    case "]":
      return { moveRate: scaled(moveRate, MORE, 1) + (moveRate > 0 && moveRate < 4 ? 1 : 0) };
    case "[":
      return { moveRate: scaled(moveRate, 1 / MORE, 1) };
    case "m":
      return { moveWithin: MOVE_ALL_WITHIN };
    case "q":
    case "\u0003": // Ctrl-C: a raw terminal makes no signal of it.
      return "end";
    default:
      return undefined;
  }
};

/** A terminal's keys, one by one, until disposed; nothing where the input is no terminal. */
export const listenToKeys = (input: Readable, onKey: (key: string) => void): Disposable | undefined => {
  if (!("isTTY" in input) || input.isTTY !== true || !("setRawMode" in input)) return undefined;
  const { setRawMode } = input;
  if (typeof setRawMode !== "function") return undefined;
  setRawMode.call(input, true);
  const onData = (chunk: Buffer | string) => {
    for (const key of chunk.toString()) onKey(key);
  };
  input.on("data", onData);
  input.resume();
  return {
    [Symbol.dispose]: () => {
      input.off("data", onData);
      input.pause();
      setRawMode.call(input, false);
    },
  };
};
