/**
 * Whether this run must not skip what a machine lacks for containers, a browser or a virtual machine: `.ci/run` asks for that
 * with ROAM6_REQUIRE_ENGINES=1. Without root none of them can be set up, and is not required.
 */
export const enginesAreRequired = process.env["ROAM6_REQUIRE_ENGINES"] === "1" && process.getuid?.() === 0;
