import { afterAll, beforeAll, expect, it } from "vitest";
import { type Address, address } from "#ipv6/address.ts";
import { batch, NFPROTO, NFT_MSG, table } from "#netlink/filter/filter.ts";
import { NLM_F } from "#netlink/message.ts";
import { IFA_F, interfaceAddress, RTM_ADDRESS } from "#netlink/route/address.ts";
import { AF_INET6, RTNLGRP } from "#netlink/route/groups.ts";
import { link, RTM_LINK } from "#netlink/route/link.ts";
import { RTM_ROUTE, RTN, RTPROT, route } from "#netlink/route/route.ts";
import { createNamespaces, type Namespaces } from "#test/namespaces.ts";
import { until } from "#test/poll.ts";
import { type NetlinkProtocol, type NetlinkSocket, openNetlink } from "./netlink-socket.ts";

let namespaces: Namespaces;
let namespace: string;
beforeAll(() => {
  namespaces = createNamespaces("natn");
  namespace = namespaces.add("a");
});
afterAll(() => namespaces[Symbol.dispose]());

const LOOPBACK_INDEX = 1;
const EEXIST = 17;
const ENODEV = 19;
const ENOENT = 2;
const ECANCELED = 125;

const open = (protocol: NetlinkProtocol): NetlinkSocket => {
  const opened = openNetlink({ protocol, namespace });
  if (!opened.ok) throw new Error(opened.error.message);
  return opened.value;
};

const hostRoute = (type: number, number: number, flags = 0, outputDevice = LOOPBACK_INDEX): Uint8Array =>
  route.encode({
    type,
    flags,
    header: { family: AF_INET6, destinationLength: 128, table: 254, protocol: RTPROT.STATIC, type: RTN.UNICAST },
    attributes: { destination: address(`2001:db8:ee::${number.toString(16)}`), outputDevice },
  });

const newAddress = (value: Address): Uint8Array =>
  interfaceAddress.encode({
    type: RTM_ADDRESS.NEW,
    flags: NLM_F.CREATE,
    header: { family: AF_INET6, prefixLength: 128, index: LOOPBACK_INDEX, flags: IFA_F.NODAD },
    attributes: { local: value, address: value },
  });

const nfTable = (type: number, name: string, flags = 0): Uint8Array =>
  table.encode({ type, flags, header: { family: NFPROTO.IPV6 }, attributes: { name } });

it("gives each message its own answer, in order; a refused one does not stop those after it", async () => {
  await using socket = open(0);
  const answers = await socket.transact([
    hostRoute(RTM_ROUTE.NEW, 1, NLM_F.CREATE | NLM_F.EXCL),
    hostRoute(RTM_ROUTE.NEW, 1, NLM_F.CREATE | NLM_F.EXCL),
    hostRoute(RTM_ROUTE.NEW, 2, NLM_F.CREATE, 4711),
    hostRoute(RTM_ROUTE.NEW, 3, NLM_F.CREATE | NLM_F.EXCL),
  ]);
  expect(answers.map((answer) => (answer.ok ? 0 : answer.error.errno))).toEqual([0, EEXIST, ENODEV, 0]);
});

it("tells the kernel's extended explanation of a refusal", async () => {
  await using socket = open(0);
  const noSuchMetric = route.encode({
    type: RTM_ROUTE.NEW,
    flags: NLM_F.CREATE,
    header: { family: AF_INET6, destinationLength: 129, table: 254, type: RTN.UNICAST },
  });
  const [answer] = await socket.transact([noSuchMetric]);
  expect(answer).toEqual({ ok: false, error: { errno: 22, message: "Invalid prefix length" } });
});

it("carries ten thousand messages in one call and dumps what they made", async () => {
  await using socket = open(0);
  const numbers = Array.from({ length: 10_000 }, (_, index) => index + 0x1000);
  const made = await socket.transact(numbers.map((number) => hostRoute(RTM_ROUTE.NEW, number, NLM_F.CREATE)));
  expect(made.filter((answer) => !answer.ok)).toEqual([]);

  const dump = await socket.dump(route.encode({ type: RTM_ROUTE.GET, header: { family: AF_INET6 } }));
  if (!dump.ok) throw new Error(dump.error.message);
  const destinations = dump.value.flatMap((bytes) => {
    const read = route.decode(bytes);
    return read?.header.table === 254 && read.header.destinationLength === 128 ? [read.attributes.destination] : [];
  });
  expect(destinations.length).toBeGreaterThanOrEqual(10_000);

  const removed = await socket.transact(numbers.map((number) => hostRoute(RTM_ROUTE.DELETE, number)));
  expect(removed.filter((answer) => !answer.ok)).toEqual([]);
});

it("gives a dump that is running together with requests to each who asked", async () => {
  await using socket = open(0);
  const [dump, answers, again] = await Promise.all([
    socket.dump(link.encode({ type: RTM_LINK.GET })),
    socket.transact([hostRoute(RTM_ROUTE.DELETE, 0xffff)]),
    socket.dump(link.encode({ type: RTM_LINK.GET })),
  ]);
  expect(dump.ok && dump.value.map((bytes) => link.decode(bytes)?.header.index)).toContain(LOOPBACK_INDEX);
  expect(again.ok && again.value.length).toBe(dump.ok && dump.value.length);
  expect(answers).toMatchObject([{ ok: false }]);
});

it("tells the failure of a dump", async () => {
  await using socket = open(0);
  const answer = await socket.dump(route.encode({ type: 4000, header: { family: AF_INET6 } }));
  expect(answer).toMatchObject({ ok: false, error: { errno: 95 } });
});

it("hands notices of joined groups to the listener", async () => {
  await using socket = open(0);
  const seen: string[] = [];
  socket.onNotice(
    (message) => {
      const read = interfaceAddress.decode(message);
      if (read?.attributes.address !== undefined) seen.push(`${read.type} ${read.attributes.address.at(-1)}`);
    },
    () => seen.push("overrun"),
  );
  socket.join(RTNLGRP.IPV6_IFADDR);
  await socket.transact([newAddress(address("2001:db8:ee::77"))]);
  await until(() => seen.length > 0);
  expect(seen).toEqual([`${RTM_ADDRESS.NEW} ${0x77}`]);
});

it("tells that notices were lost when more came than its buffer holds", async () => {
  await using socket = open(0);
  let overruns = 0;
  let notices = 0;
  socket.onNotice(
    () => {
      notices += 1;
    },
    () => {
      overruns += 1;
    },
  );
  socket.join(RTNLGRP.IPV6_ROUTE);
  // Made by another program while this one is busy, so nothing is read meanwhile.
  const routes = Array.from({ length: 30_000 }, (_, index) => `route add 2001:db8:dd::${index.toString(16)} dev lo`);
  namespaces.run(namespace, "sh", "-c", `printf '%s\n' '${routes.slice(0, 3000).join("\n")}' | ip -6 -batch -`);
  for (let chunk = 3000; chunk < routes.length; chunk += 3000)
    namespaces.run(
      namespace,
      "sh",
      "-c",
      `printf '%s\n' '${routes.slice(chunk, chunk + 3000).join("\n")}' | ip -6 -batch -`,
    );
  await until(() => overruns > 0);
  // It goes on after that.
  const before = notices;
  await socket.transact([hostRoute(RTM_ROUTE.NEW, 9, NLM_F.CREATE)]);
  await until(() => notices > before);
  expect(overruns).toBeGreaterThan(0);
});

it("carries out an nf_tables batch as a whole, or cancels all of it", async () => {
  await using socket = open(12);
  const refused = await socket.transact(
    batch([nfTable(NFT_MSG.NEWTABLE, "first", NLM_F.CREATE), nfTable(NFT_MSG.DELTABLE, "absent")]),
  );
  expect(refused.map((answer) => (answer.ok ? 0 : answer.error.errno))).toEqual([
    ECANCELED,
    ECANCELED,
    ENOENT,
    ECANCELED,
  ]);
  const dumpTables = async () => {
    const dump = await socket.dump(nfTable(NFT_MSG.GETTABLE, ""));
    return dump.ok ? dump.value.map((bytes) => table.decode(bytes)?.attributes.name) : dump.error.message;
  };
  expect(await dumpTables()).toEqual([]);
  const made = await socket.transact(batch([nfTable(NFT_MSG.NEWTABLE, "first", NLM_F.CREATE)]));
  expect(made.every((answer) => answer.ok)).toBe(true);
  expect(await dumpTables()).toEqual(["first"]);
});

it("tells a namespace that does not exist", () => {
  const opened = openNetlink({ protocol: 0, namespace: "natn-absent" });
  expect(opened).toMatchObject({ ok: false, error: { errno: ENOENT } });
  expect(opened.ok ? "" : opened.error.message).toContain("/run/netns/natn-absent");
});
