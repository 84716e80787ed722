import type { ControlProblem } from "#control/client.ts";
import { readBindings } from "#control/report-schemas.ts";
import type { BindingReport } from "#control/reports.ts";
import { failed, ok, type Result } from "#wire/result.ts";
import { type Ask, askingCommand } from "./ask.ts";
import { formatDuration, formatTable } from "./table.ts";

const HEADINGS = ["HOME ADDRESS", "CARE-OF ADDRESS", "INSTANCE", "STATE", "SEQUENCE", "LIFETIME", "REMAINING"];

const row = (binding: BindingReport): readonly string[] => [
  binding.homeAddress,
  binding.careOfAddress,
  binding.instance ?? binding.peer ?? "",
  binding.state,
  String(binding.sequence),
  formatDuration(binding.lifetimeSeconds),
  formatDuration(binding.remainingSeconds),
];

/** Asks page by page: a program may hold a million bindings. */
const fetchAll = async (ask: Ask): Promise<Result<readonly BindingReport[], ControlProblem>> => {
  const all: BindingReport[] = [];
  let after: string | undefined;
  for (;;) {
    const answer = await ask({ command: "bindings", limit: 10_000, ...(after === undefined ? {} : { after }) });
    if (!answer.ok) return answer;
    const page = readBindings(answer.value);
    if (!page.ok) return failed({ code: "broken", message: page.error });
    all.push(...page.value.bindings);
    const { next } = page.value;
    if (next === undefined || next === after || page.value.bindings.length === 0) return ok(all);
    after = next;
  }
};

/** `roam6 bindings`. */
export const command = askingCommand("bindings", "list the bindings of running programs", async (ask) => {
  const bindings = await fetchAll(ask);
  if (!bindings.ok) return bindings;
  const count = bindings.value.length;
  const table = count === 0 ? "" : formatTable(HEADINGS, bindings.value.map(row));
  return ok({
    value: { bindings: bindings.value },
    text: `${table}${count} ${count === 1 ? "binding" : "bindings"}\n`,
  });
});
