import type { Config } from "#control/config.ts";
import type { ConfigProblem } from "#control/config-problems.ts";
import { type Milliseconds, millis } from "#wire/time.ts";
import type { RouterAdvertiserOptions } from "./router-advertiser.ts";

/** `homeLink.routerAdvertisements` as it stands in a file; durations are seconds. */
export interface RouterAdvertisementConfig {
  readonly enabled: boolean;
  readonly interval: number;
  readonly minimumInterval?: number;
  readonly minimumDelay?: number;
  readonly unsolicited: boolean;
  readonly advertisementInterval: boolean;
  readonly routerLifetime: number;
  readonly homeAgentPreference: number;
  readonly homeAgentLifetime?: number;
}

/** MinDelayBetweenRAs where the advertisements are not closer than that (RFC 6275 §13). */
const DEFAULT_MINIMUM_DELAY = 3;
/** RFC 4861 §6.2.1: from this MaxRtrAdvInterval on MinRtrAdvInterval is a third of it when left out. */
const LONG_INTERVAL = 9;

/** JSON Schema of `homeLink.routerAdvertisements`. The limits are those of RFC 6275 §7.5 and §13, the defaults RFC 4861's. */
export const routerAdvertisementSchema = {
  type: "object",
  additionalProperties: false,
  default: {},
  description: "Router Advertisements of the home agents with H flag and Home Agent Information",
  properties: {
    enabled: { type: "boolean", default: true, description: "whether they are sent" },
    interval: {
      type: "number",
      minimum: 0.07,
      maximum: 1800,
      default: 600,
      description:
        "most seconds between them (MaxRtrAdvInterval). Below 4 s (RFC 4861) mobile nodes notice movement without a sign of the carrier sooner; on wireless links, where multicast costs airtime, keep to 4 s or more",
    },
    minimumInterval: {
      type: "number",
      minimum: 0.03,
      maximum: 1350,
      description:
        "least seconds between them (MinRtrAdvInterval), at most three quarters of interval; left out: a third of interval, three quarters where that is below 9 s",
    },
    minimumDelay: {
      type: "number",
      minimum: 0.03,
      maximum: 3,
      description:
        "least seconds from one to the answer to a solicitation (MinDelayBetweenRAs); left out: 3, or minimumInterval where that is less",
    },
    unsolicited: {
      type: "boolean",
      default: true,
      description: "false: they answer solicitations alone, for links where multicast is dear",
    },
    advertisementInterval: {
      type: "boolean",
      default: true,
      description: "whether they tell interval to mobile nodes (Advertisement Interval option)",
    },
    routerLifetime: {
      type: "integer",
      minimum: 0,
      maximum: 9000,
      default: 0,
      description: "seconds as default router; 0: hosts keep their own router",
    },
    homeAgentPreference: {
      type: "integer",
      minimum: 0,
      maximum: 65_535,
      default: 0,
      description:
        "greater is preferred by mobile nodes that discover their home agent. It stays as it is given, whatever the load; home agents that tell none count as 0 (RFC 6275 §7.4)",
    },
    homeAgentLifetime: {
      type: "integer",
      minimum: 1,
      maximum: 65_535,
      description: "seconds as home agent; left out: three times interval, 30 at least",
    },
  },
} as const;

/** Whole milliseconds, as the Advertisement Interval option has them. */
const seconds = (value: number): Milliseconds => millis(Math.round(value * 1000));

/** Three quarters of MaxRtrAdvInterval, the greatest MinRtrAdvInterval (RFC 4861 §6.2.1). */
const greatestMinimum = (interval: number): number => interval * 0.75;

const minimumIntervalOf = ({ interval, minimumInterval }: RouterAdvertisementConfig): number =>
  minimumInterval ?? (interval >= LONG_INTERVAL ? interval * 0.33 : greatestMinimum(interval));

/** What the limits of single fields do not say. */
export const routerAdvertisementProblems = <T>(
  config: Config<T>,
  said: RouterAdvertisementConfig,
): readonly ConfigProblem[] => {
  const problems: ConfigProblem[] = [];
  const tell = (field: string, problem: string, remedy: string) =>
    problems.push(config.problemAt(["homeLink", "routerAdvertisements", field], problem, remedy));
  if (minimumIntervalOf(said) > greatestMinimum(said.interval))
    tell("minimumInterval", "is above three quarters of interval (RFC 4861 §6.2.1)", "lower it, or raise interval");
  // RFC 4861 §6.2.1: else hosts would lose their default router between two advertisements.
  if (said.routerLifetime > 0 && said.routerLifetime < said.interval)
    tell("routerLifetime", "is below interval (RFC 4861 §6.2.1)", "raise it, or give 0");
  return problems;
};

/** What is advertised by a config without problems; undefined when nothing is. */
export const routerAdvertiserOptions = (
  said: RouterAdvertisementConfig,
  prefix: { readonly validLifetime: number; readonly preferredLifetime: number },
): RouterAdvertiserOptions | undefined => {
  if (!said.enabled) return undefined;
  const minimumInterval = minimumIntervalOf(said);
  return {
    interval: seconds(said.interval),
    minimumInterval: seconds(minimumInterval),
    // RFC 6275 §13: MinRtrAdvInterval, where that is less than 3 s.
    minimumDelay: seconds(said.minimumDelay ?? Math.min(DEFAULT_MINIMUM_DELAY, minimumInterval)),
    unsolicited: said.unsolicited,
    tellsInterval: said.advertisementInterval,
    routerLifetime: said.routerLifetime,
    prefixValidLifetime: prefix.validLifetime,
    prefixPreferredLifetime: prefix.preferredLifetime,
    homeAgentPreference: said.homeAgentPreference,
    // RFC 6275 §7.4: never 0; it outlasts the loss of an advertisement or two.
    homeAgentLifetime: said.homeAgentLifetime ?? Math.min(0xffff, Math.max(30, Math.ceil(said.interval * 3))),
  };
};
