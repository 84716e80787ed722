import type { Stage } from "#chaos/stage.ts";
import { now } from "#lab/demo/clock.ts";
import { namesOf, portOf } from "#lab/network-commands.ts";
import { mustFinish } from "#lab/run.ts";

/** The links of a home agent: its packets and hellos go over `home`, NATS over `management`. */
export type HomeAgentLink = "home" | "management";

const DEVICE: Readonly<Record<HomeAgentLink, string>> = { home: "home0", management: "mgmt0" };

/** The switch's port of a home agent, or of the home router. */
export const portOn = (node: string, link: HomeAgentLink): string => portOf(node, DEVICE[link]);

/** Frames from one port to another; undefined: from any, to any. */
export interface Path {
  readonly from?: string;
  readonly to?: string;
  /** Of a hundred frames so many are dropped; default all. */
  readonly percent?: number;
}

/** A fault of links that is on. */
export interface LinkFault {
  /** When it began to strike, and when it was on; CLOCK_REALTIME in milliseconds. */
  readonly at: number;
  readonly struck: number;
  /** @returns when it was over, and how many frames it struck, where those are counted */
  heal(): Promise<{ readonly at: number; readonly dropped?: number }>;
}

const TABLE = "roam6_chaos";

/**
 * What a port sends to nobody is dropped before the switch learns from it where a MAC address is, as with a cut cable; what it
 * sends to some only, where the switch forwards.
 */
const hookOf = ({ from, to }: Path): "prerouting" | "forward" =>
  from !== undefined && to === undefined ? "prerouting" : "forward";

const rule = ({ from, to, percent = 100 }: Path): string =>
  [
    ...(from === undefined ? [] : [`iifname "${from}"`]),
    ...(to === undefined ? [] : [`oifname "${to}"`]),
    ...(percent >= 100 ? [] : [`numgen random mod 100 < ${Math.round(percent)}`]),
    "counter drop",
  ].join(" ");

/** The sum of a chain's counters in what `nft list table` says. */
export const countedIn = (listed: string, chain: string): number => {
  const [, after = ""] = listed.split(`chain ${chain} {`);
  const own = after.slice(0, after.indexOf("}"));
  return [...own.matchAll(/counter packets (?<packets>\d+)/g)].reduce(
    (sum, { groups }) => sum + Number(groups?.["packets"]),
    0,
  );
};

let chains = 0;

/**
 * Drops frames between ports of the lab's switch, by a chain of its own in the switch's namespace: carriers stay up, as with a
 * broken switch in between.
 */
export const cut = async (stage: Stage, paths: readonly Path[]): Promise<LinkFault> => {
  const inside = ["ip", "netns", "exec", namesOf(stage.lab.id).switchNamespace, "nft", "-f", "-"];
  const name = `cut${++chains}`;
  const used = [...new Set(paths.map(hookOf))];
  const script = [
    `add table bridge ${TABLE}`,
    ...used.map(
      (hook) => `add chain bridge ${TABLE} ${name}_${hook} { type filter hook ${hook} priority 0; policy accept; }`,
    ),
    ...paths.map((path) => `add rule bridge ${TABLE} ${name}_${hookOf(path)} ${rule(path)}`),
  ];
  const at = now();
  await mustFinish(inside, `${script.join("\n")}\n`);
  return {
    at,
    struck: now(),
    heal: async () => {
      // Looked at first and apart: within one transaction it would be seen as it is afterwards.
      const seen = await mustFinish([...inside.slice(0, -2), "list", "table", "bridge", TABLE]);
      const own = used.map((hook) => `${name}_${hook}`);
      const gone = own.map((chain) => `flush chain bridge ${TABLE} ${chain}\ndelete chain bridge ${TABLE} ${chain}\n`);
      await mustFinish(inside, gone.join(""));
      return { at: now(), dropped: own.reduce((sum, chain) => sum + countedIn(seen, chain), 0) };
    },
  };
};

/** Cuts a node off from everybody on these links, both ways. */
export const isolate = (stage: Stage, node: string, links: readonly HomeAgentLink[]): Promise<LinkFault> =>
  cut(
    stage,
    links.flatMap((link) => [{ from: portOn(node, link) }, { to: portOn(node, link) }]),
  );
