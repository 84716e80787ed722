import { expect, test } from "vitest";
import { formatDuration, formatTable } from "./table.ts";

test("columns are as wide as their widest cell, numbers stand to the right", () => {
  expect(
    formatTable(
      ["NAME", "COUNT"],
      [
        ["a", "5"],
        ["longer", "1234567"],
      ],
    ),
  ).toBe("NAME      COUNT\na             5\nlonger  1234567\n");
});

test.each([
  [0, "0 s"],
  [59.9, "59 s"],
  [3600, "1 h"],
  [3725, "1 h 2 min"],
  [90_061, "1 d 1 h"],
  [-5, "0 s"],
])("%d seconds are read as %s", (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});
