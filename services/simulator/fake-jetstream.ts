import { millis } from "#wire/time.ts";
import type { FakeJetStream, FakeJetStreamOptions, WriteAnswer } from "./fake-jetstream-contract.ts";
import {
  type Consumer,
  type Entry,
  type Group,
  loseTail,
  type Proposal,
  type Stream,
} from "./fake-jetstream-stream.ts";

/** A deposed leader finds out by itself after so long (nats-server: lost quorum). */
const LOST_QUORUM = 10_000;
/** A client takes a silent consumer for dead after so long. */
const SILENCE = millis(1_000);
/** Part of the messages on a connection that breaks which arrive once it is there again. */
const HELD_BACK = 0.4;

export const createFakeJetStream = (options: FakeJetStreamOptions): FakeJetStream => {
  const { clock, random, servers } = options;
  const up = new Set(servers);
  const streams = new Map<string, Stream>();
  let held: { readonly from: string; readonly to: string; readonly arrive: () => void }[] = [];

  const reaches = (a: string, b: string): boolean => up.has(a) && up.has(b) && (a === b || options.isConnected(a, b));

  /** Carries a message between two servers; what is under way when the connection breaks is lost, or late. */
  const carry = (from: string, to: string, arrive: () => void): void => {
    const hold = (): void => {
      if (up.has(from) && up.has(to) && random.chance(HELD_BACK)) held.push({ from, to, arrive });
    };
    if (!reaches(from, to)) {
      hold();
      return;
    }
    clock.start(from === to ? millis(0) : options.latency(), () => (reaches(from, to) ? arrive() : hold()));
  };

  const hasMajority = (group: Group, server: string): boolean =>
    group.members.filter((member) => reaches(server, member)).length * 2 > group.members.length;
  const canLead = (group: Group): group is Group & { leader: string } =>
    group.leader !== undefined && up.has(group.leader) && hasMajority(group, group.leader);

  const appointLeader = (group: Group, server: string): void => {
    if (group.leader !== undefined && group.leader !== server)
      group.deposed.set(group.leader, clock.now() + LOST_QUORUM);
    group.deposed.delete(server);
    group.leader = server;
  };

  /** Keeps a leader in office, or sees to it that there will be one. */
  const assess = (group: Group, onElected: () => void, isFit: (server: string) => boolean): void => {
    if (canLead(group)) {
      group.election?.cancel();
      group.election = undefined;
      return;
    }
    const [shortest, longest] = options.election;
    group.election ??= clock.start(millis(random.between(shortest, longest)), () => {
      group.election = undefined;
      const candidates = group.members.filter(
        (server) => up.has(server) && hasMajority(group, server) && isFit(server),
      );
      if (canLead(group)) return;
      if (candidates.length === 0) return assess(group, onElected, isFit);
      appointLeader(group, random.pick(candidates));
      onElected();
    });
  };

  /** Consumers are made by the leader of all servers together. */
  const meta: Group = { members: servers, leader: servers[0], deposed: new Map(), election: undefined };

  const append = (stream: Stream, { subject, data }: Proposal["messages"][number], leader: string): void => {
    const entry: Entry = {
      sequence: stream.log.length + 1,
      subject,
      data,
      replacedBy: Number.POSITIVE_INFINITY,
    };
    const former = stream.current.get(subject);
    if (former !== undefined) former.replacedBy = entry.sequence;
    stream.current.set(subject, entry);
    stream.log.push(entry);
    options.onStored?.(stream.name, entry, leader);
  };

  /** Brings a replica level with its leader, some time later. */
  const synchronize = (stream: Stream, server: string): void => {
    clock.start(millis(random.between(1, 25)), () => {
      const { leader } = stream;
      if (leader === undefined || !reaches(leader, server)) return;
      if (stream.applied.get(server) === stream.log.length) return;
      stream.applied.set(server, stream.log.length);
      pump(stream);
    });
  };

  /** Commits what the leader has written, as far as a majority answers it. */
  const commit = (stream: Stream): void => {
    while (canLead(stream)) {
      const [proposal] = stream.proposals;
      if (!proposal?.written) break;
      const { leader } = stream;
      stream.proposals.shift();
      for (const message of proposal.messages) append(stream, message, leader);
      const others = stream.members.filter((server) => server !== leader && reaches(leader, server));
      const first = random.below(Math.max(others.length, 1));
      const majority = [...others.slice(first), ...others.slice(0, first)].slice(0, stream.members.length >> 1);
      for (const server of [leader, ...majority]) stream.applied.set(server, stream.log.length);
      for (const server of others) if (!majority.includes(server)) synchronize(stream, server);
      proposal.reply({ outcome: "stored", sequence: stream.log.length });
    }
    pump(stream);
  };

  /** What the former leader had not committed: the new one may have got a first part of it. */
  const onElected = (stream: Stream): void => {
    const orphans = stream.proposals;
    stream.proposals = [];
    const { leader } = stream;
    if (leader === undefined) return;
    for (const proposal of orphans) {
      if (!random.chance(0.5)) break;
      stream.proposals.push({ ...proposal, written: true, reply: () => undefined });
    }
    for (const server of stream.members) synchronize(stream, server);
    commit(stream);
  };

  const assessStream = (stream: Stream): void => {
    assess(
      stream,
      () => onElected(stream),
      // Raft elects nobody who lacks what was committed.
      (server) => stream.applied.get(server) === stream.log.length,
    );
    if (!canLead(stream)) return;
    for (const server of stream.members)
      if (stream.applied.get(server) !== stream.log.length) synchronize(stream, server);
    commit(stream);
  };

  /** Who a server takes for the leader of a stream: the real one, or a deposed one on its own side of a cut. */
  const leaderFor = (stream: Stream, client: string): string | undefined => {
    if (stream.leader !== undefined && reaches(client, stream.leader)) return stream.leader;
    for (const [server, until] of stream.deposed) if (clock.now() < until && reaches(client, server)) return server;
    return undefined;
  };

  const ask = (client: string, name: string, serve: (stream: Stream, leader: string) => void): void => {
    const stream = streams.get(name);
    if (stream === undefined) return;
    const leader = leaderFor(stream, client) ?? stream.leader;
    if (leader !== undefined)
      carry(client, leader, () => {
        // A server that leads no more answers nothing.
        if (leader === stream.leader || (stream.deposed.get(leader) ?? 0) > clock.now()) serve(stream, leader);
      });
  };

  const endConsumer = (stream: Stream, consumer: Consumer, reason: string): void => {
    if (consumer.ended) return;
    consumer.ended = true;
    stream.consumers.delete(consumer);
    clock.start(SILENCE, () => consumer.onEnd(reason));
  };

  const pump = (stream: Stream): void => {
    for (const consumer of stream.consumers) {
      if (!reaches(consumer.source, consumer.client)) endConsumer(stream, consumer, "the consumer is silent");
      else if (!consumer.scheduled && consumer.position < (stream.applied.get(consumer.source) ?? 0)) {
        consumer.scheduled = true;
        clock.start(millis(random.between(0.3, 4)), () => {
          consumer.scheduled = false;
          deliver(stream, consumer);
        });
      }
    }
  };

  const deliver = (stream: Stream, consumer: Consumer): void => {
    if (consumer.ended || !reaches(consumer.source, consumer.client)) {
      pump(stream);
      return;
    }
    const end = stream.applied.get(consumer.source) ?? 0;
    const due = stream.log.slice(consumer.position, end).filter(({ replacedBy }) => replacedBy > end);
    consumer.position = end;
    for (const [at, entry] of due.entries()) consumer.onMessage(entry, due.length - 1 - at);
  };

  const changed = (): void => {
    const late = held;
    held = [];
    for (const message of late) {
      if (!up.has(message.from) || !up.has(message.to)) continue;
      if (reaches(message.from, message.to)) carry(message.from, message.to, message.arrive);
      else held.push(message);
    }
    assess(
      meta,
      () => undefined,
      () => true,
    );
    for (const stream of streams.values()) {
      assessStream(stream);
      pump(stream);
    }
  };

  return {
    changed,
    isUp: (server) => up.has(server),
    startServer: (server) => {
      up.add(server);
      changed();
    },
    killServer: (server) => {
      up.delete(server);
      held = held.filter(({ from, to }) => from !== server && to !== server);
      for (const group of [meta, ...streams.values()]) {
        group.deposed.delete(server);
        if (group.leader === server) group.leader = undefined;
      }
      changed();
    },
    ensureStream: (name) => {
      if (streams.has(name)) return;
      const first = random.below(servers.length);
      const members = [...servers.slice(first), ...servers.slice(0, first)].slice(0, options.replicas);
      streams.set(name, {
        name,
        members,
        leader: random.pick(members),
        deposed: new Map(),
        election: undefined,
        log: [],
        current: new Map(),
        applied: new Map(members.map((server) => [server, 0])),
        proposals: [],
        consumers: new Set(),
      });
      changed();
    },
    leaderOf: (name) => {
      const stream = streams.get(name);
      return stream !== undefined && canLead(stream) ? stream.leader : undefined;
    },
    lastSequence: (name) => streams.get(name)?.log.length ?? 0,
    messages: (name) => [...(streams.get(name)?.current.values() ?? [])].sort((a, b) => a.sequence - b.sequence),
    write: (client, name, { messages, expectedLast }, answer) =>
      ask(client, name, (stream, leader) => {
        // A deposed leader takes what it can never commit.
        if (leader !== stream.leader) return;
        const reply = (said: WriteAnswer) => carry(leader, client, () => answer(said));
        const end = stream.log.length + stream.proposals.reduce((sum, proposal) => sum + proposal.messages.length, 0);
        if (expectedLast !== end && options.isUnfenced !== true) return reply({ outcome: "overtaken" });
        const proposal: Proposal = { messages, reply, written: false };
        stream.proposals.push(proposal);
        const write = (): void => {
          const delay = options.diskDelay(leader);
          // A stuck disk is asked again until it writes.
          if (delay === Number.POSITIVE_INFINITY) clock.start(millis(50), write);
          else
            clock.start(delay, () => {
              if (!stream.proposals.includes(proposal)) return;
              proposal.written = true;
              commit(stream);
            });
        };
        write();
      }),
    info: (client, name, answer) =>
      ask(client, name, (stream, leader) => {
        const lastSequence = stream.applied.get(leader) ?? 0;
        const replicas = stream.members
          .filter((server) => server !== leader)
          .map((server) => {
            const lag = Math.max(0, stream.log.length - (stream.applied.get(server) ?? 0));
            return { server, current: lag === 0 && reaches(leader, server), lag };
          });
        carry(leader, client, () => answer({ lastSequence, leader, replicas }));
      }),
    read: (client, name, query, answer) =>
      ask(client, name, (stream, leader) => {
        const end = stream.applied.get(leader) ?? 0;
        const isThere = (entry: Entry | undefined) =>
          entry !== undefined && entry.sequence <= end && entry.replacedBy > end;
        let found: Entry | undefined;
        if ("sequence" in query) found = stream.log[query.sequence - 1];
        else if ("subject" in query)
          found = stream.log.findLast((entry) => entry.subject === query.subject && entry.sequence <= end);
        else found = stream.log.slice(query.from - 1).find(isThere);
        carry(leader, client, () => answer(isThere(found) ? found : undefined));
      }),
    moveLeader: (client, name, server) =>
      ask(client, name, (stream, leader) => {
        if (leader !== stream.leader || !stream.members.includes(server) || server === leader) return;
        stream.leader = undefined;
        clock.start(millis(random.between(50, 300)), () => {
          if (stream.leader !== undefined) return;
          const isFit =
            up.has(server) && hasMajority(stream, server) && stream.applied.get(server) === stream.log.length;
          const next = isFit ? server : leader;
          if (up.has(next) && hasMajority(stream, next)) {
            appointLeader(stream, next);
            onElected(stream);
          }
          assessStream(stream);
        });
      }),
    loseTail: (name, most, isLosable) => {
      const stream = streams.get(name);
      if (stream === undefined || stream.members.some((server) => up.has(server))) return 0;
      return loseTail(stream, most, { isLosable, random });
    },
    consume: (client, name, { from, onCreated, onMessage, onEnd }) => {
      const stream = streams.get(name);
      let consumer: Consumer | undefined;
      let isOver = false;
      const { leader } = meta;
      if (stream !== undefined && leader !== undefined && canLead(meta))
        carry(client, leader, () => {
          const sources = stream.members.filter((server) => reaches(leader, server));
          if (isOver || sources.length === 0) return;
          const source = random.pick(sources);
          const made: Consumer = {
            client,
            source,
            position: from - 1,
            scheduled: false,
            ended: false,
            onMessage,
            onEnd,
          };
          const end = stream.applied.get(source) ?? 0;
          const pending = stream.log.slice(from - 1, end).filter(({ replacedBy }) => replacedBy > end).length;
          carry(leader, client, () => {
            if (isOver) return;
            consumer = made;
            stream.consumers.add(made);
            onCreated(pending);
            pump(stream);
          });
        });
      return {
        end: () => {
          isOver = true;
          if (consumer === undefined) return;
          consumer.ended = true;
          stream?.consumers.delete(consumer);
        },
      };
    },
  };
};
