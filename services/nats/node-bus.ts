import { errors, type Msg, type NatsConnection, type Subscription } from "@nats-io/transport-node";
import {
  decodeNodeAnswer,
  decodeNodeRequest,
  decodeReport,
  encodeNodeAnswer,
  encodeNodeRequest,
  encodeReport,
} from "#bus/node-message.ts";
import { DEFAULT_NAMESPACE, subjects } from "#bus/subjects.ts";
import type { NodeBus, NodeRequestError } from "#ports/node-bus.ts";
import { failed, ok } from "#wire/result.ts";
import type { Bus } from "./bus.ts";

export interface NodeBusOptions {
  /** First token of the subjects, `roam6` by default. */
  readonly namespace?: string;
  readonly node: string;
}

/** How long a request waits for its answer, milliseconds. */
const ANSWER_LIMIT = 2_000;

/** Why a node that was asked has not answered, for people. */
const silenceOf = (to: string, error: unknown): string => {
  if (error instanceof errors.RequestError && error.isNoResponders())
    return `${to} does not answer: its program does not run, or does not reach NATS`;
  if (error instanceof errors.TimeoutError) return `${to} does not answer within ${ANSWER_LIMIT / 1000} s`;
  return `${to} does not answer: ${error instanceof Error ? error.message : String(error)}`;
};

/** Reports and requests of nodes over plain NATS subjects: what is lost is said again a second later. */
export const createNodeBus = (options: NodeBusOptions, deps: { readonly bus: Bus }): NodeBus => {
  const { bus } = deps;
  const { node } = options;
  const namespace = options.namespace ?? DEFAULT_NAMESPACE;
  let live: NatsConnection | undefined;

  const subscribe = (connection: NatsConnection, handlers: Parameters<NodeBus["serve"]>[0]): Subscription[] => {
    const onRequest = async (message: Msg): Promise<void> => {
      const command = decodeNodeRequest(message.data);
      const refusal = command.ok ? await handlers.command(command.value) : `${node} does not know this request`;
      message.respond(encodeNodeAnswer(refusal));
    };
    return [
      connection.subscribe(subjects.nodeReport(namespace), {
        callback: (error, message) => {
          const report = error ? undefined : decodeReport(message.data);
          if (report?.ok === true && report.value.node !== node) handlers.report(report.value);
        },
      }),
      connection.subscribe(subjects.nodeRequest(namespace, node), {
        callback: (error, message) => {
          if (!error) void onRequest(message);
        },
      }),
    ];
  };

  return {
    serve: async (handlers, signal) => {
      const stopListening = bus.onChange(() => {
        if (bus.connected && live !== undefined) handlers.reached();
      });
      const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      while (!signal.aborted) {
        try {
          const connection = await bus.connection(signal);
          const subscriptions = subscribe(connection, handlers);
          live = connection;
          handlers.reached();
          // A connection that breaks is the same one when it is back, subscriptions included.
          await Promise.race([connection.closed(), aborted]);
          for (const subscription of subscriptions) subscription.unsubscribe();
        } catch {
          // Aborted while there was no connection: the loop ends.
        }
        live = undefined;
      }
      stopListening();
    },
    publish: (report) => {
      // Said into a connection that is broken it would be heard late, and be wrong by then.
      if (bus.connected && live !== undefined && !live.isClosed())
        live.publish(subjects.nodeReport(namespace), encodeReport(report));
    },
    request: async (to, command, signal) => {
      const limit = AbortSignal.timeout(ANSWER_LIMIT);
      const connection = await bus.connection(AbortSignal.any([signal, limit])).catch(() => undefined);
      if (connection === undefined) {
        const why = bus.problem === undefined ? "" : `: ${bus.problem}`;
        return failed<NodeRequestError>({ code: "unreachable", message: `${to} cannot be asked without NATS${why}` });
      }
      try {
        const answer = await connection.request(subjects.nodeRequest(namespace, to), encodeNodeRequest(command), {
          timeout: ANSWER_LIMIT,
        });
        const read = decodeNodeAnswer(answer.data);
        if (!read.ok) return failed<NodeRequestError>({ code: "refused", message: `${to} answers in another version` });
        return read.value === undefined
          ? ok(undefined)
          : failed<NodeRequestError>({ code: "refused", message: read.value });
      } catch (error) {
        return failed<NodeRequestError>({ code: "unreachable", message: silenceOf(to, error) });
      }
    },
  };
};
