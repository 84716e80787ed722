import { address, formatAddress } from "#ipv6/address.ts";
import { createDigests } from "#linux/digests.ts";
import { createPackets } from "#linux/packets.ts";
import { fillMobileNodeHomeAgent, makeMobileNodeHomeAgentOption } from "#mip6/authentication.ts";
import { decodeMobilityPacket, encodeMobilityPacket } from "#mip6/packet.ts";
import { replayTimestamp } from "#mip6/replay-timestamp.ts";
import { nextSequence } from "#mip6/sequence.ts";
import { until } from "#test/poll.ts";

export const HOME_AGENT = address("2001:db8:1::a1");
export const CARE_OF = address("2001:db8:f1::100");
/** The mobile node of deploy/examples/ha.yaml. */
export const HOME = address("2001:db8:1::100");
const KEY = Uint8Array.from(Buffer.from("00112233445566778899aabbccddeeff", "hex"));
const SPI = 256;

/** What a Binding Update says that is not as usual. */
export interface Update {
  readonly homeAddress?: Uint8Array;
  readonly key?: Uint8Array;
  /** Seconds that the mobile node's clock is ahead. */
  readonly clockAhead?: number;
}

/** A Binding Acknowledgement that came. */
export interface Answer {
  /** Whose: address in the type 2 routing header, as text. */
  readonly homeAddress: string;
  readonly status: number;
}

/** A mobile node that sends what a test tells it to, from a namespace with the address CARE_OF. */
export interface ScriptedMobileNode extends AsyncDisposable {
  /** The acknowledgements that came, oldest first. */
  readonly answers: readonly Answer[];
  build(update?: Update): Uint8Array;
  /** @returns how many the kernel took */
  send(packets: readonly Uint8Array[]): number;
  /** Sends Binding Updates, one a second, until one of this home address is acknowledged. @returns the status */
  register(update?: Update, within?: number): Promise<number>;
}

export const openMobileNode = (namespace: string, device: string): ScriptedMobileNode => {
  const cleanup = new AsyncDisposableStack();
  const packets = createPackets({ namespace });
  if (!packets.ok) throw new Error(packets.error.message);
  cleanup.use(packets.value);
  const answers: Answer[] = [];
  const tap = packets.value.openTap({
    device,
    filter: { kind: "mobility" },
    ignoreOutgoing: true,
    onPackets: (batch) => {
      for (const { bytes } of batch) {
        const decoded = decodeMobilityPacket(bytes);
        if (!decoded.ok || decoded.value.message.type !== 6) continue;
        const { message, routingHome } = decoded.value;
        answers.push({
          homeAddress: routingHome === undefined ? "" : formatAddress(routingHome),
          status: message.status,
        });
      }
    },
  });
  const held = packets.value.holdProtocol(135);
  if (!tap.ok || !held.ok) throw new Error("the mobile node cannot listen");
  cleanup.use(tap.value);
  cleanup.use(held.value);
  const digests = createDigests();
  let sequence = 0;

  const build = ({ homeAddress = HOME, key = KEY, clockAhead = 0 }: Update = {}): Uint8Array => {
    sequence = nextSequence(sequence);
    const flags = {
      acknowledge: true,
      homeRegistration: true,
      linkLocalCompatibility: false,
      keyManagement: false,
      mobileRouter: false,
    };
    const options = [
      { type: 8, subtype: 1, identifier: Buffer.from("mn@example.org") },
      { type: 10, timestamp: replayTimestamp(Date.now() + clockAhead * 1000, sequence) },
      makeMobileNodeHomeAgentOption(SPI),
    ] as const;
    return encodeMobilityPacket(
      {
        source: CARE_OF,
        destination: HOME_AGENT,
        homeAddress,
        message: { type: 5, sequence, flags, lifetime: 60, options },
      },
      fillMobileNodeHomeAgent(digests, { key, careOfAddress: CARE_OF, other: homeAddress }),
    );
  };
  const send = (batch: readonly Uint8Array[]): number => packets.value.send(batch).sent;
  return {
    answers,
    build,
    send,
    register: async (update = {}, within = 30_000) => {
      const before = answers.length;
      const own = formatAddress(update.homeAddress ?? HOME);
      const answer = () => answers.slice(before).find(({ homeAddress }) => homeAddress === own);
      let last = Number.NEGATIVE_INFINITY;
      await until(() => {
        if (answer() !== undefined) return true;
        if (performance.now() - last > 1000) {
          last = performance.now();
          send([build(update)]);
        }
        return false;
      }, within);
      return answer()?.status ?? -1;
    },
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  };
};
