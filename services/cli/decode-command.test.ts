import { Readable, Writable } from "node:stream";
import { expect, test } from "vitest";
import { corpusPackets, writePcap, writePcapng } from "./capture/capture-fixture.ts";
import { command } from "./decode-command.ts";

const sink = (): { readonly stream: Writable; text(): string } => {
  const chunks: string[] = [];
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      chunks.push(String(chunk));
      done();
    },
  });
  return { stream, text: () => chunks.join("") };
};

const decode = async (args: readonly string[], input: Uint8Array) => {
  const stdout = sink();
  const stderr = sink();
  const io = { stdin: Readable.from([input]), stdout: stdout.stream, stderr: stderr.stream };
  const code = await command.run(args, { ...io, environment: {}, signal: new AbortController().signal });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
};

const valid = corpusPackets().filter((packet) => packet.class === "valid");
const frames = valid.map(({ octets }) => octets);
const form = { littleEndian: true, nanoseconds: false, linkType: 229 } as const;

test("prints one line a packet, numbered, with seconds since the first", async () => {
  const { code, stdout, stderr } = await decode([], writePcap(frames, form));
  const lines = stdout.trimEnd().split("\n");
  expect([code, lines.length, stderr]).toEqual([0, frames.length, ""]);
  expect(lines[6]).toMatch(/^ {4}7 {5}6\.000000 \S+ → \S+ Home Test Init, cookie [0-9a-f]{16}$/);
});

test("prints one JSON object a packet, with the comments of the capture", async () => {
  const { code, stdout } = await decode(["--json", "-"], writePcapng(frames, form));
  const values = stdout
    .trimEnd()
    .split("\n")
    .map((line): { readonly number: number; readonly comments: readonly string[] } => JSON.parse(line));
  expect(code).toBe(0);
  expect(values.map(({ number }) => number)).toEqual(frames.map((_, index) => index + 1));
  expect(values[2]?.comments).toEqual(["packet 3"]);
});

test("prints all fields with -v", async () => {
  const { stdout } = await decode(["-v"], writePcap(frames, form));
  for (const field of ["sequence", "flags acknowledge=", "options type=3", "inner", "homeAddress"]) {
    expect(stdout).toContain(field);
  }
});

test("names damage in its place and goes on behind it", async () => {
  const octets = Uint8Array.from(writePcap(frames.slice(0, 5), form));
  const second = writePcap(frames.slice(0, 1), form).length;
  octets.fill(0xff, second, second + 16);
  const { code, stdout } = await decode([], octets);
  const lines = stdout.trimEnd().split("\n");
  expect(code).toBe(0);
  expect(lines[1]).toContain(`damaged: octet ${second} of the capture`);
  expect(lines.length).toBe(5);
  const json = await decode(["--json"], octets);
  expect(JSON.parse(json.stdout.split("\n")[1] ?? "")).toMatchObject({ damage: { offset: second } });
});

test("names an unknown link type once", async () => {
  const { code, stdout, stderr } = await decode([], writePcap(frames, { ...form, linkType: 105 }));
  expect(code).toBe(0);
  expect(stdout).toBe("damaged: packet 1: link type 105 is not known here; packets of it are left out\n");
  expect(stderr).toBe("");
});

test.each([
  [["/nowhere/at/all.pcap"], 1, "there is no such file"],
  [["/tmp"], 1, "it is a directory"],
  [["-"], 1, "neither a pcap nor a pcapng file"],
  [["a", "b"], 2, "unexpected argument 'b'"],
  [["--jsno"], 2, "did you mean --json?"],
  [["--json=yes"], 2, "takes no value"],
])("refuses %j with exit code %i", async (args, expected, words) => {
  const { code, stderr, stdout } = await decode(args, Buffer.from("no capture at all"));
  expect([code, stdout]).toEqual([expected, ""]);
  expect(stderr).toContain(words);
});
