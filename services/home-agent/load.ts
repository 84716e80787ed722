import type { InstanceRole } from "#ports/cluster.ts";

/** Per mille of the configured limits that the fullest instance uses which this node serves: bindings, or those in motion. */
export const loadOf = (
  instances: readonly { readonly role: InstanceRole; readonly bindings: number; readonly inMotion: number }[],
  limits: { readonly bindings: number; readonly inMotion: number },
): number => {
  const shares = instances
    .filter(({ role }) => role !== "standby")
    .flatMap(({ bindings, inMotion }) => [bindings / limits.bindings, inMotion / limits.inMotion]);
  return Math.min(1_000, Math.round(1_000 * Math.max(0, ...shares)));
};
