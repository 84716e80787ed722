import {
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
} from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { subjects } from "#bus/subjects.ts";

/** JetStream's error code for a stream that is not there. */
const STREAM_NOT_FOUND = 10_059;
/** Milliseconds: making an R3 stream may take longer than to ask for its state. */
export const TIMEOUT = { administration: 3_000, question: 500 } as const;

export const managerOf = (
  connection: NatsConnection,
  timeout: number = TIMEOUT.administration,
): Promise<JetStreamManager> => jetstreamManager(connection, { checkAPI: false, timeout });

/** Make the stream of an instance, or bring an existing one to the wanted number of replicas. Idempotent. */
export const ensureStream = async (
  manager: JetStreamManager,
  options: { readonly namespace: string; readonly instance: string; readonly replicas: number },
): Promise<{ readonly created: string; readonly lastSequence: number }> => {
  const { namespace, instance, replicas } = options;
  const name = subjects.stream(namespace, instance);
  const config = {
    subjects: [subjects.bindings(namespace, instance)],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    num_replicas: replicas,
    // The stream is the state: one message a home address, the last.
    max_msgs_per_subject: 1,
    allow_atomic: true,
    allow_msg_ttl: true,
    // Reads go to the leader, which alone knows what is committed.
    allow_direct: false,
  };
  const known = async () => {
    try {
      return await manager.streams.info(name);
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === STREAM_NOT_FOUND) return undefined;
      throw error;
    }
  };
  let info = await known();
  if (info === undefined) info = await manager.streams.add({ name, ...config });
  else if (info.config.num_replicas !== replicas) info = await manager.streams.update(name, { num_replicas: replicas });
  return { created: info.created, lastSequence: info.state.last_seq };
};

/** JetStream's error codes for more copies than there are servers: one that is alone, and a cluster. */
const TOO_FEW_SERVERS: readonly number[] = [10_074, 10_005];

/** Why a stream cannot be had, for people. @param replicas copies that it is to have */
export const whyNoStream = (error: unknown, replicas: number): string => {
  const said = error instanceof Error ? error.message : String(error);
  return error instanceof JetStreamApiError && TOO_FEW_SERVERS.includes(error.code)
    ? `${said} (cluster.replicas asks for ${replicas} NATS servers with JetStream in one cluster)`
    : said;
};

/** JetStream's error code when there is no further message. */
const NO_MESSAGE_FOUND = 10_037;

/**
 * Read the first stored message of an instance from a sequence on, from the stream's leader; undefined when there is none.
 * @throws when nobody answers
 */
export const nextMessage = async (
  connection: NatsConnection,
  place: { readonly namespace: string; readonly instance: string; readonly from: number },
): Promise<{ readonly sequence: number; readonly subject: string; readonly data: Uint8Array } | undefined> => {
  const { namespace, instance, from } = place;
  const answer = await connection.request(
    `$JS.API.STREAM.MSG.GET.${subjects.stream(namespace, instance)}`,
    JSON.stringify({ seq: from, next_by_subj: subjects.bindings(namespace, instance) }),
    { timeout: TIMEOUT.question },
  );
  const { message, error }: { message?: StoredMessage; error?: { err_code?: number; description?: string } } =
    answer.json();
  if (message) return { sequence: message.seq, subject: message.subject, data: Buffer.from(message.data, "base64") };
  if (error?.err_code === NO_MESSAGE_FOUND) return undefined;
  throw new Error(error?.description ?? "the stream did not answer");
};

/** A message as JetStream's API writes it; `data` in base64. */
interface StoredMessage {
  readonly seq: number;
  readonly subject: string;
  readonly data: string;
}
