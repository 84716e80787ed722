import type { Config } from "#control/config.ts";
import type { ConfigProblem } from "#control/config-problems.ts";
import { type Address, isUnicastRoutable, type Prefix, parseAddress, parsePrefix } from "#ipv6/address.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { type Milliseconds, millis, seconds } from "#wire/time.ts";
import type { CrowdConfig } from "./config-schema.ts";
import type { SimSettings } from "./report.ts";
import type { CrowdHomeAgent } from "./signalling.ts";

/** What a run goes by. */
export interface CrowdSettings {
  readonly homeAgents: readonly CrowdHomeAgent[];
  readonly firstHomeAddress: Address;
  /** How many home addresses there are. */
  readonly count: number;
  readonly spi: number;
  readonly masterKey: Uint8Array;
  readonly careOfPrefix: Prefix;
  readonly load: SimSettings;
  readonly lifetime: Milliseconds;
  /** 0: until told. */
  readonly duration: Milliseconds;
  readonly firstTimeout: Milliseconds;
  readonly answerWithin: Milliseconds;
  readonly allowedGap: Milliseconds;
  readonly keep: boolean;
  readonly seed: number;
}

const octetsOf = (hex: string): Uint8Array =>
  Uint8Array.from({ length: hex.length >> 1 }, (_, at) => Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16));

/** Checks what a schema cannot, and turns text into values. @param seed where the config has none */
export const settingsOf = (
  config: Config<CrowdConfig>,
  seed: number,
): Result<CrowdSettings, readonly ConfigProblem[]> => {
  const { value } = config;
  const problems: ConfigProblem[] = [];
  const homeAgents: CrowdHomeAgent[] = [];
  for (const [at, { name, address }] of value.homeAgents.entries()) {
    const parsed = parseAddress(address);
    if (!parsed.ok) continue; // the schema's format has refused it
    if (!isUnicastRoutable(parsed.value))
      problems.push(
        config.problemAt(
          ["homeAgents", at, "address"],
          "is not unicast and routable",
          "give the address of a home agent instance",
        ),
      );
    homeAgents.push({ name, address: parsed.value });
  }
  const first = parseAddress(value.homeAddresses.first);
  const prefix = parsePrefix(value.careOfPrefix);
  if (!first.ok || !prefix.ok) return failed(problems);
  if (prefix.value.length > 60)
    problems.push(
      config.problemAt(
        ["careOfPrefix"],
        "has more than 60 bits",
        "give a prefix with room for many /64, such as a /48",
      ),
    );
  if (value.mobileNodes > value.homeAddresses.count)
    problems.push(
      config.problemAt(["mobileNodes"], "is more than homeAddresses.count", "lower it, or give more home addresses"),
    );
  if (problems.length > 0) return failed(problems);
  return ok({
    homeAgents,
    firstHomeAddress: first.value,
    count: value.homeAddresses.count,
    spi: value.spi,
    masterKey: octetsOf(value.masterKey),
    careOfPrefix: prefix.value,
    load: { mobileNodes: value.mobileNodes, rate: value.rate, ramp: value.ramp, moveRate: value.moveRate },
    lifetime: seconds(Math.floor(value.lifetime / 4) * 4),
    duration: seconds(value.duration),
    firstTimeout: millis(value.initialBindackTimeoutFirstReg * 1000),
    answerWithin: seconds(value.answerWithin),
    allowedGap: seconds(value.allowedGap),
    keep: value.keep,
    seed: value.seed ?? seed,
  });
};
