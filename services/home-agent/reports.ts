import { setImmediate as turn } from "node:timers/promises";
import { stateName } from "#binding/home-registrations.ts";
import type { ControlRequest } from "#control/protocol.ts";
import type { BindingReport, BindingsReport, InstancesReport } from "#control/reports.ts";
import { formatAddress } from "#ipv6/address.ts";
import type { Clock } from "#ports/clock.ts";
import type { InstanceView } from "#ports/cluster.ts";
import type { InstanceSpec } from "#ports/kernel.ts";
import type { Instant } from "#wire/time.ts";
import type { HomeAgentInstance } from "./instance-contract.ts";

const DEFAULT_PAGE = 1000;
const LARGEST_PAGE = 10_000;

/** To look at so many slots, and to report all of them, takes about a millisecond. */
const SLICE = 500;

/** What is asked of an instance for its bindings. */
type Listed = Pick<HomeAgentInstance, "cache" | "shows"> & { readonly spec: Pick<InstanceSpec, "name"> };

const reportOf = ({ spec, cache }: Listed, slot: number, now: Instant): BindingReport => {
  const record = cache.read(slot);
  return {
    homeAddress: formatAddress(record.homeAddress),
    careOfAddress: formatAddress(record.careOfAddress),
    instance: spec.name,
    state: record.lifetime > 0 ? stateName(cache.slab.stateAt(slot)) : "invalid",
    sequence: record.sequence,
    lifetimeSeconds: record.lifetime / 1000,
    remainingSeconds: record.lifetime > 0 ? Math.max(0, Math.round(record.expiresAt - now) / 1000) : 0,
  };
};

/** Where a page ended, as text: instance and slot, for an entry stays in its slot as long as it is there. */
const placeOf = ({ spec }: Listed, slot: number): string => `${spec.name}/${slot}`;

/** @throws RangeError where `after` is not what an earlier page ended with */
const startAfter = (instances: readonly Listed[], after: unknown): { readonly at: number; readonly slot: number } => {
  if (after === undefined) return { at: 0, slot: 0 };
  const { name, slot } = /^(?<name>.+)\/(?<slot>\d+)$/.exec(String(after))?.groups ?? {};
  const at = instances.findIndex(({ spec }) => spec.name === name);
  if (at < 0) throw new RangeError(`after: '${String(after)}' is not the 'next' of an earlier answer`);
  return { at, slot: Number(slot) + 1 };
};

/**
 * Answer to `bindings` with `{ after?, limit? }`: what it takes grows with the page, not with what there is; other work has its
 * turn meanwhile.
 */
export const bindingsReport = async (
  instances: readonly Listed[],
  { after, limit: size }: ControlRequest,
  clock: Pick<Clock, "now">,
): Promise<BindingsReport> => {
  const asked = typeof size === "number" ? Math.floor(size) : DEFAULT_PAGE;
  const limit = Math.max(1, Math.min(asked, LARGEST_PAGE));
  const bindings: BindingReport[] = [];
  const start = startAfter(instances, after);
  let next = "";
  let seen = 0;
  for (const [at, instance] of instances.entries()) {
    if (at < start.at) continue;
    for (let slot = at === start.at ? start.slot : 0; slot < instance.cache.slab.extent; slot++) {
      if (++seen % SLICE === 0) await turn();
      if (!instance.shows(slot)) continue;
      if (bindings.length === limit) return { bindings, next };
      bindings.push(reportOf(instance, slot, clock.now()));
      next = placeOf(instance, slot);
    }
  }
  return { bindings };
};

/** Answer to `instances`. */
export const instancesReport = (
  instances: readonly HomeAgentInstance[],
  views: readonly InstanceView[],
): InstancesReport => ({
  instances: views.map((view) => ({
    name: view.instance.name,
    number: view.instance.number,
    homeAgentAddress: formatAddress(view.instance.homeAgentAddress),
    role: view.role,
    term: view.term,
    epoch: view.epoch,
    ...(view.owner === undefined ? {} : { owner: view.owner }),
    followedSequence: view.followedSequence,
    level: view.level,
    bindings: instances.find(({ spec }) => spec.name === view.instance.name)?.bindings ?? 0,
  })),
});
