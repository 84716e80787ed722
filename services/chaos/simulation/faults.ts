import { killServer, loseTail, slowDisk, stopBus } from "./faults/bus-faults.ts";
import type { Fault } from "./faults/fault.ts";
import { disturbLink, isolateNode, partitionBus, partitionLink } from "./faults/link-faults.ts";
import { killGuard, killProcess, pauseGuard, pauseMain, pauseNode, powerOff, stepClock } from "./faults/node-faults.ts";
import {
  askRebalance,
  drain,
  killEverything,
  moveAll,
  restartPlanned,
  rollingRestart,
} from "./faults/upkeep-faults.ts";

/** All faults that the nemesis draws from. */
export const FAULTS: readonly Fault[] = [
  killProcess,
  killGuard,
  powerOff,
  pauseMain,
  pauseGuard,
  pauseNode,
  partitionBus,
  partitionLink,
  isolateNode,
  killServer,
  stopBus,
  slowDisk,
  loseTail,
  disturbLink,
  stepClock,
  restartPlanned,
  rollingRestart,
  killEverything,
  drain,
  askRebalance,
  moveAll,
];
