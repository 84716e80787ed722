import { headers, type NatsConnection } from "@nats-io/transport-node";

/** One message to be stored. */
export interface StreamMessage {
  readonly subject: string;
  readonly data: Uint8Array;
  /** Seconds after which the server removes it. */
  readonly timeToLive?: number;
}

/** What became of a write, as far as the answer tells. */
export type WriteOutcome =
  | { readonly outcome: "stored"; readonly sequence: number }
  /** Refused whole: the stream's last sequence is another one. */
  | { readonly outcome: "overtaken" }
  /** No answer, or one that leaves it open. */
  | { readonly outcome: "unknown"; readonly message: string };

/** JetStream's error code for a last sequence other than the expected one. */
const WRONG_LAST_SEQUENCE = 10_071;
const WRONG_LAST_SEQUENCE_CONSTANT = 10_164;

const head = (expectedLast: number | undefined, message: StreamMessage) => {
  const made = headers();
  if (expectedLast !== undefined) made.set("Nats-Expected-Last-Sequence", String(expectedLast));
  if (message.timeToLive !== undefined) made.set("Nats-TTL", `${message.timeToLive}s`);
  return made;
};

const outcomeOf = (text: string): WriteOutcome => {
  try {
    const answer: { seq?: unknown; error?: { err_code?: unknown; description?: unknown } } = JSON.parse(text);
    if (answer.error) {
      const code = answer.error.err_code;
      return code === WRONG_LAST_SEQUENCE || code === WRONG_LAST_SEQUENCE_CONSTANT
        ? { outcome: "overtaken" }
        : { outcome: "unknown", message: `${String(answer.error.description)} (${String(code)})` };
    }
    if (typeof answer.seq === "number") return { outcome: "stored", sequence: answer.seq };
  } catch {
    // Not JSON: falls through to the answer below.
  }
  return { outcome: "unknown", message: `the server answered ${text.slice(0, 80)}` };
};

/**
 * Store messages, all or none, if the stream's last sequence is `expectedLast`: one message by a plain publish, more by an
 * atomic batch of at most 1,000 (nats-server 2.12 and newer). Waits for the acknowledgement of the whole.
 */
export const writeMessages = async (
  connection: NatsConnection,
  messages: readonly StreamMessage[],
  options: { readonly expectedLast: number; readonly batch: string; readonly timeout: number },
): Promise<WriteOutcome> => {
  const last = messages.at(-1);
  if (!last) return { outcome: "stored", sequence: options.expectedLast };
  try {
    // Publishing writes the fields out at once, so that one object serves all messages that say nothing more.
    const usual = headers();
    usual.set("Nats-Batch-Id", options.batch);
    for (const [index, message] of messages.entries()) {
      if (message === last) break;
      const isUsual = index > 0 && message.timeToLive === undefined;
      const made = isUsual ? usual : head(index === 0 ? options.expectedLast : undefined, message);
      if (!isUsual) made.set("Nats-Batch-Id", options.batch);
      made.set("Nats-Batch-Sequence", String(index + 1));
      connection.publish(message.subject, message.data, { headers: made });
    }
    const made = head(messages.length === 1 ? options.expectedLast : undefined, last);
    if (messages.length > 1) {
      made.set("Nats-Batch-Id", options.batch);
      made.set("Nats-Batch-Sequence", String(messages.length));
      made.set("Nats-Batch-Commit", "1");
    }
    const answer = await connection.request(last.subject, last.data, { headers: made, timeout: options.timeout });
    return outcomeOf(answer.string());
  } catch (error) {
    return { outcome: "unknown", message: error instanceof Error ? error.message : String(error) };
  }
};
