import { expect, it } from "vitest";
import { countedIn } from "./links.ts";

it("sums what the rules of one cut have dropped, and not those of another", () => {
  const listed = `table bridge roam6_chaos {
	chain cut1_forward {
		type filter hook forward priority filter; policy accept;
		iifname "pha1-mgmt0" counter packets 12 bytes 900 drop
		oifname "pha1-mgmt0" counter packets 30 bytes 2400 drop
	}

	chain cut11_forward {
		type filter hook forward priority filter; policy accept;
		iifname "pha2-home0" counter packets 0 bytes 0 drop
	}
}`;
  expect(countedIn(listed, "cut1_forward")).toBe(42);
  expect(countedIn(listed, "cut11_forward")).toBe(0);
  expect(countedIn(listed, "cut2_forward")).toBe(0);
});
