import { Reader } from "#wire/reader.ts";
import { ok, type Result } from "#wire/result.ts";
import { Writer } from "#wire/writer.ts";
import { type MessageProblem, malformed } from "./envelope.ts";

/** One instance in a hello. */
export interface EdgeState {
  readonly instance: number;
  readonly held: boolean;
  readonly term: number;
  readonly eligible: boolean;
  readonly epoch: number;
  readonly lastSequence: number;
  readonly greatestTerm: number;
  readonly greatestNode: string;
  readonly greatestAlive: boolean;
  /** Node that a holder gives the instance to, `*` for whoever is next in line; empty when it keeps it. */
  readonly yieldTo: string;
  /** JetStream does not acknowledge the sender's writes of this instance; left out where the node's `canCommit` holds for it. */
  readonly cannotCommit?: boolean;
  /** What the node of the greatest claim says of itself, where it is heard to hold the edge: else, and from an earlier version, 0. */
  readonly greatestEpoch: number;
  readonly greatestSequence: number;
  readonly greatestCannotCommit?: boolean;
}

/** What a guard tells its peers. */
export interface Hello {
  readonly node: string;
  readonly boot: number;
  readonly sequence: number;
  readonly mainAlive: boolean;
  readonly canCommit: boolean;
  readonly leaving: boolean;
  /** Per mille of the node's capacity in use, as its main process reckons; 0 when it says nothing. */
  readonly load: number;
  readonly edges: readonly EdgeState[];
  readonly heard: readonly { readonly node: string; readonly boot: number; readonly sequence: number }[];
}

/**
 * Version of the layout. It grows by one when a reader of the present version could not skip what is new: new fields go
 * to the end of their record, whose length is told. A node reads one version back and one ahead.
 */
export const HELLO_VERSION = 1;
const MOST_EDGES = 255;
const MOST_HEARD = 64;
/** Octets of a node's name at most. */
const LONGEST_NAME = 32;

const NODE_FLAG = { mainAlive: 1, canCommit: 2, leaving: 4 } as const;
const EDGE_FLAG = { held: 1, eligible: 2, greatestAlive: 4, cannotCommit: 8, greatestCannotCommit: 16 } as const;
/** Octets before the node's name, of an edge without its names, and of an echo without its name. */
const HEAD = 24;
const EDGE = 4 + 1 + 6 * 8;
const HEARD = 16;

const sizeOf = (name: string): number => 1 + name.length;

const writeName = (writer: Writer, name: string): void => {
  writer.u8(name.length);
  for (let at = 0; at < name.length; at++) writer.u8(name.charCodeAt(at));
};

/**
 * Encode a hello: the layout of proto/README.md, the same that the native thread writes (services/linux/native/hello-codec.cc).
 * Names are ASCII of at most 32 octets, counters are below 2^53.
 */
export const encodeHello = (hello: Hello): Uint8Array => {
  const edgeSize = (edge: EdgeState) => EDGE + sizeOf(edge.greatestNode) + sizeOf(edge.yieldTo);
  const heardSize = (heard: Hello["heard"][number]) => HEARD + sizeOf(heard.node);
  let size = HEAD + sizeOf(hello.node);
  for (const edge of hello.edges) size += 2 + edgeSize(edge);
  for (const heard of hello.heard) size += 2 + heardSize(heard);
  const writer = new Writer(new Uint8Array(size), 0);
  writer.u8(HELLO_VERSION);
  writer.u8(
    (hello.mainAlive ? NODE_FLAG.mainAlive : 0) |
      (hello.canCommit ? NODE_FLAG.canCommit : 0) |
      (hello.leaving ? NODE_FLAG.leaving : 0),
  );
  writer.u16(hello.edges.length);
  writer.u16(hello.heard.length);
  writer.u16(hello.load);
  writer.u64(BigInt(hello.boot));
  writer.u64(BigInt(hello.sequence));
  writeName(writer, hello.node);
  for (const edge of hello.edges) {
    writer.u16(edgeSize(edge));
    writer.u32(edge.instance);
    writer.u8(
      (edge.held ? EDGE_FLAG.held : 0) |
        (edge.eligible ? EDGE_FLAG.eligible : 0) |
        (edge.greatestAlive ? EDGE_FLAG.greatestAlive : 0) |
        (edge.cannotCommit === true ? EDGE_FLAG.cannotCommit : 0) |
        (edge.greatestCannotCommit === true ? EDGE_FLAG.greatestCannotCommit : 0),
    );
    for (const counter of [edge.term, edge.epoch, edge.lastSequence, edge.greatestTerm]) writer.u64(BigInt(counter));
    writeName(writer, edge.greatestNode);
    writeName(writer, edge.yieldTo);
    for (const counter of [edge.greatestEpoch, edge.greatestSequence]) writer.u64(BigInt(counter));
  }
  for (const heard of hello.heard) {
    writer.u16(heardSize(heard));
    writer.u64(BigInt(heard.boot));
    writer.u64(BigInt(heard.sequence));
    writeName(writer, heard.node);
  }
  return writer.target;
};

/** A counter; one that JavaScript cannot count to is a fault. */
const readCounter = (reader: Reader): number => {
  const at = reader.position;
  const value = reader.u64();
  if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value);
  reader.fail(at);
  return 0;
};

const readName = (reader: Reader): string => String.fromCharCode(...reader.bytes(reader.u8(LONGEST_NAME)));

/** Reads one record of told length with what it holds; what a later version put behind is skipped. */
const readRecord = <T>(reader: Reader, read: (record: Reader) => T): T => {
  const length = reader.u16();
  const at = reader.position;
  const record = new Reader(reader.bytesRead, at, Math.min(at + length, reader.limit));
  if (at + length > reader.limit) reader.fail(at);
  else reader.position = at + length;
  const value = read(record);
  if (record.fault >= 0) reader.fail(record.fault);
  return value;
};

const readEdge = (record: Reader): EdgeState => {
  const instance = record.u32();
  const flags = record.u8();
  /** Fields that an earlier version does not have. */
  const readLater = (): number => (record.position < record.limit ? readCounter(record) : 0);
  return {
    instance,
    held: (flags & EDGE_FLAG.held) !== 0,
    eligible: (flags & EDGE_FLAG.eligible) !== 0,
    greatestAlive: (flags & EDGE_FLAG.greatestAlive) !== 0,
    term: readCounter(record),
    epoch: readCounter(record),
    lastSequence: readCounter(record),
    greatestTerm: readCounter(record),
    greatestNode: readName(record),
    yieldTo: readName(record),
    greatestEpoch: readLater(),
    greatestSequence: readLater(),
    ...((flags & EDGE_FLAG.cannotCommit) === 0 ? {} : { cannotCommit: true }),
    ...((flags & EDGE_FLAG.greatestCannotCommit) === 0 ? {} : { greatestCannotCommit: true }),
  };
};

const readHeard = (record: Reader): Hello["heard"][number] => ({
  boot: readCounter(record),
  sequence: readCounter(record),
  node: readName(record),
});

/**
 * Decode a hello whose authenticator was already verified.
 * @throws never
 */
export const decodeHello = (bytes: Uint8Array): Result<Hello, MessageProblem> => {
  const reader = new Reader(bytes, 0, bytes.length);
  const version = reader.u8();
  if (Math.abs(version - HELLO_VERSION) > 1 || version === 0)
    return bytes.length === 0
      ? malformed("an empty hello")
      : { ok: false, error: { code: "unsupported-schema", schema: version } };
  const flags = reader.u8();
  const edgeCount = reader.u16();
  const heardCount = reader.u16();
  const load = reader.u16();
  const boot = readCounter(reader);
  const sequence = readCounter(reader);
  const node = readName(reader);
  if (edgeCount > MOST_EDGES || heardCount > MOST_HEARD) return malformed("a hello with too many records");
  const edges: EdgeState[] = [];
  while (edges.length < edgeCount && reader.fault < 0) edges.push(readRecord(reader, readEdge));
  const heard: Hello["heard"][number][] = [];
  while (heard.length < heardCount && reader.fault < 0) heard.push(readRecord(reader, readHeard));
  if (reader.fault >= 0) return malformed(`a hello that is cut or wrong at octet ${reader.fault}`);
  if (node === "") return malformed("a hello without a node");
  return ok({
    node,
    boot,
    sequence,
    load,
    mainAlive: (flags & NODE_FLAG.mainAlive) !== 0,
    canCommit: (flags & NODE_FLAG.canCommit) !== 0,
    leaving: (flags & NODE_FLAG.leaving) !== 0,
    edges,
    heard,
  });
};
