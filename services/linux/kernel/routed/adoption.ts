import { type Address, addressEquals, addressKey, formatAddress } from "#ipv6/address.ts";
import { isActive, listInstances } from "#linux/kernel/instances.ts";
import { TABLE } from "#linux/kernel/mark.ts";
import { type FoundRoute, listOurRoutes } from "#linux/kernel/routes.ts";
import type { KernelSession } from "#linux/kernel/session.ts";
import type { FilterEntry } from "#linux/kernel/source-filter.ts";
import { createSlices } from "#linux/slices.ts";
import type { AdoptedInstance, ForwardingEntry, InstanceSpec, KernelError } from "#ports/kernel.ts";
import { ok, type Result } from "#wire/result.ts";
import type { SourceElements } from "./encapsulation.ts";
import { METRIC_BASE } from "./forwarding.ts";

const describe = (home: Address, careOf: Address): string =>
  `home address ${formatAddress(home)}, care-of address ${formatAddress(careOf)}`;

/** What belongs to one instance: its routes, and its filter elements by home address and care-of address. */
interface Parts {
  readonly routes: FoundRoute[];
  readonly elements: Map<string, FilterEntry>;
}

/** Sorts all routes and filter elements by instance. Each has very many perhaps: others come in between. */
const partsOf = async (
  specs: readonly InstanceSpec[],
  routes: readonly FoundRoute[],
  elements: readonly FilterEntry[],
): Promise<ReadonlyMap<number, Parts>> => {
  const parts = new Map<number, Parts>(specs.map(({ number }) => [number, { routes: [], elements: new Map() }]));
  const byAgent = new Map(
    specs.map(({ number, homeAgentAddress }) => [addressKey(homeAgentAddress), parts.get(number)]),
  );
  const slices = createSlices();
  for (const route of routes) {
    const rest = slices.next();
    if (rest !== undefined) await rest;
    if (route.table === TABLE.BINDINGS) parts.get(route.priority - METRIC_BASE)?.routes.push(route);
  }
  for (const entry of elements) {
    const rest = slices.next();
    if (rest !== undefined) await rest;
    const own = byAgent.get(addressKey(entry.homeAgentAddress));
    own?.elements.set(addressKey(entry.homeAddress) + addressKey(entry.careOfAddress), entry);
  }
  return parts;
};

/** Fits the routes of one instance to the filter elements of its home agent address. */
const compareInstance = async (
  spec: InstanceSpec,
  { routes, elements }: Parts,
): Promise<Pick<AdoptedInstance, "entries" | "differences"> & { readonly loose: readonly ForwardingEntry[] }> => {
  const entries: ForwardingEntry[] = [];
  const loose: ForwardingEntry[] = [];
  const differences: string[] = [];
  const slices = createSlices();
  for (const { destination, outer } of routes) {
    const rest = slices.next();
    if (rest !== undefined) await rest;
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
    if (elements.delete(addressKey(homeAddress) + addressKey(careOfAddress))) continue;
    differences.push(`route without source filter element: ${describe(homeAddress, careOfAddress)}`);
    loose.push({ homeAddress, careOfAddress });
  }
  for (const { homeAddress, careOfAddress } of elements.values()) {
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
  const specs = instances.value.map(({ spec }) => spec);
  const parts = await partsOf(specs, routes.value, elements.value);
  const adopted: AdoptedInstance[] = [];
  for (const spec of specs) {
    const own = parts.get(spec.number);
    if (own === undefined) continue;
    adopted.push({
      number: spec.number,
      active: active.value.has(spec.number),
      ...(await compareInstance(spec, own)),
    });
  }
  return ok(adopted);
};
