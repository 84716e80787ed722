import type { Lab } from "#lab/lab.ts";
import { mustPoll } from "./stage.ts";

/** What `ip` shows of a node, one line an entry, blanks at the ends removed. */
export interface KernelView {
  readonly rules: readonly string[];
  /** Of all tables. */
  readonly routes: readonly string[];
  readonly tunnelTable: readonly string[];
  readonly proxies: readonly string[];
  /** `ip -6 -o address`: one line an address. */
  readonly addresses: readonly string[];
  /** `ip -d -o link` of devices that roam6 made. */
  readonly devices: readonly string[];
}

/** Shows what `ip ARGUMENTS` prints on a node. */
export const show = async (lab: Lab, node: string, ...args: readonly string[]): Promise<string[]> => {
  const { code, stdout, stderr } = await lab.run(node, ["ip", ...args]);
  // A table that was never written to is no table.
  if (code !== 0 && !/FIB table does not exist/.test(stderr)) throw new Error(`ip ${args.join(" ")}: ${stderr}`);
  return stdout.split("\n").flatMap((line) => (line.trim() === "" ? [] : [line.replaceAll(/\s+/g, " ").trim()]));
};

export const kernelView = async (lab: Lab, node: string): Promise<KernelView> => ({
  rules: await show(lab, node, "-6", "rule"),
  routes: await show(lab, node, "-6", "route", "show", "table", "all"),
  tunnelTable: await show(lab, node, "-6", "route", "show", "table", "252"),
  proxies: await show(lab, node, "-6", "neighbor", "show", "proxy"),
  addresses: await show(lab, node, "-6", "-o", "address"),
  devices: (await show(lab, node, "-d", "-o", "link")).filter((line) => /^\d+: (?:roam6|ip6tnl)/.test(line)),
});

/** Without what changes by itself: times that run down. */
const lasting = (view: KernelView): string =>
  JSON.stringify(view).replaceAll(/(?:valid_lft|preferred_lft|expires) \S+/g, "");

/**
 * What a node's kernel holds once `condition` is true of it and nothing changes any more: a view is read in parts, so one reading
 * alone may show some of them from before a change and some from after it.
 * @throws Error that names `what` after the deadline
 */
export const settledView = async (
  lab: Lab,
  node: string,
  what: string,
  condition: (view: KernelView) => boolean,
): Promise<KernelView> => {
  let before = "";
  return mustPoll(`${node} ${what}`, async () => {
    const present = await kernelView(lab, node);
    const text = lasting(present);
    const settled = text === before && condition(present);
    before = text;
    return settled ? present : undefined;
  });
};

/** Routes into a tunnel for `homeAddress` on a home agent, on whichever plane. */
export const tunnelRoutes = ({ routes }: KernelView, homeAddress: string): string[] =>
  routes.filter((line) => line.startsWith(`${homeAddress} `) && /\bencap (?:seg6|ip6)\b|\bdev ip6tnl\d/.test(line));

/** Where the home agent sends what is for `homeAddress`: the care-of address of its route's tunnel. */
export const tunnelEnd = (view: KernelView, homeAddress: string): string | undefined => {
  const [route] = tunnelRoutes(view, homeAddress);
  const end = /(?:encap ip6 .*\bdst (?<outer>\S+)|segs 1 \[ (?<segment>\S+) \])/.exec(route ?? "")?.groups;
  if (end !== undefined) return end["outer"] ?? end["segment"];
  const device = /dev (?<name>ip6tnl\d+)/.exec(route ?? "")?.groups?.["name"];
  const link = view.devices.find((line) => device !== undefined && line.includes(` ${device}@`));
  return /ip6tnl (?:\S+ )?remote (?<end>\S+)/.exec(link ?? "")?.groups?.["end"];
};
