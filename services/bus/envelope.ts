import { failed, ok, type Result } from "#wire/result.ts";

/**
 * Version of the message schemas in `proto/` that this program writes. It grows by one when a field is added whose
 * absence an older reader must not ignore; other additions need no new version, since protobuf skips unknown fields.
 */
export const SCHEMA = 1;

/** Why a message of another node is not read. */
export type MessageProblem =
  /** Not the message that its place promises. */
  | { readonly code: "malformed"; readonly message: string }
  /** Written by a program that is more than one schema version apart. */
  | { readonly code: "unsupported-schema"; readonly schema: number };

/** A node reads one schema version back and one ahead; 0 is what a message without the field gives. */
export const readableSchema = (schema: number): Result<void, MessageProblem> =>
  schema >= 1 && schema >= SCHEMA - 1 && schema <= SCHEMA + 1
    ? ok(undefined)
    : failed({ code: "unsupported-schema", schema });

export const malformed = (message: string) => failed<MessageProblem>({ code: "malformed", message });
