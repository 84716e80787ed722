import { describePathMtu } from "#test/kernel/path-mtu.ts";

describePathMtu("routed", { learns: false });
