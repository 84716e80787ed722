/** What runs a guest of `test/lab/vm`; `auto` is uml where it can be had, else qemu. */
export type GuestEngine = "uml" | "qemu" | "auto";

export const isGuestEngine = (text: string): text is GuestEngine => ["uml", "qemu", "auto"].includes(text);

/** Seconds after which the guest is stopped: an emulated processor is many times slower. */
const TIME_LIMIT: Readonly<Record<GuestEngine, number>> = { uml: 1800, qemu: 10_800, auto: 10_800 };
/** Three home agents with a bus each, and what watches them. */
const MEGABYTES = 3072;
/**
 * An emulated processor is too slow for the timers of a cluster: its guest's clock counts instructions instead, so that
 * a second is as much work there as on a machine of a nanosecond an instruction, however long it takes here. The user-mode
 * engine has one processor and this machine's clock, whatever is asked for.
 */
const CLOCK = ["--cpus", "1", "--instruction", "1"] as const;

/** Options of `test/lab/vm/vm` under which a guest can carry the whole lab. */
export const guestArguments = (engine: GuestEngine): readonly string[] => [
  ...["--engine", engine, "--mem", String(MEGABYTES), "--timeout", String(TIME_LIMIT[engine])],
  ...(engine === "uml" ? [] : CLOCK),
];
