import { millis } from "#wire/time.ts";
import { type Fault, NOTHING_LOST } from "./faults/fault.ts";
import { FAULTS } from "./faults.ts";
import { CLOCK_BOUND } from "./main-process.ts";

/** Milliseconds by which a wall clock is set. */
const STEPS = [-3_600_000, -60_000, -5_000, 5_000, 60_000, 3_600_000];

/** One clock is wrong at a time: of more, nobody could tell which. */
const stepFar: Fault = {
  kind: "clock-step-far",
  weight: 40,
  inject: (world, random) => {
    const wrong = world.nodes.find(({ clockOffset }) => Math.abs(clockOffset) > CLOCK_BOUND);
    if (wrong !== undefined) return undefined;
    const node = random.pick(world.nodes);
    const by = millis(random.pick(STEPS));
    node.stepClock(by);
    return {
      targets: [node.name, `${by} ms`],
      lasts: millis(random.between(500, 12_000)),
      ...NOTHING_LOST,
      heal: () => node.stepClock(millis(-by)),
    };
  },
};

/** What takes away clocks that were compared, memory of them, or reports. */
const BESIDE = ["process-kill", "power-off", "pause-main", "bus-partition", "nats-down", "planned-stop"];

/** The faults among which wall clocks are far off. */
export const CLOCK_FAULTS: readonly Fault[] = [stepFar, ...FAULTS.filter(({ kind }) => BESIDE.includes(kind))];
