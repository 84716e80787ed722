import { address } from "#ipv6/address.ts";
import { createPackets } from "#linux/packets.ts";
import { bindingUpdate, homeAddressOf, until } from "./home-agent-rig.ts";

/**
 * The mobile nodes of a bench, in a process of their own (`fork`): what they cost is not the home agent's.
 * Arguments: namespace, device, care-of address, number. It says "ready", sends a first Binding Update of each mobile node
 * when it hears "go", and answers with the milliseconds until the last Binding Acknowledgement.
 */
const BATCH = 64;
const [namespace = "", device = "", careOf = "", count = ""] = process.argv.slice(2);
const mobileNodes = Number(count);

const packets = createPackets({ namespace });
if (!packets.ok) throw new Error(packets.error.message);
let acknowledged = 0;
const tap = packets.value.openTap({
  device,
  filter: { kind: "mobility" },
  ignoreOutgoing: true,
  onPackets: (batch) => {
    for (const { bytes, outgoing } of batch) if (!outgoing && (bytes[6] === 43 || bytes[6] === 135)) acknowledged++;
  },
});
if (!tap.ok) throw new Error(tap.error.message);
const updates = Array.from({ length: mobileNodes }, (_, n) => bindingUpdate(homeAddressOf(n), address(careOf), 1));

process.once("message", async () => {
  const start = performance.now();
  for (let at = 0; at < updates.length; at += BATCH) packets.value.send(updates.slice(at, at + BATCH));
  await until(() => acknowledged >= mobileNodes);
  process.send?.(performance.now() - start);
  await tap.value[Symbol.asyncDispose]();
  await packets.value[Symbol.asyncDispose]();
  process.disconnect?.();
});
process.send?.("ready");
