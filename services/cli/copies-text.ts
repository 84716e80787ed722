import type { ClusterInstanceReport } from "#control/reports.ts";

/** How the copies of an instance's stream beside its leader's are: `ha2 ok, ha3 12 behind`. */
export const copiesText = ({ replicas }: Pick<ClusterInstanceReport, "replicas">): string =>
  replicas
    .map(({ server, current, lag }) => `${server} ${current ? "ok" : lag > 0 ? `${lag} behind` : "away"}`)
    .join(", ") || "-";
