import { beforeEach, describe, expect, it } from "vitest";
import { address } from "#ipv6/address.ts";
import { createVirtualClock, type VirtualClock } from "#simulator/virtual-clock.ts";
import { seconds } from "#wire/time.ts";
import { createRefusals, REFUSAL_PAUSE } from "./refusals.ts";

const [FIRST, SECOND, THIRD] = [address("2001:db8:1::1"), address("2001:db8:1::2"), address("2001:db8:1::3")];
const CARE_OF = address("2001:db8:f1::1");
const NO_MEMORY = { code: "no-memory", errno: 12, message: "" } as const;

describe("a change that the kernel refuses", () => {
  let clock: VirtualClock;
  const told: object[] = [];
  const log = { warn: (fields: object) => void told.push(fields) };
  const open = (limit?: number) => {
    const refusals = createRefusals(clock, log, limit);
    return {
      ...refusals,
      refuse: (homeAddress: Uint8Array) =>
        refusals.note({ kind: "set", homeAddress, careOfAddress: CARE_OF }, NO_MEMORY),
    };
  };

  beforeEach(() => {
    clock = createVirtualClock();
    told.length = 0;
  });

  it("is told at first and each hour while it lasts", async () => {
    const { refuse } = open();
    refuse(FIRST);
    expect(told).toEqual([{ homeAddress: "2001:db8:1::1", change: "set", error: NO_MEMORY }]);
    await clock.advance(seconds(60));
    refuse(FIRST);
    expect(told).toHaveLength(1);
    await clock.advance(REFUSAL_PAUSE);
    refuse(FIRST);
    refuse(FIRST);
    expect(told).toHaveLength(2);
  });

  it("is told again once the kernel has taken a change in between", () => {
    const { refuse, taken } = open();
    refuse(FIRST);
    taken(FIRST);
    refuse(FIRST);
    expect(told).toHaveLength(2);
  });

  it("is not told beyond the limit, until what is known is old", async () => {
    const { refuse } = open(2);
    for (const home of [FIRST, SECOND, THIRD, FIRST]) refuse(home);
    expect(told).toMatchObject([{ homeAddress: "2001:db8:1::1" }, { homeAddress: "2001:db8:1::2" }]);
    await clock.advance(REFUSAL_PAUSE);
    refuse(THIRD);
    expect(told[2]).toMatchObject({ homeAddress: "2001:db8:1::3" });
  });
});
