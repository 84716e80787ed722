import type { Config } from "#control/config.ts";
import type { ConfigProblem } from "#control/config-problems.ts";
import type { InstanceSpec } from "#ports/kernel.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { type Milliseconds, millis, seconds } from "#wire/time.ts";
import { clusterProblems } from "./cluster-problems.ts";
import type { HomeAgentConfig } from "./config-schema.ts";
import type { HomeAgentOptions } from "./home-agent-contract.ts";
import { instancesOf } from "./instance-specs.ts";
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

/** Checks what a schema cannot, and turns text into values. */
export const settingsOf = (config: Config<HomeAgentConfig>): Result<HomeAgentSettings, readonly ConfigProblem[]> => {
  const { value } = config;
  const { homeLink, lifetime, limits } = value;
  const { instances, problems } = instancesOf(config);
  if (lifetime.minimum > lifetime.maximum)
    problems.push(config.problemAt(["lifetime", "minimum"], "is above lifetime.maximum", "lower it"));
  const { validLifetime, preferredLifetime = validLifetime } = homeLink;
  if (preferredLifetime > validLifetime)
    problems.push(config.problemAt(["homeLink", "preferredLifetime"], "is above homeLink.validLifetime", "lower it"));
  if (validLifetime < lifetime.minimum)
    problems.push(
      config.problemAt(
        ["homeLink", "validLifetime"],
        "is below lifetime.minimum, and no binding is granted longer",
        "raise it, or lower lifetime.minimum",
      ),
    );
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
