import { failed, ok, type Result } from "#wire/result.ts";
import { type Instant, instantOf, type Milliseconds, millis } from "#wire/time.ts";
import { type MessageProblem, malformed, readableSchema, SCHEMA } from "./envelope.ts";
import { node } from "./generated/messages.js";

/** A node's report as the port above has it (`NodeReport` of services/ports fits). */
interface ReportFields {
  readonly node: string;
  readonly boot: number;
  readonly now: Instant;
  readonly wall: number;
  readonly canCommit: boolean;
  readonly drained: boolean;
  readonly clockOff: boolean;
  readonly placement: string;
  readonly instances: readonly {
    readonly number: number;
    readonly eligible: boolean;
    readonly held: boolean;
    readonly term: number;
  }[];
  readonly asks: boolean;
  readonly heard: readonly { readonly node: string; readonly boot: number; readonly apart: number }[];
  readonly clusterTime: { readonly correction: Milliseconds; readonly decided: boolean } | undefined;
}

/** Numbers are on the wire for good. */
const COMMANDS = { drain: 1, undrain: 2, rebalance: 3 } as const;
type CommandName = keyof typeof COMMANDS;
const COMMAND_NAMES: readonly CommandName[] = ["drain", "undrain", "rebalance"];

/** Protobuf of a message whose schema is known, or why it is not read. */
const read = <T extends { readonly schema: number }>(decode: () => T): Result<T, MessageProblem> => {
  try {
    const raw = decode();
    const readable = readableSchema(raw.schema);
    return readable.ok ? ok(raw) : failed(readable.error);
  } catch (error) {
    return malformed(String(error));
  }
};

/** Encode a report in the present schema. */
export const encodeReport = (report: ReportFields): Uint8Array =>
  node.v1.Report.encode({
    ...report,
    instances: [...report.instances],
    heard: [...report.heard],
    clusterTime: report.clusterTime ?? null,
    schema: SCHEMA,
  }).finish();

/**
 * Decode a report.
 * @throws never
 */
export const decodeReport = (bytes: Uint8Array): Result<ReportFields, MessageProblem> => {
  const raw = read(() => node.v1.Report.decode(bytes));
  if (!raw.ok) return raw;
  const { value } = raw;
  if (value.node === "") return malformed("a report without a node");
  if (!Number.isFinite(value.now) || !Number.isFinite(value.wall)) return malformed("a clock that is no number");
  const { correction = 0, decided = false } = value.clusterTime ?? {};
  return ok({
    node: value.node,
    boot: value.boot,
    now: instantOf(value.now),
    wall: value.wall,
    canCommit: value.canCommit,
    drained: value.drained,
    clockOff: value.clockOff,
    placement: value.placement,
    instances: (value.instances ?? []).map((instance) => ({
      number: instance.number ?? 0,
      eligible: instance.eligible ?? false,
      held: instance.held ?? false,
      term: instance.term ?? 0,
    })),
    asks: value.asks,
    heard: (value.heard ?? []).map((one) => ({
      node: one.node ?? "",
      boot: one.boot ?? 0,
      apart: Number.isFinite(one.apart) ? (one.apart ?? 0) : Number.POSITIVE_INFINITY,
    })),
    clusterTime:
      value.clusterTime && Number.isFinite(correction)
        ? { correction: millis(correction ?? 0), decided: decided ?? false }
        : undefined,
  });
};

export const encodeNodeRequest = (command: CommandName): Uint8Array =>
  node.v1.Request.encode({ schema: SCHEMA, command: COMMANDS[command] }).finish();

/** @throws never */
export const decodeNodeRequest = (bytes: Uint8Array): Result<CommandName, MessageProblem> => {
  const raw = read(() => node.v1.Request.decode(bytes));
  if (!raw.ok) return raw;
  const name = COMMAND_NAMES.find((known) => COMMANDS[known] === raw.value.command);
  return name === undefined ? malformed(`a request of unknown kind ${raw.value.command}`) : ok(name);
};

/** @param refusal why it was not done; undefined when it was */
export const encodeNodeAnswer = (refusal: string | undefined): Uint8Array =>
  node.v1.Answer.encode({ schema: SCHEMA, refusal: refusal ?? "" }).finish();

/**
 * @returns the refusal; undefined when the request was met
 * @throws never
 */
export const decodeNodeAnswer = (bytes: Uint8Array): Result<string | undefined, MessageProblem> => {
  const raw = read(() => node.v1.Answer.decode(bytes));
  if (!raw.ok) return raw;
  return ok(raw.value.refusal === "" ? undefined : raw.value.refusal);
};
