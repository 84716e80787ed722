/** A request on the control socket: one line of JSON. Other fields are the command's own. */
export interface ControlRequest {
  readonly command: string;
  readonly [field: string]: unknown;
}

/** Why a program refused a request. */
export interface ControlRefusal {
  readonly code: "bad-request" | "unknown-command" | "failed" | "busy";
  readonly message: string;
}

/** The line that answers a request. */
export type ControlResponse =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: ControlRefusal };

/** A request has at most so many octets. */
export const REQUEST_LIMIT = 64 * 1024;
/** An answer has at most so many octets. */
export const RESPONSE_LIMIT = 64 * 1024 * 1024;
/** Connections at the same time; one more is told `busy`. */
export const CLIENT_LIMIT = 32;
/** A path of a unix socket has at most so many octets (unix(7)). */
export const PATH_LIMIT = 107;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** @returns the JSON object on a line, or undefined when it holds anything else */
const parseObject = (line: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

/** @returns the request on a line, or undefined when it is none */
export const parseRequest = (line: string): ControlRequest | undefined => {
  const value = parseObject(line);
  const command = value?.["command"];
  return typeof command === "string" ? { ...value, command } : undefined;
};

const REFUSALS = ["bad-request", "unknown-command", "failed", "busy"] as const;

/** @returns the response on a line, or undefined when it is none */
export const parseResponse = (line: string): ControlResponse | undefined => {
  const value = parseObject(line);
  if (value?.["ok"] === true) return { ok: true, result: value["result"] };
  const error = value?.["error"];
  if (value?.["ok"] !== false || !isRecord(error)) return undefined;
  const code = REFUSALS.find((known) => known === error["code"]) ?? "failed";
  return { ok: false, error: { code, message: String(error["message"]) } };
};
