import { stateName } from "#binding/home-registrations.ts";
import type { ControlRequest } from "#control/protocol.ts";
import type { BindingReport, BindingsReport, InstancesReport } from "#control/reports.ts";
import { type Address, formatAddress, parseAddress } from "#ipv6/address.ts";
import type { InstanceView } from "#ports/cluster.ts";
import type { Instant } from "#wire/time.ts";
import type { HomeAgentInstance } from "./instance-contract.ts";

const DEFAULT_PAGE = 1000;
const LARGEST_PAGE = 10_000;

const compare = (a: Address, b: Address): number => {
  for (let i = 0; i < 16; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
};

interface Found {
  readonly homeAddress: Address;
  readonly instance: HomeAgentInstance;
  readonly slot: number;
}

/** The `limit` smallest home addresses above `after`, in order, without sorting all of them. */
const page = (instances: readonly HomeAgentInstance[], after: Address | undefined, limit: number): Found[] => {
  const kept: Found[] = [];
  for (const instance of instances)
    for (const slot of instance.cache.slots()) {
      if (!instance.shows(slot)) continue;
      const homeAddress = instance.cache.slab.homeAddressAt(slot);
      if (after !== undefined && compare(homeAddress, after) <= 0) continue;
      const last = kept.at(-1);
      if (kept.length >= limit && last !== undefined && compare(homeAddress, last.homeAddress) >= 0) continue;
      let low = 0;
      for (let high = kept.length; low < high; ) {
        const middle = (low + high) >> 1;
        const other = kept[middle];
        if (other !== undefined && compare(other.homeAddress, homeAddress) < 0) low = middle + 1;
        else high = middle;
      }
      kept.splice(low, 0, { homeAddress, instance, slot });
      if (kept.length > limit) kept.pop();
    }
  return kept;
};

const reportOf = ({ instance, slot }: Found, now: Instant): BindingReport => {
  const record = instance.cache.read(slot);
  return {
    homeAddress: formatAddress(record.homeAddress),
    careOfAddress: formatAddress(record.careOfAddress),
    instance: instance.spec.name,
    state: record.lifetime > 0 ? stateName(instance.cache.slab.stateAt(slot)) : "invalid",
    sequence: record.sequence,
    lifetimeSeconds: record.lifetime / 1000,
    remainingSeconds: record.lifetime > 0 ? Math.max(0, Math.round(record.expiresAt - now) / 1000) : 0,
  };
};

/** Answer to `bindings` with `{ after?, limit? }`. */
export const bindingsReport = (
  instances: readonly HomeAgentInstance[],
  request: ControlRequest,
  now: Instant,
): BindingsReport => {
  const { after: told, limit: size } = request;
  const after = typeof told === "string" ? parseAddress(told) : undefined;
  const asked = typeof size === "number" ? Math.floor(size) : DEFAULT_PAGE;
  const limit = Math.max(1, Math.min(asked, LARGEST_PAGE));
  const found = page(instances, after?.ok === true ? after.value : undefined, limit + 1);
  const bindings = found.slice(0, limit).map((item) => reportOf(item, now));
  const last = bindings.at(-1);
  return found.length > limit && last !== undefined ? { bindings, next: last.homeAddress } : { bindings };
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
