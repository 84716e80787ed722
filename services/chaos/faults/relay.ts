import { spawn } from "node:child_process";
import type { Stage } from "#chaos/stage.ts";
import { now } from "#lab/demo/clock.ts";
import { nativeProgram } from "#lab/lab.ts";
import { bridgeOf, namesOf } from "#lab/network-commands.ts";
import { finish, mustFinish, poll } from "#lab/run.ts";
import { type HomeAgentLink, type LinkFault, portOn } from "./links.ts";

/** How frames fare on their way between a node and its link. */
export interface Way {
  /** Milliseconds that each frame waits, and at most so many more by chance: frames overtake one another. */
  readonly delay?: number;
  readonly jitter?: number;
  /** Percent. */
  readonly duplicated?: number;
  readonly lost?: number;
}

/** Frames that went through a device, by what `ip -j -s link` says. */
const frames = (text: string): number => {
  const [{ stats64 } = {}]: { stats64?: { rx: { packets: number }; tx: { packets: number } } }[] = JSON.parse(text);
  return (stats64?.rx.packets ?? 0) + (stats64?.tx.packets ?? 0);
};

let relays = 0;

/** Puts a relay (`services/lab/native/link-relay.c`) between a node's port and the bridge of its link. */
export const relay = async (
  stage: Stage,
  { node, link, way }: { readonly node: string; readonly link: HomeAgentLink; readonly way: Way },
): Promise<LinkFault> => {
  const { switchNamespace } = namesOf(stage.lab.id);
  const bridge = bridgeOf(link === "home" ? "home" : "mgmt");
  const far = `relay${++relays}`;
  const ip = (line: string): Promise<string> => mustFinish(["ip", "-n", switchNamespace, ...line.split(" ")]);
  await ip(`link add ${far} type veth peer name ${far}b`);
  await ip(`link set ${far} addrgenmode none up`);
  await ip(`link set ${far}b addrgenmode none master ${bridge} up`);
  const at = now();
  const numbers = [way.delay ?? 0, way.jitter ?? 0].map((ms) => String(Math.round(ms * 1000)));
  const percents = [way.lost ?? 0, way.duplicated ?? 0].map(String);
  const seed = String(Math.floor(stage.chance.next() * 1e9));
  const child = spawn(
    "ip",
    [
      ...["netns", "exec", switchNamespace, nativeProgram("link-relay"), bridge, portOn(node, link), far],
      ...numbers,
      ...percents,
      seed,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const gone = new Promise<void>((resolve) => child.on("close", () => resolve()));
  let ready = false;
  child.stdout.on("data", () => {
    ready = true;
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
    await gone;
    await finish(["ip", "-n", switchNamespace, "link", "del", far]);
  };
  const started = await poll(() => (ready || child.exitCode !== null ? true : undefined), { deadline: 5000 });
  if (started === undefined || child.exitCode !== null) {
    await stop();
    throw new Error(`no relay for ${node}`);
  }
  return {
    at,
    struck: now(),
    heal: async () => {
      const carried = frames(await ip(`-j -s link show dev ${far}`));
      await stop();
      if (carried === 0) throw new Error(`it did not strike: the relay of ${node} carried no frame`);
      return { at: now() };
    },
  };
};
