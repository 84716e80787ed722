import { expect, it } from "vitest";
import type { BindingFields } from "#bus/entry-message.ts";
import { parseAddress } from "#ipv6/address.ts";
import { instantOf, millis } from "#wire/time.ts";
import { mergedEvents, type Witnessed, watchedEvents } from "./watched-events.ts";

const address = (text: string) => {
  const parsed = parseAddress(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
};

const record = (lifetime: number): BindingFields => ({
  homeAddress: address("2001:db8:1::100"),
  careOfAddress: address("2001:db8:f1::1"),
  sequence: 7,
  lifetime: millis(lifetime),
  expiresAt: instantOf(0),
  flags: 0,
  replayTimestamp: 0n,
  spi: 256,
  epoch: 3,
  revision: 1,
});

it("makes records of the log events of who owned their epoch; a lifetime of 0 is a removal", () => {
  const eventOf = watchedEvents("a");
  const place = { generation: 0, storedAt: 1000 };
  expect(eventOf({ ...place, sequence: 4, entry: { kind: "epoch", epoch: 3, node: "ha2", claim: 9 } })).toEqual({
    ...{ type: "ownership.taken", at: 1000, instance: "a", epoch: 3, revision: 4, node: "ha2" },
  });
  const written = { kind: "record", epoch: 3, commit: 1 } as const;
  const registered = { type: "record.committed", at: 1000, instance: "a", epoch: 3, revision: 5, node: "ha2" };
  const binding = { homeAddress: "2001:db8:1::100", sequence: 7 };
  expect(eventOf({ ...place, sequence: 5, entry: { ...written, record: record(60_000) } })).toEqual({
    ...{ ...registered, ...binding, careOfAddress: "2001:db8:f1::1" },
  });
  expect(eventOf({ ...place, sequence: 6, entry: { ...written, record: record(0) } })).toEqual({
    ...{ ...registered, ...binding, revision: 6 },
  });
});

it("places what a stream took after it lost something behind all before, and does not guess who wrote in an unknown epoch", () => {
  const eventOf = watchedEvents("a");
  const entry = { kind: "record", epoch: 3, commit: 1, record: record(60_000) } as const;
  const former = eventOf({ generation: 0, storedAt: 1000, sequence: 900, entry });
  const later = eventOf({ generation: 1, storedAt: 2000, sequence: 5, entry });
  expect(later.revision ?? 0).toBeGreaterThan(former.revision ?? 0);
  expect(later.node).toBe("");
});

it("merges what several witnesses saw, each entry once, and tells what none of them has seen", () => {
  const [first, second] = [watchedEvents("a"), watchedEvents("a")];
  const epoch = { kind: "epoch", epoch: 3, node: "ha2", claim: 9 } as const;
  const entry = { kind: "record", epoch: 3, commit: 1, record: record(60_000) } as const;
  const at = (sequence: number) => ({ generation: 0, storedAt: 1000 + sequence, sequence });
  const seen = [
    ...[first({ ...at(4), entry: epoch }), first({ ...at(5), entry }), first({ ...at(9), entry })],
    ...[second({ ...at(5), entry }), second({ ...at(6), entry })],
  ];
  const merged = mergedEvents(seen);
  const placed = merged.flatMap((event) => (event.type === "record.committed" ? [[event.revision, event.node]] : []));
  expect(placed).toEqual([
    [5, "ha2"],
    [6, ""],
    [9, "ha2"],
  ]);
  expect(merged.filter(({ type }) => type === "commits.hidden")).toEqual([
    { type: "commits.hidden", at: 1006, until: 1009, instance: "a", count: 2 },
  ]);
});

it("goes by the witness that has counted the fewest streams, where one took the stream for another one", () => {
  const [right, wrong] = [watchedEvents("a"), watchedEvents("a")];
  const epoch = { kind: "epoch", epoch: 3, node: "ha2", claim: 9 } as const;
  const entry = { kind: "record", epoch: 3, commit: 1, record: record(60_000) } as const;
  const merged = mergedEvents([
    wrong({ generation: 1, storedAt: 1005, sequence: 5, entry }),
    right({ generation: 0, storedAt: 1004, sequence: 4, entry: epoch }),
    right({ generation: 0, storedAt: 1005, sequence: 5, entry }),
  ]);
  expect(merged).toMatchObject([
    { type: "ownership.taken", revision: 4, node: "ha2" },
    { type: "record.committed", revision: 5, node: "ha2" },
  ]);
  expect(merged).toHaveLength(2);
});

it("takes back the miscount of a witness from what it alone has seen, too, and leaves a stream that did begin anew", () => {
  const [right, wrong] = [watchedEvents("a"), watchedEvents("a")];
  const entry = { kind: "record", epoch: 3, commit: 1, record: record(60_000) } as const;
  const at = (generation: number, sequence: number, storedAt = 1000 + sequence) => ({
    generation,
    sequence,
    storedAt,
    entry,
  });
  const revisionsOf = (events: readonly Witnessed[]): (number | undefined)[] =>
    mergedEvents(events).flatMap((event) => (event.type === "record.committed" ? [event.revision] : []));
  const one = [1, 2, 5].map((sequence) => ({ ...right(at(0, sequence)), witness: "one" }));
  const other = [
    ...[1, 2].map((sequence) => ({ ...wrong(at(0, sequence)), witness: "other" })),
    ...[1, 2, 3, 4, 5].map((sequence) => ({ ...wrong(at(1, sequence)), witness: "other" })),
  ];
  expect(revisionsOf([...one, ...other])).toEqual([1, 2, 3, 4, 5]);
  // Both saw it lose its tail: what both still find there is as it was, what came instead is later than all.
  const anew = ["one", "other"].flatMap((witness) =>
    [at(1, 1), at(1, 2), at(1, 3, 2003)].map((watched) => ({ ...right(watched), witness })),
  );
  const before = ["one", "other"].flatMap((witness) =>
    [1, 2, 3].map((sequence) => ({ ...right(at(0, sequence)), witness })),
  );
  expect(revisionsOf([...before, ...anew])).toEqual([1, 2, 3, 2 ** 40 + 3]);
});
