import { join } from "node:path";
import type { Lab } from "#lab/lab.ts";
import { roam6 } from "#lab/programs.ts";
import { finish } from "#lab/run.ts";

/** A mobility packet as `roam6 decode --json` prints it; the fields that scenarios look at. */
export interface MobilityLine {
  readonly time: string;
  readonly source: string;
  readonly destination: string;
  readonly homeAddress?: string;
  readonly routingHome?: string;
  readonly mobility?: {
    readonly type: number;
    readonly sequence: number;
    readonly status?: number;
    readonly lifetimeSeconds: number;
    readonly flags: Readonly<Record<string, boolean>>;
    readonly options: readonly { readonly type: number; readonly careOfAddress?: string }[];
  };
}

const BINDING_UPDATE = 5;
const BINDING_ACKNOWLEDGEMENT = 6;

const captureOf = (lab: Lab, node: string, device: string): string => join(lab.directory, node, `${device}.pcap`);

const at = ({ time }: MobilityLine): number => Date.parse(time);

/** Binding Updates and Acknowledgements that passed a device since `from` (CLOCK_REALTIME, milliseconds), in order. */
export const mobilityPackets = async (
  lab: Lab,
  { node, device, from }: { readonly node: string; readonly device: string; readonly from: number },
): Promise<{ readonly updates: readonly MobilityLine[]; readonly acknowledgements: readonly MobilityLine[] }> => {
  const { stdout } = await finish(roam6("decode", "--json", captureOf(lab, node, device)));
  const lines = stdout.split("\n").flatMap((line): MobilityLine[] => {
    // The lines are our own program's; those of other messages have no `mobility`.
    const parsed: MobilityLine | undefined = line.startsWith("{") ? JSON.parse(line) : undefined;
    return parsed?.mobility !== undefined && at(parsed) >= Math.floor(from) ? [parsed] : [];
  });
  return {
    updates: lines.filter(({ mobility }) => mobility?.type === BINDING_UPDATE),
    acknowledgements: lines.filter(({ mobility }) => mobility?.type === BINDING_ACKNOWLEDGEMENT),
  };
};

/** A Neighbor Solicitation or Advertisement. */
export interface NeighborLine {
  /** CLOCK_REALTIME in milliseconds. */
  readonly at: number;
  readonly kind: "solicitation" | "advertisement";
  readonly source: string;
  readonly destination: string;
  readonly target: string;
  /** `router`, `solicited`, `override`. */
  readonly flags: readonly string[];
  readonly linkLayerAddress: string | undefined;
}

const NEIGHBOR =
  /^(?<at>\d+\.\d+) IP6 .*?\) (?<source>\S+) > (?<destination>\S+): .*ICMP6, neighbor (?<kind>solicitation|advertisement), .*?(?:who has|tgt is) (?<target>[0-9a-f:]+)(?:, Flags \[(?<flags>[^\]]*)\])?/;

/** Neighbor Discovery about `target` that passed a device since `from`, as tcpdump reads it. */
export const neighborPackets = async (
  lab: Lab,
  place: { readonly node: string; readonly device: string; readonly from: number; readonly target: string },
): Promise<NeighborLine[]> => {
  const filter = "icmp6 and (ip6[40] = 135 or ip6[40] = 136)";
  const file = captureOf(lab, place.node, place.device);
  const { stdout } = await finish(["tcpdump", "-tt", "-nn", "-v", "-r", file, filter]);
  return stdout.split(/\n(?=\d)/).flatMap((packet): NeighborLine[] => {
    const found = NEIGHBOR.exec(packet)?.groups;
    if (found === undefined) return [];
    const { source = "", destination = "", kind, target = "", flags = "" } = found;
    const line: NeighborLine = {
      at: Number(found["at"]) * 1000,
      kind: kind === "solicitation" ? "solicitation" : "advertisement",
      source,
      destination,
      target,
      flags: flags === "none" || flags === "" ? [] : flags.split(", "),
      linkLayerAddress: /link-address option .*?: (?<mac>[0-9a-f:]{17})/.exec(packet)?.groups?.["mac"],
    };
    return target === place.target && line.at >= place.from ? [line] : [];
  });
};
