import { createHash } from "node:crypto";

/** What clients and servers of the embedded NATS cluster show one another, made from the cluster's key. */
export const natsPassword = (clusterKey: string): string =>
  createHash("sha256").update(`nats:${clusterKey}`).digest("hex");
