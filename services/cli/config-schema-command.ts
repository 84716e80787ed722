import { type Command, EXIT } from "./command.ts";
import { parseArguments } from "./options.ts";

/** The schema of each role, loaded when asked for. */
const SCHEMAS: Readonly<Record<string, () => Promise<{ readonly configSchema: object }>>> = {
  ha: () => import("#home-agent/config-schema.ts"),
  edge: () => import("#home-agent/edge-config-schema.ts"),
  mn: () => import("#mobile-node/config-schema.ts"),
  cn: () => import("#correspondent-node/config-schema.ts"),
  sim: () => import("#crowd/config-schema.ts"),
};

/** `roam6 config-schema`. */
export const command: Command = {
  name: "config-schema",
  summary: "print the JSON Schema of a config file",
  usage: `usage: roam6 config-schema ${Object.keys(SCHEMAS).join("|")}

Prints the JSON Schema (draft 7) that the config file of a role must obey; editors use it to check and complete.`,
  run: async (args, io) => {
    const parsed = parseArguments(args, {}, { atLeast: 1, atMost: 1 });
    const [role = ""] = parsed.ok ? parsed.value.operands : [];
    const load = Object.hasOwn(SCHEMAS, role) ? SCHEMAS[role] : undefined;
    if (!parsed.ok || load === undefined) {
      const wrong = parsed.ok ? `there is no role '${role}'` : parsed.error;
      io.stderr.write(`roam6 config-schema: ${wrong}; the roles are ${Object.keys(SCHEMAS).join(", ")}\n`);
      return EXIT.usage;
    }
    const { configSchema } = await load();
    const schema = { $schema: "http://json-schema.org/draft-07/schema#", ...configSchema };
    io.stdout.write(`${JSON.stringify(schema, undefined, 2)}\n`);
    return EXIT.done;
  },
};
