import { defineConfig } from "vitest/config";

/** On a busy machine everything comes, but late: only what never comes fails. */
const LATE = 30_000;

/** One project for each kind of test (see the table in test/README.md). */
const project = (name: string, include: string[], extra: object = {}) => ({
  test: {
    name,
    include,
    exclude: ["**/node_modules/**"],
    testTimeout: 2 * LATE,
    hookTimeout: 2 * LATE,
    expect: { poll: { timeout: LATE } },
    ...extra,
  },
});

/** Tests that own namespaces, devices or servers run one file at a time. */
const alone = {
  fileParallelism: false,
  testTimeout: 120_000,
  hookTimeout: 120_000,
};

export default defineConfig({
  test: {
    projects: [
      project("unit", ["services/**/*.test.ts"], {
        exclude: ["services/**/*.kernel.test.ts"],
      }),
      project("corpus", ["test/corpus/**/*.test.ts"]),
      project("exchange", ["test/exchange/**/*.test.ts"]),
      project("chaos", ["test/chaos/**/*.test.ts"]),
      project("kernel", ["services/**/*.kernel.test.ts"], alone),
      project("bus", ["test/bus/**/*.test.ts"], alone),
      project("trouble", ["test/trouble/**/*.test.ts"], alone),
      // These raise labs of their own: two at a time would disturb each other.
      project("chaos-lab", ["test/lab/chaos/**/*.test.ts"], alone),
      project("demo", ["test/lab/demo/**/*.test.ts"], alone),
      project("lab", ["test/lab/**/*.test.ts"], {
        exclude: ["**/node_modules/**", "test/lab/chaos/**", "test/lab/demo/**"],
        ...alone,
        // The scenarios share a lab, which takes long to settle.
        isolate: false,
        globalSetup: ["test/lab/stage/global-setup.ts"],
        testTimeout: 180_000,
        hookTimeout: 180_000,
      }),
    ],
  },
});
