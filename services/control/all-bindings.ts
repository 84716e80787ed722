import { failed, ok, type Result } from "#wire/result.ts";
import type { ControlProblem } from "./client.ts";
import type { ControlRequest } from "./protocol.ts";
import { readBindings } from "./report-schemas.ts";
import type { BindingReport } from "./reports.ts";

const PAGE = 10_000;

/** All bindings of a program, asked page by page, for it may hold a million; in no order. */
export const allBindings = async (
  ask: (request: ControlRequest) => Promise<Result<unknown, ControlProblem>>,
): Promise<Result<BindingReport[], ControlProblem>> => {
  const all: BindingReport[] = [];
  let after: string | undefined;
  for (;;) {
    const answer = await ask({ command: "bindings", limit: PAGE, ...(after === undefined ? {} : { after }) });
    if (!answer.ok) return answer;
    const page = readBindings(answer.value);
    if (!page.ok) return failed({ code: "broken", message: page.error });
    for (const binding of page.value.bindings) all.push(binding);
    const { bindings, next } = page.value;
    if (next === undefined || next === after || bindings.length === 0) return ok(all);
    after = next;
  }
};
