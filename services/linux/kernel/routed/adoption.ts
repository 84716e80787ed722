import { setImmediate as turn } from "node:timers/promises";
import { type Address, addressEquals, addressKey, formatAddress } from "#ipv6/address.ts";
import { isActive, listInstances } from "#linux/kernel/instances.ts";
import { TABLE } from "#linux/kernel/mark.ts";
import { type FoundRoute, listOurRoutes } from "#linux/kernel/routes.ts";
import type { KernelSession } from "#linux/kernel/session.ts";
import type { FilterEntry } from "#linux/kernel/source-filter.ts";
import type { AdoptedInstance, ForwardingEntry, InstanceSpec, KernelError } from "#ports/kernel.ts";
import { ok, type Result } from "#wire/result.ts";
import type { SourceElements } from "./encapsulation.ts";
import { METRIC_BASE } from "./forwarding.ts";

const describe = (home: Address, careOf: Address): string =>
  `home address ${formatAddress(home)}, care-of address ${formatAddress(careOf)}`;

/** Fits the routes of one instance to the filter elements of its home agent address. */
const compareInstance = (
  spec: InstanceSpec,
  routes: readonly FoundRoute[],
  elements: readonly FilterEntry[],
): Pick<AdoptedInstance, "entries" | "differences"> & { readonly loose: readonly ForwardingEntry[] } => {
  const entries: ForwardingEntry[] = [];
  const loose: ForwardingEntry[] = [];
  const differences: string[] = [];
  const unmatched = new Map(
    elements
      .filter(({ homeAgentAddress }) => addressEquals(homeAgentAddress, spec.homeAgentAddress))
      .map((entry) => [addressKey(entry.homeAddress) + addressKey(entry.careOfAddress), entry]),
  );
  for (const { destination, outer } of routes) {
    const homeAddress = destination.address;
    if (outer === undefined) {
      differences.push(`route without encapsulation: home address ${formatAddress(homeAddress)}`);
      continue;
    }
    const careOfAddress = outer.destination;
    entries.push({ homeAddress, careOfAddress });
    if (outer.source !== undefined && !addressEquals(outer.source, spec.homeAgentAddress)) {
      differences.push(`route with the outer source of another: ${describe(homeAddress, careOfAddress)}`);
      loose.push({ homeAddress, careOfAddress });
    }
    if (unmatched.delete(addressKey(homeAddress) + addressKey(careOfAddress))) continue;
    differences.push(`route without source filter element: ${describe(homeAddress, careOfAddress)}`);
    loose.push({ homeAddress, careOfAddress });
  }
  for (const { homeAddress, careOfAddress } of unmatched.values()) {
    differences.push(`source filter element without route: ${describe(homeAddress, careOfAddress)}`);
    loose.push({ homeAddress, careOfAddress });
  }
  return { entries, differences, loose };
};

/** Reads back every instance with its bindings, by whatever process they were made. */
export const adoptInstances = async (
  session: KernelSession,
  { list }: Pick<SourceElements, "list">,
): Promise<Result<readonly AdoptedInstance[], KernelError>> => {
  const instances = await listInstances(session);
  if (!instances.ok) return instances;
  const active = await isActive(session, instances.value);
  if (!active.ok) return active;
  const routes = await listOurRoutes(session);
  if (!routes.ok) return routes;
  const elements = await list();
  if (!elements.ok) return elements;
  const bindings = Map.groupBy(
    routes.value.filter(({ table }) => table === TABLE.BINDINGS),
    ({ priority }) => priority - METRIC_BASE,
  );
  const adopted: AdoptedInstance[] = [];
  for (const { spec } of instances.value) {
    // Each has very many perhaps: others come in between.
    await turn();
    adopted.push({
      number: spec.number,
      active: active.value.has(spec.number),
      ...compareInstance(spec, bindings.get(spec.number) ?? [], elements.value),
    });
  }
  return ok(adopted);
};
