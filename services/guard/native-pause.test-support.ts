import { address } from "#ipv6/address.ts";
import { type NativeGuardReport, type NativePlan, native } from "#linux/native.ts";

/** How far the main process of the guard in the child is, as told by the parent. */
export interface Told {
  readonly lastSequence: number;
}

/** What the child tells: the state of its edge, each time it has been told something, or what became of it. */
export type Said = { readonly type: "heard"; readonly peers: number } | Pick<NativeGuardReport, "type" | "term">;

/** Boot of the guard in the child. */
export const BOOT = 77;
export const KEY = new Uint8Array(32).fill(1);
export const INTERVAL = 400;
export const MISSED = 3;

const NOTHING = { messages: new Uint8Array(0), steps: [] };
/** A plan that asks the kernel for nothing. */
const PLAN: NativePlan = {
  take: NOTHING,
  withdraw: NOTHING,
  mute: NOTHING,
  unmute: NOTHING,
  device: 1,
  link: 0,
  frames: [],
  helloHead: new Uint8Array(0),
};

/** A guard's thread in a process that can be stopped: node `a`, which holds an edge; its parent is its main process and plays the peer `b`. */
const serve = (port: number): void => {
  const say = (said: Said): void => void process.send?.(said);
  const guard = native().openGuard(
    {
      node: "a",
      boot: BOOT,
      port,
      key: KEY,
      interval: INTERVAL,
      missed: MISSED,
      startupPatience: 0,
      commitPatience: 0,
      mainTimeout: 60_000,
      peers: [{ node: "b", address: address("::1") }],
      instances: [{ number: 1, prefer: ["a", "b"], held: true, term: 1, plan: PLAN }],
    },
    ({ type, term }) => say({ type, term }),
  );
  process.on("message", ({ lastSequence }: Told) => {
    guard.tell({ canCommit: true, instances: [{ number: 1, eligible: true, epoch: 1, lastSequence }] });
    guard.setMainAlive(true);
    say({ type: "heard", peers: guard.state().peers.filter(({ alive }) => alive).length });
  });
};

const { ROAM6_TEST_PORT } = process.env;
if (ROAM6_TEST_PORT !== undefined) serve(Number(ROAM6_TEST_PORT));
