import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Host } from "./network.ts";

const DEADLINE_MS = 60_000;

const RECEIVER = `
  const server = require("node:net").createServer((socket) => {
    let octets = 0;
    socket.on("data", (part) => (octets += part.length));
    socket.on("end", () => { console.log(octets); socket.end(); server.close(); });
  });
  server.listen(0, "::", () => console.log(server.address().port));`;

const SENDER = `
  const [address, port, localAddress, octets] = process.argv.slice(1);
  const socket = require("node:net").connect({ host: address, port: Number(port), localAddress });
  socket.on("connect", () => socket.end(Buffer.alloc(Number(octets), 1)));
  socket.on("close", () => process.exit());
  socket.resume();`;

const start = (host: Host, script: string, ...args: string[]) =>
  spawn("ip", ["netns", "exec", host.namespace, process.execPath, "-e", script, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });

/**
 * Sends octets over one new TCP connection between hosts.
 * @returns how many the receiver had when the sender had ended; undefined when they were not all there after a minute
 */
export const transfer = async (request: {
  readonly from: Host;
  readonly source: string;
  readonly to: Host;
  readonly destination: string;
  readonly octets: number;
}): Promise<number | undefined> => {
  const receiver = start(request.to, RECEIVER);
  const lines = createInterface({ input: receiver.stdout })[Symbol.asyncIterator]();
  const port = String((await lines.next()).value);
  const { destination, source, octets } = request;
  const sender = start(request.from, SENDER, destination, port, source, String(octets));
  const children = [receiver, sender];
  const ended = children.map((child) => once(child, "exit"));
  const late = setTimeout(() => {
    for (const child of children) child.kill("SIGKILL");
  }, DEADLINE_MS);
  const told = await lines.next();
  // What hangs without an answer ends here, not with the test.
  await Promise.all(ended);
  clearTimeout(late);
  return told.done === true ? undefined : Number(told.value);
};
