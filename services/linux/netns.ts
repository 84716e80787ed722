/**
 * The path of a network namespace: a name as `ip netns` keeps it, or a path as it is. Making and deleting namespaces is
 * the lab's.
 */
export const namespacePath = (namespace: string): string =>
  namespace.includes("/") ? namespace : `/run/netns/${namespace}`;
