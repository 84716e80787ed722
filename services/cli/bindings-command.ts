import { allBindings } from "#control/all-bindings.ts";
import type { BindingReport } from "#control/reports.ts";
import { addressKey, parseAddress } from "#ipv6/address.ts";
import { ok } from "#wire/result.ts";
import { askingCommand } from "./ask.ts";
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

const sortKey = ({ homeAddress }: BindingReport): string => {
  const parsed = parseAddress(homeAddress);
  return parsed.ok ? addressKey(parsed.value) : homeAddress;
};

const sorted = (bindings: readonly BindingReport[]): BindingReport[] =>
  bindings
    .map((binding) => ({ binding, key: sortKey(binding) }))
    .sort((a, b) => Number(a.key > b.key) - Number(a.key < b.key))
    .map(({ binding }) => binding);

/** `roam6 bindings`. */
export const command = askingCommand("bindings", "list the bindings of running programs", async (ask) => {
  const listed = await allBindings(ask);
  if (!listed.ok) return listed;
  const bindings = sorted(listed.value);
  const count = bindings.length;
  const table = count === 0 ? "" : formatTable(HEADINGS, bindings.map(row));
  return ok({
    value: { bindings },
    text: `${table}${count} ${count === 1 ? "binding" : "bindings"}\n`,
  });
});
