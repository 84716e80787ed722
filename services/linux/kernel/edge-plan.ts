import { type Address, address, multicastMac } from "#ipv6/address.ts";
import { writeIpv6Header } from "#ipv6/packet.ts";
import { listenerReportFrame } from "#linux/listener-report.ts";
import type { NativeBatch, NativePlan } from "#linux/native.ts";
import { advertisementFrame, frame } from "#linux/neighbor-messages.ts";
import { joinMessages } from "#linux/netlink-message.ts";
import { NLM_F } from "#netlink/message.ts";
import type { InstanceSpec, KernelError, Plane } from "#ports/kernel.ts";
import { done, ok, type Result } from "#wire/result.ts";
import { restoreProxies } from "./classic/classic-kernel.ts";
import { mute, unmute } from "./devices.ts";
import {
  activationRequests,
  addressRequests,
  findInstance,
  isActive,
  wakeRequests,
  withdrawalRequests,
} from "./instances.ts";
import { canRest, layToRest, localRouteRemovals, restRequests } from "./resting.ts";
import { openSession, type Request } from "./session.ts";

/** Where hellos from a virtual MAC go: a group of the link (RFC 4291 §2.7), so that every switch sees them, and every guard. */
const HELLO_GROUP: Address = address("ff12::6275");
const IPV6_HEADER = 40;
const UDP_HEADER = 8;
const UDP = 17;
const HOP_LIMIT = 255;
/** Class selector 6, as the other hellos have (RFC 4594 §3.1). */
const TRAFFIC_CLASS = 0xc0;

const batchOf = (requests: readonly Request[]): NativeBatch => ({
  messages: joinMessages(
    requests.map(({ message }) => message),
    0,
    () => NLM_F.REQUEST | NLM_F.ACK,
  ),
  steps: requests.map(({ what, allow = [] }) => ({ what, allow })),
});

/** Headers of a hello from the virtual MAC of an instance; UDP to and from the port of hellos. */
const helloHeadOf = (spec: InstanceSpec, port: number): Uint8Array => {
  const packet = new Uint8Array(IPV6_HEADER + UDP_HEADER);
  writeIpv6Header(packet, 0, {
    trafficClass: TRAFFIC_CLASS,
    payloadLength: UDP_HEADER,
    nextHeader: UDP,
    hopLimit: HOP_LIMIT,
    source: spec.homeAgentAddress,
    destination: HELLO_GROUP,
  });
  const view = new DataView(packet.buffer);
  view.setUint16(IPV6_HEADER, port);
  view.setUint16(IPV6_HEADER + 2, port);
  return frame(multicastMac(HELLO_GROUP), spec.virtualMac, packet);
};

/** Makes ready what taking and withdrawing an instance is for this kernel, so that nothing is left to be looked up then. */
export interface EdgePlanner extends AsyncDisposable {
  /**
   * Before a guard begins: an edge that the kernel has up is heard again, one that a guard which died has left half taken, half given
   * away or resting under another plane becomes a standby's. Never beside a guard that runs.
   */
  settle(number: number): Promise<Result<void, KernelError>>;
  /** The plan of an instance that is open; changes nothing. @returns `not-found` when it is not */
  plan(number: number): Promise<Result<NativePlan, KernelError>>;
  /** What belongs to a takeover and may come after it: what grows with the bindings, proxies of the classic plane, and what is there already but for meddling. */
  complete(number: number): Promise<Result<void, KernelError>>;
}

/** Plans for the kernel of the process's own network namespace; `port` is the UDP port of hellos. */
export const createEdgePlanner = (options: { readonly plane: Plane; readonly port: number }): EdgePlanner => {
  const session = openSession(undefined);
  const mayRest = async (): Promise<boolean> => options.plane === "routed" && (await canRest(session));
  return {
    settle: async (number) => {
      const found = await findInstance(session, number);
      if (!found.ok) return found;
      const active = await isActive(session, [found.value]);
      if (!active.ok) return active;
      if (active.value.has(number)) return session.all([unmute(found.value.device.index)]);
      if (await mayRest()) return layToRest(session, found.value);
      return found.value.device.up ? session.all([...withdrawalRequests(found.value)]) : done;
    },
    plan: async (number) => {
      const found = await findInstance(session, number);
      if (!found.ok) return found;
      const { spec, device } = found.value;
      const { homeAgentAddress, virtualMac } = spec;
      const rests = await mayRest();
      return ok({
        take: batchOf(activationRequests(found.value)),
        ...(rests ? { wake: batchOf(wakeRequests(found.value)), tidy: batchOf(localRouteRemovals(found.value)) } : {}),
        withdraw: batchOf((rests ? restRequests : withdrawalRequests)(found.value)),
        mute: batchOf([mute(device.index)]),
        unmute: batchOf([unmute(device.index)]),
        device: device.index,
        link: device.link,
        frames: [
          advertisementFrame(
            { target: homeAgentAddress, linkLayerAddress: virtualMac, router: true, source: homeAgentAddress },
            { solicited: false, override: true },
          ),
          listenerReportFrame(virtualMac, homeAgentAddress),
        ],
        helloHead: helloHeadOf(spec, options.port),
      });
    },
    complete: async (number) => {
      const found = await findInstance(session, number);
      if (!found.ok) return found;
      // What rested has its addresses, unless somebody has taken them away.
      if (options.plane === "routed") return session.all([...addressRequests(found.value)]);
      return restoreProxies(session, found.value);
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
};
