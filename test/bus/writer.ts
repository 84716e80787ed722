/**
 * A node that becomes owner of instance `a` and commits record after record, as a process of its own that can be stopped:
 * `node test/bus/writer.ts URL SECRET NODE REPLICAS RECORDS`, RECORDS in each group. Tells a JSON object a line.
 */
import { createBindingLog } from "#nats/binding-log.ts";
import { connectBus } from "#nats/bus.ts";
import { bindingRecord, followLog } from "#ports/binding-log.compliance.ts";
import { hostClock } from "./servers.ts";

const [url = "", secret = "", name = "", replicas = "3", size = "1"] = process.argv.slice(2);
const say = (fields: object): void => void process.stdout.write(`${JSON.stringify(fields)}\n`);

const bus = connectBus({ servers: [url], name, ownServerOnly: true, login: { user: "roam6", password: secret } });
const log = createBindingLog({ replicas: Number(replicas) }, { bus, clock: hostClock });
const { signal } = new AbortController();
const follower = followLog(log, "a", signal);
await follower.caughtUp;
for (;;) {
  const claimed = await log.claim("a", name, signal);
  if (!claimed.ok) continue;
  const owner = claimed.value;
  say({ claimed: owner.epoch });
  for (let sequence = 1; ; sequence++) {
    const group = Array.from({ length: Number(size) }, (_, home) =>
      bindingRecord(home, hostClock.now(), { sequence: sequence % 65_536, revision: sequence }),
    );
    const result = await owner.append(group, signal);
    if (!result.ok) {
      say({ refused: result.error.code, sequence });
      break;
    }
    say({ acknowledged: sequence, at: result.value.sequence });
  }
  break;
}
await bus[Symbol.asyncDispose]();
process.exit(0);
