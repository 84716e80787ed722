import type { Config } from "#control/config.ts";
import type { ConfigProblem } from "#control/config-problems.ts";
import { addressKey, inPrefix, isUnicastRoutable, parseAddress, parseMac, parsePrefix } from "#ipv6/address.ts";
import type { InstanceSpec } from "#ports/kernel.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { type Milliseconds, millis, seconds } from "#wire/time.ts";
import { clusterProblems } from "./cluster-problems.ts";
import type { HomeAgentConfig } from "./config-schema.ts";
import type { HomeAgentOptions } from "./home-agent-contract.ts";
import { natsProblems } from "./nats-problems.ts";
import { routerAdvertisementProblems, routerAdvertiserOptions } from "./router-advertisement-config.ts";

/** What a home agent runs by: a config that its schema accepted, read and checked as a whole. */
export interface HomeAgentSettings {
  readonly instances: readonly InstanceSpec[];
  readonly policy: HomeAgentOptions["policy"];
  readonly limits: HomeAgentOptions["limits"];
  readonly routerAdvertisements?: NonNullable<HomeAgentOptions["routerAdvertisements"]>;
  readonly controlSocket: string;
}

const FOREVER = 0xffff_ffff;
const IN_MOTION_LIMIT = 100_000;
const TOMBSTONE_LIMIT = 200_000;

const lifetimeOfPrefix = (value: number): Milliseconds =>
  value === FOREVER ? millis(Number.POSITIVE_INFINITY) : seconds(value);

/** 00:00:5e:00:02:NUMBER, as VRRP has for IPv6 (RFC 5798 §7.3). */
const virtualMacOf = (number: number): Uint8Array => new Uint8Array([0, 0, 0x5e, 0, 2, number]);

/** The instances of a config, each problem at its place. */
const instancesOf = (config: Config<HomeAgentConfig>, problems: ConfigProblem[]): InstanceSpec[] => {
  const { value } = config;
  const prefix = parsePrefix(value.homeLink.prefix);
  if (!prefix.ok) return []; // the schema's format has refused it
  const seen = { name: new Set<string>(), number: new Set<number>(), address: new Set<string>() };
  const specs: InstanceSpec[] = [];
  for (const [at, instance] of value.instances.entries()) {
    const path = ["instances", at] as const;
    const address = parseAddress(instance.address);
    const mac = instance.virtualMac === undefined ? ok(virtualMacOf(instance.number)) : parseMac(instance.virtualMac);
    if (!address.ok || !mac.ok) continue; // as above
    if (seen.name.has(instance.name))
      problems.push(config.problemAt([...path, "name"], "another instance has this name", "give each its own"));
    if (seen.number.has(instance.number))
      problems.push(config.problemAt([...path, "number"], "another instance has this number", "give each its own"));
    if (seen.address.has(addressKey(address.value)))
      problems.push(config.problemAt([...path, "address"], "another instance has this address", "give each its own"));
    if (!inPrefix(address.value, prefix.value) || !isUnicastRoutable(address.value))
      problems.push(
        config.problemAt([...path, "address"], "is not in homeLink.prefix", "give an address of the home link"),
      );
    if (((mac.value[0] ?? 0) & 1) !== 0)
      problems.push(
        config.problemAt([...path, "virtualMac"], "is a group address", "clear the lowest bit of its first octet"),
      );
    seen.name.add(instance.name);
    seen.number.add(instance.number);
    seen.address.add(addressKey(address.value));
    specs.push({
      name: instance.name,
      number: instance.number,
      homeAgentAddress: address.value,
      homePrefix: prefix.value,
      virtualMac: mac.value,
      device: value.homeLink.device ?? "",
    });
  }
  return specs;
};

/** Checks what a schema cannot, and turns text into values. */
export const settingsOf = (config: Config<HomeAgentConfig>): Result<HomeAgentSettings, readonly ConfigProblem[]> => {
  const { value } = config;
  const { homeLink, lifetime, limits } = value;
  const problems: ConfigProblem[] = [];
  const instances = instancesOf(config, problems);
  if (lifetime.minimum > lifetime.maximum)
    problems.push(config.problemAt(["lifetime", "minimum"], "is above lifetime.maximum", "lower it"));
  const { validLifetime, preferredLifetime = validLifetime } = homeLink;
  if (preferredLifetime > validLifetime)
    problems.push(config.problemAt(["homeLink", "preferredLifetime"], "is above homeLink.validLifetime", "lower it"));
  if (value.authentication === "rfc4285" && value.mobileNodes.length === 0 && value.mobileNodesFile === undefined)
    problems.push(
      config.problemAt(
        ["mobileNodes"],
        "no mobile node has a key, so none could register",
        "list mobileNodes, or name mobileNodesFile",
      ),
    );
  if (value.edge && homeLink.device === undefined)
    problems.push(
      config.problemAt(["homeLink", "device"], "is missing", "name the device on the home link, or set edge: false"),
    );
  problems.push(...natsProblems(config), ...clusterProblems(config));
  problems.push(...routerAdvertisementProblems(config, homeLink.routerAdvertisements));
  if (problems.length > 0) return failed(problems);
  const routerAdvertisements = routerAdvertiserOptions(homeLink.routerAdvertisements, {
    validLifetime,
    preferredLifetime,
  });
  return ok({
    instances,
    policy: {
      duplicateAddressDetection: homeLink.duplicateAddressDetection,
      maximumLifetime: seconds(lifetime.maximum),
      minimumLifetime: seconds(lifetime.minimum),
      prefixValidLifetime: lifetimeOfPrefix(validLifetime),
      prefixPreferredLifetime: lifetimeOfPrefix(preferredLifetime),
    },
    limits: { bindings: limits.bindings, inMotion: IN_MOTION_LIMIT, tombstones: TOMBSTONE_LIMIT },
    ...(routerAdvertisements === undefined ? {} : { routerAdvertisements }),
    controlSocket: value.control.socket ?? `/run/roam6/${value.node}.sock`,
  });
};
