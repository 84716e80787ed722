import { describeRawSocket } from "#test/kernel/raw-socket.ts";
import { probeFeatures } from "./kernel/features.ts";

const features = await probeFeatures({});

describeRawSocket({ mip6: features.ok && features.value.mip6 });
