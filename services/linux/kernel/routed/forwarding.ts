import { type Address, addressEquals, addressKey } from "#ipv6/address.ts";
import { elementsOf, pairKey } from "#linux/kernel/filter-changes.ts";
import { TABLE } from "#linux/kernel/mark.ts";
import { addRoute, deleteRoute, listOurRoutes, setRoute } from "#linux/kernel/routes.ts";
import type { KernelSession, Request } from "#linux/kernel/session.ts";
import type { ForwardingChange, KernelError } from "#ports/kernel.ts";
import { done, type Result } from "#wire/result.ts";
import type { Encapsulation } from "./encapsulation.ts";

const CHUNK = 256;
/** Metric of a binding's route is this plus the instance's number: by it `adopt` tells instances apart. */
export const METRIC_BASE = 1000;

/** Where the bindings of one instance go. */
export interface ForwardingTarget {
  readonly number: number;
  readonly homeAgentAddress: Address;
  /** Device that encapsulating routes name. */
  readonly device: number;
  readonly encapsulation: Pick<Encapsulation, "action" | "elements">;
}

const routeRequest = (target: ForwardingTarget, change: ForwardingChange, set: typeof setRoute): Request => {
  const place = {
    table: TABLE.BINDINGS,
    destination: { address: change.homeAddress, length: 128 },
    priority: METRIC_BASE + target.number,
  };
  if (change.kind === "remove") return deleteRoute(place);
  const action = target.encapsulation.action(target.homeAgentAddress, change.careOfAddress);
  return set({ ...place, device: target.device, action });
};

/** Home addresses that may have filter elements of care-of addresses that nobody named. */
export type Suspects = Map<string, Address>;

/**
 * Routes in the order of the changes. A change that says nothing of what was before, alone for its home address, is
 * tried as a new route: only where there is one already must somebody look for what it replaces.
 */
const changeRoutes = async (
  session: KernelSession,
  target: ForwardingTarget,
  changes: readonly ForwardingChange[],
  suspects: Suspects,
): Promise<readonly Result<void, KernelError>[]> => {
  const times = new Map<string, number>();
  for (const { homeAddress } of changes) {
    const key = addressKey(homeAddress);
    times.set(key, (times.get(key) ?? 0) + 1);
  }
  const isBlind = (change: ForwardingChange): boolean => change.kind === "set" && change.previous === undefined;
  const isAlone = ({ homeAddress }: ForwardingChange): boolean => times.get(addressKey(homeAddress)) === 1;
  const requests = changes.map((change) =>
    routeRequest(target, change, isBlind(change) && isAlone(change) ? addRoute : setRoute),
  );
  const results = [...(await session.each(requests))];
  const again: { readonly index: number; readonly change: ForwardingChange }[] = [];
  for (const [index, change] of changes.entries()) {
    const result = results[index];
    const isThere = result !== undefined && !result.ok && result.error.code === "exists";
    if (isThere) again.push({ index, change });
    if (isThere || (isBlind(change) && !isAlone(change)))
      suspects.set(addressKey(change.homeAddress), change.homeAddress);
  }
  const replaced = await session.each(again.map(({ change }) => routeRequest(target, change, setRoute)));
  for (const [position, { index }] of again.entries()) results[index] = replaced[position] ?? done;
  return results;
};

const applyChunk = async (
  session: KernelSession,
  target: ForwardingTarget,
  changes: readonly ForwardingChange[],
  suspects: Suspects,
): Promise<readonly Result<void, KernelError>[]> => {
  const { add } = elementsOf(target.homeAgentAddress, changes);
  // The new care-of address may send before its route is there; the old one until after: no packet is refused meanwhile.
  const keys = [...add.keys()];
  const added = await target.encapsulation.elements.add([...add.values()]);
  const refusal = new Map<string, Result<void, KernelError>>();
  for (const [index, key] of keys.entries()) {
    const result = added[index];
    if (result !== undefined && !result.ok) refusal.set(key, result);
  }
  const filtered = changes.map((change) =>
    change.kind === "set" ? refusal.get(pairKey(change.homeAddress, change.careOfAddress)) : undefined,
  );
  const routed = changes.filter((_, index) => filtered[index] === undefined);
  const answers = (await changeRoutes(session, target, routed, suspects)).values();
  const results = filtered.map((result) => result ?? answers.next().value ?? done);
  // What the kernel refused has replaced nothing, and what was let in for it must not stay.
  for (const [index, change] of changes.entries())
    if (results[index]?.ok === false) suspects.set(addressKey(change.homeAddress), change.homeAddress);
  const taken = changes.filter((_, index) => results[index]?.ok !== false);
  const { remove } = elementsOf(target.homeAgentAddress, taken);
  // One that is not there is as good as removed; another may be there in its place.
  const removed = await target.encapsulation.elements.remove(remove);
  for (const [index, { homeAddress }] of remove.entries())
    if (removed[index]?.ok === false) suspects.set(addressKey(homeAddress), homeAddress);
  return results;
};

/**
 * Removes what the filter still has of these home addresses, but for the care-of addresses that their routes lead to.
 * @param suspects left out: of all home addresses of the instance
 */
export const removeStale = async (
  session: KernelSession,
  target: Omit<ForwardingTarget, "device">,
  suspects?: Suspects,
): Promise<Result<void, KernelError>> => {
  if (suspects?.size === 0) return done;
  const elements = await target.encapsulation.elements.list();
  if (!elements.ok) return elements;
  const routes = await listOurRoutes(session);
  if (!routes.ok) return routes;
  const routed = new Set<string>();
  for (const { table, priority, destination, outer } of routes.value)
    if (table === TABLE.BINDINGS && priority === METRIC_BASE + target.number && outer !== undefined)
      routed.add(pairKey(destination.address, outer.destination));
  const stale = elements.value.filter(
    ({ homeAddress, careOfAddress, homeAgentAddress }) =>
      suspects?.has(addressKey(homeAddress)) !== false &&
      addressEquals(homeAgentAddress, target.homeAgentAddress) &&
      !routed.has(pairKey(homeAddress, careOfAddress)),
  );
  for (let start = 0; start < stale.length; start += CHUNK) {
    const removed = await target.encapsulation.elements.remove(stale.slice(start, start + CHUNK));
    const refusal = removed.find((result) => !result.ok && result.error.code !== "not-found");
    if (refusal !== undefined) return refusal;
  }
  return done;
};

/**
 * Puts changes into the kernel: filter element, route, then the old filter element. Results in the order of the changes.
 * @param suspects gets the home addresses for which `removeStale` is due
 */
export const applyChanges = async (
  session: KernelSession,
  target: ForwardingTarget,
  changes: readonly ForwardingChange[],
  suspects: Suspects,
): Promise<readonly Result<void, KernelError>[]> => {
  const results: Result<void, KernelError>[] = [];
  for (let start = 0; start < changes.length; start += CHUNK)
    for (const result of await applyChunk(session, target, changes.slice(start, start + CHUNK), suspects))
      results.push(result);
  return results;
};
