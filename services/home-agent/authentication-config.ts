import type { Config, ConfigProblem } from "#control/config.ts";
import { loadConfigList } from "#control/config-list.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { seconds } from "#wire/time.ts";
import type { AuthenticationPolicy } from "./authentication.ts";
import type { HomeAgentConfig } from "./config-schema.ts";
import { createMobileNodeKeyStore } from "./mobile-node-keys.ts";
import { addMobileNodes } from "./mobile-nodes.ts";
import { type MobileNodesEntry, mobileNodesSchema } from "./mobile-nodes-schema.ts";

/**
 * How Binding Updates are authenticated, with all keys of a config and of the file that it names.
 * @param seed 32 random bits
 */
export const authenticationOf = async (
  config: Config<HomeAgentConfig>,
  seed: number,
): Promise<Result<AuthenticationPolicy, readonly ConfigProblem[]>> => {
  const { value } = config;
  if (value.authentication === "none") return ok({ kind: "none" });
  const homeLink = { homePrefix: value.homeLink.prefix, instances: value.instances };
  const keys = createMobileNodeKeyStore(seed);
  const own = addMobileNodes(keys.openList(), value.mobileNodes, config, { path: ["mobileNodes"], ...homeLink });
  if (own.length > 0) return failed(own);
  if (value.mobileNodesFile !== undefined) {
    const list = keys.openList();
    const read = await loadConfigList<MobileNodesEntry>(value.mobileNodesFile, mobileNodesSchema, (part) =>
      addMobileNodes(list, part.value, part, { path: [], ...homeLink }),
    );
    if (!read.ok) return read;
    if (keys.size === 0)
      return failed([
        config.problemAt(
          ["mobileNodesFile"],
          `there is no mobile node in ${value.mobileNodesFile}, so none could register`,
          "list them there, or in mobileNodes",
        ),
      ]);
  }
  return ok({
    kind: "rfc4285",
    keys,
    replayProtection: value.replayProtection,
    tolerance: seconds(value.clockTolerance),
  });
};
