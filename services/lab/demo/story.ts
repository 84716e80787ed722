import { existsSync } from "node:fs";
import { pass, poll } from "#lab/run.ts";
import { LAB } from "#lab/topology.ts";
import { bindingProblems, presentBinding } from "./bindings.ts";
import { now } from "./clock.ts";
import { readableTime } from "./console-text.ts";
import { patience } from "./patience.ts";
import type { Limits } from "./report.ts";
import { awaitAcknowledgement, awaitCluster, awaitReady, type Scene } from "./scene.ts";

/** What has become of a step's action. */
export interface Outcome {
  /** When the action took place, CLOCK_REALTIME in milliseconds. */
  readonly at: number;
  readonly acknowledgedAfter?: number;
  readonly facts: readonly string[];
  readonly problems: readonly string[];
}

/** One step of the story: its action, and the wait until things are as they have to be. */
export interface StoryStep {
  readonly title: string;
  readonly limits: Limits;
  /** Where the mobile node is from now on. */
  readonly place?: string;
  play(scene: Scene): Promise<Outcome>;
}

/** Whether this kernel uses addresses while it still checks that nobody else has them (RFC 4429). */
export const hasOptimisticDad = existsSync("/proc/sys/net/ipv6/conf/all/optimistic_dad");

/** Without RFC 4429 each address costs a mobile node's kernel a second on each new link, and a random delay besides. */
const CARE_OF_ADDRESS_CHECK = hasOptimisticDad ? 0 : 2500;
/** A move costs the loss of carrier, a router advertisement, and the way of a Binding Update and its acknowledgement. */
const MOVE = (patience === 1 ? 1000 : 3000) + CARE_OF_ADDRESS_CHECK;
/** The home agent makes sure for one second that nobody else has the home address before it speaks for it (RFC 6275 §10.3.1). */
const HOME_ADDRESS_CHECK = 1000;
/** A busy machine may make one packet late, and a guest's only processor many, but each must arrive. */
const UNTOUCHED_GAP = patience === 1 ? 100 : 1000;
const NODE_LOSS_GAP = patience === 1 ? 1000 : 3000;
/**
 * TCP stands still for as long as a gap and then until its retransmission timer, which doubles from 200 ms on, ends: up to
 * as long again. What is longer is a connection that nobody would wait for.
 */
const STALL = (patience === 1 ? 5000 : 15_000) + CARE_OF_ADDRESS_CHECK;
const UNTOUCHED: Limits = { gap: UNTOUCHED_GAP, lost: 0, stall: STALL };
const NODE_LOSS: Limits = { gap: NODE_LOSS_GAP, stall: STALL };

const REGISTRATION_DEADLINE = 15_000 * patience;
const CLUSTER_DEADLINE = 20_000 * patience;
/** A supervisor waits so long before it starts a program again. */
const RESTART_DELAY = 500;

const moveAway = (title: string, link: "f1" | "f2", gap: number): StoryStep => ({
  title,
  limits: { gap, stall: STALL },
  place: `foreign ${link.slice(1)}`,
  play: async (scene) => {
    const at = await scene.lab.move("mn", "eth0", link);
    const prefix = LAB.foreignPrefixes[link];
    const acknowledged = await awaitAcknowledgement(scene, { prefix, movedAt: at, deadline: REGISTRATION_DEADLINE });
    if (acknowledged === undefined) {
      return { at, facts: [], problems: [`no Binding Acknowledgement within ${REGISTRATION_DEADLINE / 1000} s`] };
    }
    const { careOfAddress = "none", sequence } = acknowledged;
    return {
      at,
      acknowledgedAfter: acknowledged.at - at,
      facts: [`care-of address ${careOfAddress}, sequence number ${sequence}`],
      problems: await bindingProblems(scene, { kind: "binding", careOfAddress, sequence }),
    };
  },
});

const toForeignLink1 = moveAway("to foreign link 1", "f1", MOVE + HOME_ADDRESS_CHECK);
const toForeignLink2 = moveAway("to foreign link 2", "f2", MOVE);

/** Waits for a holder of the mobile node's instance that is not `former`. */
const successor = async (
  scene: Scene,
  former: string,
  at: number,
): Promise<{ facts: string[]; problems: string[] }> => {
  const edge = await poll(async () => ((await scene.edge()) === former ? undefined : scene.edge()), {
    deadline: CLUSTER_DEADLINE,
  });
  if (edge === undefined)
    return { facts: [], problems: [`no home agent took instance ${LAB.instance} from ${former}`] };
  const edgeAfter = now() - at;
  const owner = await poll(() => scene.owner(), { deadline: CLUSTER_DEADLINE });
  if (owner === undefined) return { facts: [], problems: [`no home agent became owner of instance ${LAB.instance}`] };
  return {
    facts: [
      `${edge} has the address after ${readableTime(edgeAfter)}, ${owner} the ownership after ${readableTime(now() - at)}`,
    ],
    problems: [],
  };
};

const killOwner: StoryStep = {
  title: "kill -9 of the owner's process",
  limits: UNTOUCHED,
  play: async (scene) => {
    const owner = (await scene.owner()) ?? "ha1";
    const binding = await presentBinding(scene);
    const program = scene.programs.get(owner);
    const at = now();
    program?.kill("SIGKILL");
    await program?.ended;
    const taken = await successor(scene, owner, at);
    await pass(RESTART_DELAY);
    await scene.start(owner);
    const restarted = now();
    await awaitReady(scene, owner, CLUSTER_DEADLINE);
    const level = await awaitCluster(scene, CLUSTER_DEADLINE);
    return {
      at,
      facts: [
        `killed process ${program?.pid} on ${owner}`,
        ...taken.facts,
        `started again: level after ${readableTime(now() - restarted)}`,
      ],
      problems: [
        ...taken.problems,
        ...(level ? [] : ["the cluster is not level again"]),
        ...(await bindingProblems(scene, binding)),
      ],
    };
  },
};

const powerOff: StoryStep = {
  title: "power-off of the owner's node",
  limits: NODE_LOSS,
  play: async (scene) => {
    const owner = (await scene.owner()) ?? "ha1";
    const binding = await presentBinding(scene);
    const off = await scene.lab.powerOff(owner);
    scene.programs.delete(owner);
    const taken = await successor(scene, owner, off.at);
    return {
      at: off.at,
      facts: [
        `${owner}: ${off.killed} processes killed and all links cut within ${readableTime(off.took)}`,
        ...taken.facts,
      ],
      problems: [...taken.problems, ...(await bindingProblems(scene, binding))],
    };
  },
};

const powerOn: StoryStep = {
  title: "the node comes back",
  limits: UNTOUCHED,
  play: async (scene) => {
    const binding = await presentBinding(scene);
    const dark = LAB.homeAgents.find(({ node }) => !scene.programs.has(node))?.node ?? "ha1";
    const at = now();
    await scene.lab.powerOn(dark);
    await scene.start(dark);
    await awaitReady(scene, dark, CLUSTER_DEADLINE);
    const level = await awaitCluster(scene, CLUSTER_DEADLINE);
    return {
      at,
      facts: [`${dark}: level after ${readableTime(now() - at)}`],
      problems: [...(level ? [] : [`${dark} is not level again`]), ...(await bindingProblems(scene, binding))],
    };
  },
};

const returnHome: StoryStep = {
  title: "mobile node returns home",
  limits: { gap: MOVE, stall: STALL },
  place: "home",
  play: async (scene) => {
    const at = await scene.lab.move("mn", "eth0", "home");
    const acknowledged = await awaitAcknowledgement(scene, {
      prefix: undefined,
      movedAt: at,
      deadline: REGISTRATION_DEADLINE,
    });
    if (acknowledged === undefined) return { at, facts: [], problems: ["no de-registration was acknowledged"] };
    return {
      at,
      acknowledgedAfter: acknowledged.at - at,
      facts: ["de-registered"],
      problems: await bindingProblems(scene, { kind: "none" }),
    };
  },
};

const atHome: StoryStep = {
  title: "mobile node at home",
  limits: UNTOUCHED,
  place: "home",
  play: async (scene) => ({
    at: now(),
    facts: [`instance ${LAB.instance} is at ${(await scene.owner()) ?? "nobody"}`],
    problems: [],
  }),
};

/** The story of the demo, in order. */
export const story: readonly StoryStep[] = [
  atHome,
  toForeignLink1,
  toForeignLink2,
  killOwner,
  powerOff,
  powerOn,
  returnHome,
];
