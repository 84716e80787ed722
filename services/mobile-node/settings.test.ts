import { describe, expect, it } from "vitest";
import { formatProblems, parseConfig } from "#control/config.ts";
import { configSchema, type MobileNodeConfig } from "./config-schema.ts";
import { settingsOf } from "./settings.ts";

const fields = {
  homeAddress: "2001:db8:1::100",
  homePrefix: "2001:db8:1::/64",
  homeAgent: "2001:db8:1::a1",
  devices: ["eth0"],
  authentication: "none",
};

/** Settings by a config with some fields changed. */
const read = (changes: Partial<typeof fields> = {}) => {
  const config = parseConfig<MobileNodeConfig>(JSON.stringify({ ...fields, ...changes }), "mn.json", configSchema);
  if (!config.ok) throw new Error(formatProblems(config.error));
  return settingsOf(config.value.value);
};

describe("mn.yaml", () => {
  it("is read with the defaults of the schema", () => {
    expect(read()).toMatchObject({ ok: true, value: { firstTimeout: 1500, lifetime: 60_000, association: undefined } });
  });

  it("needs a home agent that shares the home prefix (R-6.1.7-01)", () => {
    expect(read({ homeAgent: "2001:db8:2::a1" })).toMatchObject({
      ok: false,
      error: { field: "homeAgent", problem: "is not in homePrefix" },
    });
  });

  it.each(["ff0e::1", "fe80::1", "::1", "::"])(
    "needs a home address that is unicast and routable, not %s (R-4.6-01)",
    (text) => {
      expect(read({ homeAddress: text, homePrefix: "::/0" })).toMatchObject({
        ok: false,
        error: { field: "homeAddress", problem: "is not unicast and routable" },
      });
    },
  );

  it("needs a home address in the home prefix, and not the home agent's", () => {
    expect(read({ homeAddress: "2001:db8:2::100" })).toMatchObject({ ok: false, error: { field: "homeAddress" } });
    expect(read({ homeAddress: fields.homeAgent })).toMatchObject({ ok: false, error: { field: "homeAgent" } });
  });

  it.each(["nnone", "rfc4285"])("says what may stand for authentication in place of %s", (authentication) => {
    const config = parseConfig(JSON.stringify({ ...fields, authentication }, null, 1), "mn.json", configSchema);
    expect(config.ok ? "" : formatProblems(config.error)).toBe(
      `mn.json:8:20: authentication: "${authentication}" is none of what may stand here; set it to none or a group of fields with spi, key (how Binding Updates are authenticated: RFC 4285, or none (anybody can then move the node))`,
    );
  });
});
