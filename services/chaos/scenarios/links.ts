import { cut, isolate, type LinkFault, type Path, portOn } from "#chaos/faults/links.ts";
import { relay, type Way } from "#chaos/faults/relay.ts";
import type { Injection, Scenario } from "#chaos/scenario.ts";
import type { Stage } from "#chaos/stage.ts";
import { now } from "#lab/demo/clock.ts";

/** Cuts last so long, by chance. */
const cutLength = ({ chance }: Stage): number => chance.between(1500, 3000);

const hold = async (
  stage: Stage,
  fault: LinkFault,
  about: { readonly node: string; readonly facts?: readonly string[]; readonly length?: number },
): Promise<Injection> => {
  let healed: Awaited<ReturnType<LinkFault["heal"]>> = { at: fault.at };
  try {
    await stage.pass(about.length ?? cutLength(stage));
  } finally {
    healed = await fault.heal();
  }
  const { at: ended, dropped } = healed;
  // Hellos and NATS's own traffic never rest.
  if (dropped === 0) throw new Error("it did not strike: no frame was dropped");
  const facts = [...(about.facts ?? []), ...(dropped === undefined ? [] : [`${dropped} frames dropped`])];
  return { at: fault.at, struck: fault.struck, ended, targets: [about.node], facts };
};

const others = (stage: Stage, node: string): string[] => stage.nodes.filter((one) => one !== node);

const fromNats = async (stage: Stage, node: string): Promise<Injection> => {
  return hold(stage, await isolate(stage, node, ["management"]), { node });
};

const fromAll = async (stage: Stage, node: string): Promise<Injection> => {
  return hold(stage, await isolate(stage, node, ["home", "management"]), { node });
};

const fromPeersAtHome = async (stage: Stage, node: string): Promise<Injection> => {
  return hold(stage, await isolate(stage, node, ["home"]), { node });
};

const oneWay = async (stage: Stage, node: string): Promise<Injection> => {
  const deaf = stage.chance.next() < 0.5;
  const port = portOn(node, "home");
  return hold(stage, await cut(stage, [deaf ? { to: port } : { from: port }]), {
    node,
    facts: [deaf ? "it hears nothing on the home link" : "nobody hears it on the home link"],
  });
};

/** The owner and one peer do not hear each other; the third hears both, and so does the router. */
const partial = async (stage: Stage, node: string): Promise<Injection> => {
  const peer = stage.chance.pick(others(stage, node));
  const links = stage.chance.pick([["home"], ["management"], ["home", "management"]] as const);
  const paths: Path[] = links.flatMap((link) => [
    { from: portOn(node, link), to: portOn(peer, link) },
    { from: portOn(peer, link), to: portOn(node, link) },
  ]);
  return hold(stage, await cut(stage, paths), { node, facts: [`${node} and ${peer} apart on ${links.join(" and ")}`] });
};

const flap = async (stage: Stage, node: string): Promise<Injection> => {
  let at: number | undefined;
  let ended = 0;
  let frames = 0;
  const times = 2 + Math.floor(stage.chance.next() * 5);
  for (let count = 0; count < times; count++) {
    const fault = await isolate(stage, node, ["home"]);
    at ??= fault.at;
    try {
      await stage.pass(stage.chance.between(10, 300));
    } finally {
      const healed = await fault.heal();
      ended = healed.at;
      frames += healed.dropped ?? 0;
    }
    await stage.pass(stage.chance.between(10, 300));
  }
  if (frames === 0) throw new Error("it did not strike: no frame was dropped");
  return { at: at ?? ended, ended, targets: [node], facts: [`${times} times`, `${frames} frames dropped`] };
};

const loss = async (stage: Stage, node: string): Promise<Injection> => {
  const percent = Math.round(stage.chance.between(1, 20));
  const ports = (["home", "management"] as const).map((link) => portOn(node, link));
  const paths = ports.flatMap((port) => [
    { from: port, percent },
    { to: port, percent },
  ]);
  return hold(stage, await cut(stage, paths), { node, facts: [`${percent} % of all frames, both ways, both links`] });
};

/** Both links of the node go through a relay. */
const disturbed =
  (way: (stage: Stage) => { readonly way: Way; readonly text: string }) =>
  async (stage: Stage, node: string): Promise<Injection> => {
    const chosen = way(stage);
    const home = await relay(stage, { node, link: "home", way: chosen.way });
    try {
      const management = await relay(stage, { node, link: "management", way: chosen.way });
      await hold(stage, management, { node });
    } finally {
      await home.heal();
    }
    return { at: home.at, ended: now(), targets: [node], facts: [`${chosen.text}, both links`] };
  };

const delayed = disturbed(({ chance }) => {
  const delay = Math.round(chance.between(5, 80));
  return { way: { delay }, text: `${delay} ms later` };
});
const duplicated = disturbed(({ chance }) => {
  const percent = Math.round(chance.between(5, 50));
  return { way: { duplicated: percent }, text: `${percent} % twice` };
});
const reordered = disturbed(({ chance }) => {
  const jitter = Math.round(chance.between(2, 20));
  return { way: { jitter }, text: `up to ${jitter} ms later by chance` };
});

/** Faults of links between nodes. */
export const linkScenarios: readonly Scenario[] = [
  {
    name: "partition",
    summary: "the owner is cut off from NATS (management link) only, for 1.5 to 3 s",
    goal: { lost: 0, sampleLost: 0, answered: 1000 },
    runs: 20,
    allowance: 1000,
    weight: 3,
    inject: fromNats,
  },
  {
    name: "full-partition",
    isolates: true,
    summary: "the owner is cut off on both links, for 1.5 to 3 s",
    goal: { interruption: 100, lostAfter: 0 },
    runs: 20,
    allowance: 2000,
    weight: 2,
    inject: fromAll,
  },
  {
    name: "home-link-partition",
    isolates: true,
    summary: "the owner is cut off on the home link only, for 1.5 to 3 s",
    goal: { interruption: 100 },
    runs: 20,
    allowance: 2000,
    weight: 2,
    inject: fromPeersAtHome,
  },
  {
    name: "one-way",
    summary: "the owner hears nobody on the home link, or is not heard",
    goal: { gap: 100 },
    runs: 20,
    allowance: 2000,
    weight: 2,
    inject: oneWay,
  },
  {
    name: "partial-partition",
    summary: "the owner and one peer do not hear each other, all others hear both",
    goal: { gap: 100 },
    runs: 20,
    allowance: 2000,
    weight: 2,
    inject: partial,
  },
  {
    name: "link-flap",
    summary: "the owner's home link goes and comes, 2 to 6 times within a second or two",
    goal: {},
    runs: 20,
    allowance: 2000,
    weight: 2,
    inject: flap,
  },
  {
    name: "loss",
    summary: "1 to 20 % of the owner's frames are lost on both links",
    goal: {},
    runs: 10,
    allowance: 2000,
    weight: 2,
    inject: loss,
  },
  {
    name: "delay",
    summary: "the owner's frames come and go 5 to 80 ms later (a relay in front of its ports)",
    goal: {},
    runs: 10,
    allowance: 2000,
    weight: 1,
    exclusive: true,
    inject: delayed,
  },
  {
    name: "duplication",
    summary: "5 to 50 % of the owner's frames come and go twice (a relay)",
    goal: { lostAfter: 0 },
    runs: 10,
    allowance: 2000,
    weight: 1,
    exclusive: true,
    inject: duplicated,
  },
  {
    name: "reordering",
    summary: "the owner's frames overtake one another by up to 20 ms (a relay)",
    goal: {},
    runs: 10,
    allowance: 2000,
    weight: 1,
    exclusive: true,
    inject: reordered,
  },
];
