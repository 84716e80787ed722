import type { TapFilter } from "#ports/packets.ts";

// Classic BPF, as the kernel runs it on a socket: octets are counted from the IPv6 header.
const LOAD_WORD = 0x20; // BPF_LD | BPF_W | BPF_ABS
const LOAD_OCTET = 0x30; // BPF_LD | BPF_B | BPF_ABS
const JUMP_IF_EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
const RETURN = 0x06; // BPF_RET | BPF_K

/** Loads from here on ask for what the kernel knows beside the octets. */
const ANCILLARY = 0xfffff000;
const PROTOCOL = ANCILLARY;
const VLAN_TAG_PRESENT = ANCILLARY + 48;

const ETH_P_IPV6 = 0x86dd;
const NEXT_HEADER = 6;
const FIRST_OF_PAYLOAD = 40;
const WHOLE_PACKET = 0xffff;

const MOBILITY_HEADER = 135;
const IPV6 = 41;
const ICMPV6 = 58;
/** Hop-by-Hop Options, Routing, Fragment, Destination Options. */
const LEAD_ON = [0, 43, 44, 60] as const;

type Instruction =
  | { readonly load: number; readonly code: number }
  /** Jumps when the loaded value is this one; falls through when not. */
  | { readonly equals: number; readonly to: "accept" | "drop" | "payload" }
  | { readonly equals: number; readonly orElse: "drop" }
  | { readonly label: "accept" | "drop" | "payload" };

const put = (view: DataView, offset: number, fields: { code: number; jt?: number; jf?: number; k: number }) => {
  view.setUint16(offset, fields.code, true);
  view.setUint8(offset + 2, fields.jt ?? 0);
  view.setUint8(offset + 3, fields.jf ?? 0);
  view.setUint32(offset + 4, fields.k, true);
};

/** Resolves labels: `payload` where it stands, `drop` and `accept` as the last two instructions. */
const assemble = (program: readonly Instruction[]): Uint8Array => {
  const steps = program.filter((step) => !("label" in step));
  const marked = program.findIndex((step) => "label" in step);
  const at = { payload: marked, drop: steps.length, accept: steps.length + 1 };
  const bytes = new Uint8Array((steps.length + 2) * 8);
  const view = new DataView(bytes.buffer);
  for (const [index, step] of steps.entries()) {
    if ("load" in step) put(view, index * 8, { code: step.code, k: step.load });
    else if ("to" in step) put(view, index * 8, { code: JUMP_IF_EQUAL, k: step.equals, jt: at[step.to] - index - 1 });
    else if ("orElse" in step)
      put(view, index * 8, { code: JUMP_IF_EQUAL, k: step.equals, jf: at[step.orElse] - index - 1 });
  }
  put(view, at.drop * 8, { code: RETURN, k: 0 });
  put(view, at.accept * 8, { code: RETURN, k: WHOLE_PACKET });
  return bytes;
};

/** IPv6 only, and not of a VLAN that the device strips the tag of; leaves Next Header loaded. */
const untaggedIpv6: readonly Instruction[] = [
  { code: LOAD_WORD, load: PROTOCOL },
  { equals: ETH_P_IPV6, orElse: "drop" },
  { code: LOAD_WORD, load: VLAN_TAG_PRESENT },
  { equals: 0, orElse: "drop" },
  { code: LOAD_OCTET, load: NEXT_HEADER },
];

/** Always falls to `drop`: no protocol number is that large. */
const otherwiseDrop: Instruction = { equals: 0xffffffff, orElse: "drop" };

/** Mobility Header at once, or behind one extension header, or behind two of which the rest is left to the decoder. */
const mobility: readonly Instruction[] = [
  ...untaggedIpv6,
  { equals: MOBILITY_HEADER, to: "accept" },
  ...LEAD_ON.map((equals): Instruction => ({ equals, to: "payload" })),
  otherwiseDrop,
  { label: "payload" },
  { code: LOAD_OCTET, load: FIRST_OF_PAYLOAD },
  ...[MOBILITY_HEADER, ...LEAD_ON].map((equals): Instruction => ({ equals, to: "accept" })),
];

const icmpv6 = (types: readonly number[]): readonly Instruction[] => [
  ...untaggedIpv6,
  { equals: ICMPV6, orElse: "drop" },
  { code: LOAD_OCTET, load: FIRST_OF_PAYLOAD },
  ...types.map((equals): Instruction => ({ equals, to: "accept" })),
];

const tunnelled: readonly Instruction[] = [...untaggedIpv6, { equals: IPV6, to: "accept" }];

const destinationOptions: readonly Instruction[] = [...untaggedIpv6, { equals: 60, to: "accept" }];

/** The program that lets through what a tap asks for (at most 200 ICMPv6 types). */
export const packetFilter = (filter: TapFilter): Uint8Array => {
  switch (filter.kind) {
    case "mobility":
      return assemble(mobility);
    case "destination-options":
      return assemble(destinationOptions);
    case "icmpv6":
      return assemble(icmpv6(filter.types));
    case "tunnelled":
      return assemble(tunnelled);
  }
};

/** Lets nothing through: for sockets that are held open but never read. */
export const DROP_ALL: Uint8Array = assemble([]);
