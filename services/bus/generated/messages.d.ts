// Generated from proto/ by deploy/setup/generate; do not change by hand.
import * as $protobuf from "protobufjs";
import Long = require("long");

/** Namespace binding. */
export namespace binding {

    /** Namespace v1. */
    namespace v1 {

        /**
         * Properties of an Entry.
         * @deprecated Use binding.v1.Entry.$Properties instead.
         */
        interface IEntry extends binding.v1.Entry.$Properties {
        }

        /** Represents an Entry. */
        class Entry {

            /**
             * Constructs a new Entry.
             * @param [properties] Properties to set
             */
            constructor(properties?: binding.v1.Entry.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Entry schema. */
            schema: number;

            /** Entry epoch. */
            epoch: number;

            /** Entry commit. */
            commit: number;

            /** Entry writtenAt. */
            writtenAt: number;

            /** Entry binding. */
            binding?: (binding.v1.Binding.$Properties|null);

            /** Entry epochStart. */
            epochStart?: (binding.v1.EpochStart.$Properties|null);

            /** Entry body. */
            body?: ("binding"|"epochStart");

            /**
             * Creates a new Entry instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Entry instance
             */
            static create(properties: binding.v1.Entry.$Shape): binding.v1.Entry & binding.v1.Entry.$Shape;
            static create(properties?: binding.v1.Entry.$Properties): binding.v1.Entry;

            /**
             * Encodes the specified Entry message. Does not implicitly {@link binding.v1.Entry.verify|verify} messages.
             * @param message Entry message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: binding.v1.Entry.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Entry message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {binding.v1.Entry & binding.v1.Entry.$Shape} Entry
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): binding.v1.Entry & binding.v1.Entry.$Shape;

            /**
             * Gets the type url for Entry
             * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns The type url
             */
            static getTypeUrl(prefix?: string): string;
        }

        namespace Entry {

            /** Properties of an Entry. */
            interface $Properties {

                /** Entry schema */
                schema?: (number|null);

                /** Entry epoch */
                epoch?: (number|null);

                /** Entry commit */
                commit?: (number|null);

                /** Entry writtenAt */
                writtenAt?: (number|null);

                /** Entry binding */
                binding?: (binding.v1.Binding.$Properties|null);

                /** Entry epochStart */
                epochStart?: (binding.v1.EpochStart.$Properties|null);

                /** Entry body */
                body?: ("binding"|"epochStart");

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Narrowed shape of an Entry. */
            type $Shape = {
              schema?: number|null;
              epoch?: number|null;
              commit?: number|null;
              writtenAt?: number|null;
              binding?: binding.v1.Binding.$Shape|null;
              epochStart?: binding.v1.EpochStart.$Shape|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ body?: undefined; binding?: null; epochStart?: null }|{ body?: "binding"; binding: binding.v1.Binding.$Shape; epochStart?: null }|{ body?: "epochStart"; binding?: null; epochStart: binding.v1.EpochStart.$Shape })
            );
        }

        /**
         * Properties of a Binding.
         * @deprecated Use binding.v1.Binding.$Properties instead.
         */
        interface IBinding extends binding.v1.Binding.$Properties {
        }

        /** Represents a Binding. */
        class Binding {

            /**
             * Constructs a new Binding.
             * @param [properties] Properties to set
             */
            constructor(properties?: binding.v1.Binding.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Binding homeAddress. */
            homeAddress: Uint8Array;

            /** Binding careOfAddress. */
            careOfAddress: Uint8Array;

            /** Binding sequence. */
            sequence: number;

            /** Binding lifetime. */
            lifetime: number;

            /** Binding expiresAt. */
            expiresAt: number;

            /** Binding flags. */
            flags: number;

            /** Binding replaySeconds. */
            replaySeconds: number;

            /** Binding replayFraction. */
            replayFraction: number;

            /** Binding spi. */
            spi: number;

            /** Binding revision. */
            revision: number;

            /**
             * Creates a new Binding instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Binding instance
             */
            static create(properties: binding.v1.Binding.$Shape): binding.v1.Binding & binding.v1.Binding.$Shape;
            static create(properties?: binding.v1.Binding.$Properties): binding.v1.Binding;

            /**
             * Encodes the specified Binding message. Does not implicitly {@link binding.v1.Binding.verify|verify} messages.
             * @param message Binding message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: binding.v1.Binding.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Binding message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {binding.v1.Binding & binding.v1.Binding.$Shape} Binding
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): binding.v1.Binding & binding.v1.Binding.$Shape;

            /**
             * Gets the type url for Binding
             * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns The type url
             */
            static getTypeUrl(prefix?: string): string;
        }

        namespace Binding {

            /** Properties of a Binding. */
            interface $Properties {

                /** Binding homeAddress */
                homeAddress?: (Uint8Array|null);

                /** Binding careOfAddress */
                careOfAddress?: (Uint8Array|null);

                /** Binding sequence */
                sequence?: (number|null);

                /** Binding lifetime */
                lifetime?: (number|null);

                /** Binding expiresAt */
                expiresAt?: (number|null);

                /** Binding flags */
                flags?: (number|null);

                /** Binding replaySeconds */
                replaySeconds?: (number|null);

                /** Binding replayFraction */
                replayFraction?: (number|null);

                /** Binding spi */
                spi?: (number|null);

                /** Binding revision */
                revision?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Binding. */
            type $Shape = binding.v1.Binding.$Properties;
        }

        /**
         * Properties of an EpochStart.
         * @deprecated Use binding.v1.EpochStart.$Properties instead.
         */
        interface IEpochStart extends binding.v1.EpochStart.$Properties {
        }

        /** Represents an EpochStart. */
        class EpochStart {

            /**
             * Constructs a new EpochStart.
             * @param [properties] Properties to set
             */
            constructor(properties?: binding.v1.EpochStart.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** EpochStart node. */
            node: string;

            /** EpochStart claim. */
            claim: number;

            /**
             * Creates a new EpochStart instance using the specified properties.
             * @param [properties] Properties to set
             * @returns EpochStart instance
             */
            static create(properties: binding.v1.EpochStart.$Shape): binding.v1.EpochStart & binding.v1.EpochStart.$Shape;
            static create(properties?: binding.v1.EpochStart.$Properties): binding.v1.EpochStart;

            /**
             * Encodes the specified EpochStart message. Does not implicitly {@link binding.v1.EpochStart.verify|verify} messages.
             * @param message EpochStart message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: binding.v1.EpochStart.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an EpochStart message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {binding.v1.EpochStart & binding.v1.EpochStart.$Shape} EpochStart
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): binding.v1.EpochStart & binding.v1.EpochStart.$Shape;

            /**
             * Gets the type url for EpochStart
             * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns The type url
             */
            static getTypeUrl(prefix?: string): string;
        }

        namespace EpochStart {

            /** Properties of an EpochStart. */
            interface $Properties {

                /** EpochStart node */
                node?: (string|null);

                /** EpochStart claim */
                claim?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an EpochStart. */
            type $Shape = binding.v1.EpochStart.$Properties;
        }
    }
}

/** Namespace node. */
export namespace node {

    /** Namespace v1. */
    namespace v1 {

        /**
         * Properties of a Report.
         * @deprecated Use node.v1.Report.$Properties instead.
         */
        interface IReport extends node.v1.Report.$Properties {
        }

        /** Represents a Report. */
        class Report {

            /**
             * Constructs a new Report.
             * @param [properties] Properties to set
             */
            constructor(properties?: node.v1.Report.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Report schema. */
            schema: number;

            /** Report node. */
            node: string;

            /** Report boot. */
            boot: number;

            /** Report now. */
            now: number;

            /** Report wall. */
            wall: number;

            /** Report canCommit. */
            canCommit: boolean;

            /** Report drained. */
            drained: boolean;

            /** Report clockOff. */
            clockOff: boolean;

            /** Report placement. */
            placement: string;

            /** Report instances. */
            instances: node.v1.Instance.$Properties[];

            /** Report asks. */
            asks: boolean;

            /** Report heard. */
            heard: node.v1.Heard.$Properties[];

            /** Report clusterTime. */
            clusterTime?: (node.v1.ClusterTime.$Properties|null);

            /**
             * Creates a new Report instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Report instance
             */
            static create(properties: node.v1.Report.$Shape): node.v1.Report & node.v1.Report.$Shape;
            static create(properties?: node.v1.Report.$Properties): node.v1.Report;

            /**
             * Encodes the specified Report message. Does not implicitly {@link node.v1.Report.verify|verify} messages.
             * @param message Report message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: node.v1.Report.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Report message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {node.v1.Report & node.v1.Report.$Shape} Report
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): node.v1.Report & node.v1.Report.$Shape;

            /**
             * Gets the type url for Report
             * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns The type url
             */
            static getTypeUrl(prefix?: string): string;
        }

        namespace Report {

            /** Properties of a Report. */
            interface $Properties {

                /** Report schema */
                schema?: (number|null);

                /** Report node */
                node?: (string|null);

                /** Report boot */
                boot?: (number|null);

                /** Report now */
                now?: (number|null);

                /** Report wall */
                wall?: (number|null);

                /** Report canCommit */
                canCommit?: (boolean|null);

                /** Report drained */
                drained?: (boolean|null);

                /** Report clockOff */
                clockOff?: (boolean|null);

                /** Report placement */
                placement?: (string|null);

                /** Report instances */
                instances?: (node.v1.Instance.$Properties[]|null);

                /** Report asks */
                asks?: (boolean|null);

                /** Report heard */
                heard?: (node.v1.Heard.$Properties[]|null);

                /** Report clusterTime */
                clusterTime?: (node.v1.ClusterTime.$Properties|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Report. */
            type $Shape = node.v1.Report.$Properties;
        }

        /**
         * Properties of a ClusterTime.
         * @deprecated Use node.v1.ClusterTime.$Properties instead.
         */
        interface IClusterTime extends node.v1.ClusterTime.$Properties {
        }

        /** Represents a ClusterTime. */
        class ClusterTime {

            /**
             * Constructs a new ClusterTime.
             * @param [properties] Properties to set
             */
            constructor(properties?: node.v1.ClusterTime.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ClusterTime correction. */
            correction: number;

            /** ClusterTime decided. */
            decided: boolean;

            /**
             * Creates a new ClusterTime instance using the specified properties.
             * @param [properties] Properties to set
             * @returns ClusterTime instance
             */
            static create(properties: node.v1.ClusterTime.$Shape): node.v1.ClusterTime & node.v1.ClusterTime.$Shape;
            static create(properties?: node.v1.ClusterTime.$Properties): node.v1.ClusterTime;

            /**
             * Encodes the specified ClusterTime message. Does not implicitly {@link node.v1.ClusterTime.verify|verify} messages.
             * @param message ClusterTime message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: node.v1.ClusterTime.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ClusterTime message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {node.v1.ClusterTime & node.v1.ClusterTime.$Shape} ClusterTime
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): node.v1.ClusterTime & node.v1.ClusterTime.$Shape;

            /**
             * Gets the type url for ClusterTime
             * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns The type url
             */
            static getTypeUrl(prefix?: string): string;
        }

        namespace ClusterTime {

            /** Properties of a ClusterTime. */
            interface $Properties {

                /** ClusterTime correction */
                correction?: (number|null);

                /** ClusterTime decided */
                decided?: (boolean|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a ClusterTime. */
            type $Shape = node.v1.ClusterTime.$Properties;
        }

        /**
         * Properties of a Heard.
         * @deprecated Use node.v1.Heard.$Properties instead.
         */
        interface IHeard extends node.v1.Heard.$Properties {
        }

        /** Represents a Heard. */
        class Heard {

            /**
             * Constructs a new Heard.
             * @param [properties] Properties to set
             */
            constructor(properties?: node.v1.Heard.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Heard node. */
            node: string;

            /** Heard boot. */
            boot: number;

            /** Heard apart. */
            apart: number;

            /**
             * Creates a new Heard instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Heard instance
             */
            static create(properties: node.v1.Heard.$Shape): node.v1.Heard & node.v1.Heard.$Shape;
            static create(properties?: node.v1.Heard.$Properties): node.v1.Heard;

            /**
             * Encodes the specified Heard message. Does not implicitly {@link node.v1.Heard.verify|verify} messages.
             * @param message Heard message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: node.v1.Heard.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Heard message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {node.v1.Heard & node.v1.Heard.$Shape} Heard
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): node.v1.Heard & node.v1.Heard.$Shape;

            /**
             * Gets the type url for Heard
             * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns The type url
             */
            static getTypeUrl(prefix?: string): string;
        }

        namespace Heard {

            /** Properties of a Heard. */
            interface $Properties {

                /** Heard node */
                node?: (string|null);

                /** Heard boot */
                boot?: (number|null);

                /** Heard apart */
                apart?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Heard. */
            type $Shape = node.v1.Heard.$Properties;
        }

        /**
         * Properties of an Instance.
         * @deprecated Use node.v1.Instance.$Properties instead.
         */
        interface IInstance extends node.v1.Instance.$Properties {
        }

        /** Represents an Instance. */
        class Instance {

            /**
             * Constructs a new Instance.
             * @param [properties] Properties to set
             */
            constructor(properties?: node.v1.Instance.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Instance number. */
            number: number;

            /** Instance eligible. */
            eligible: boolean;

            /** Instance held. */
            held: boolean;

            /** Instance term. */
            term: number;

            /**
             * Creates a new Instance instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Instance instance
             */
            static create(properties: node.v1.Instance.$Shape): node.v1.Instance & node.v1.Instance.$Shape;
            static create(properties?: node.v1.Instance.$Properties): node.v1.Instance;

            /**
             * Encodes the specified Instance message. Does not implicitly {@link node.v1.Instance.verify|verify} messages.
             * @param message Instance message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: node.v1.Instance.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Instance message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {node.v1.Instance & node.v1.Instance.$Shape} Instance
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): node.v1.Instance & node.v1.Instance.$Shape;

            /**
             * Gets the type url for Instance
             * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns The type url
             */
            static getTypeUrl(prefix?: string): string;
        }

        namespace Instance {

            /** Properties of an Instance. */
            interface $Properties {

                /** Instance number */
                number?: (number|null);

                /** Instance eligible */
                eligible?: (boolean|null);

                /** Instance held */
                held?: (boolean|null);

                /** Instance term */
                term?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Instance. */
            type $Shape = node.v1.Instance.$Properties;
        }

        /**
         * Properties of a Request.
         * @deprecated Use node.v1.Request.$Properties instead.
         */
        interface IRequest extends node.v1.Request.$Properties {
        }

        /** Represents a Request. */
        class Request {

            /**
             * Constructs a new Request.
             * @param [properties] Properties to set
             */
            constructor(properties?: node.v1.Request.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Request schema. */
            schema: number;

            /** Request command. */
            command: node.v1.Request.Command;

            /**
             * Creates a new Request instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Request instance
             */
            static create(properties: node.v1.Request.$Shape): node.v1.Request & node.v1.Request.$Shape;
            static create(properties?: node.v1.Request.$Properties): node.v1.Request;

            /**
             * Encodes the specified Request message. Does not implicitly {@link node.v1.Request.verify|verify} messages.
             * @param message Request message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: node.v1.Request.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Request message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {node.v1.Request & node.v1.Request.$Shape} Request
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): node.v1.Request & node.v1.Request.$Shape;

            /**
             * Gets the type url for Request
             * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns The type url
             */
            static getTypeUrl(prefix?: string): string;
        }

        namespace Request {

            /** Properties of a Request. */
            interface $Properties {

                /** Request schema */
                schema?: (number|null);

                /** Request command */
                command?: (node.v1.Request.Command|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Request. */
            type $Shape = node.v1.Request.$Properties;

            /** Command enum. */
            enum Command {

                /** NONE value */
                NONE = 0,

                /** DRAIN value */
                DRAIN = 1,

                /** UNDRAIN value */
                UNDRAIN = 2,

                /** REBALANCE value */
                REBALANCE = 3
            }
        }

        /**
         * Properties of an Answer.
         * @deprecated Use node.v1.Answer.$Properties instead.
         */
        interface IAnswer extends node.v1.Answer.$Properties {
        }

        /** Represents an Answer. */
        class Answer {

            /**
             * Constructs a new Answer.
             * @param [properties] Properties to set
             */
            constructor(properties?: node.v1.Answer.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Answer schema. */
            schema: number;

            /** Answer refusal. */
            refusal: string;

            /**
             * Creates a new Answer instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Answer instance
             */
            static create(properties: node.v1.Answer.$Shape): node.v1.Answer & node.v1.Answer.$Shape;
            static create(properties?: node.v1.Answer.$Properties): node.v1.Answer;

            /**
             * Encodes the specified Answer message. Does not implicitly {@link node.v1.Answer.verify|verify} messages.
             * @param message Answer message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: node.v1.Answer.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Answer message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {node.v1.Answer & node.v1.Answer.$Shape} Answer
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): node.v1.Answer & node.v1.Answer.$Shape;

            /**
             * Gets the type url for Answer
             * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns The type url
             */
            static getTypeUrl(prefix?: string): string;
        }

        namespace Answer {

            /** Properties of an Answer. */
            interface $Properties {

                /** Answer schema */
                schema?: (number|null);

                /** Answer refusal */
                refusal?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Answer. */
            type $Shape = node.v1.Answer.$Properties;
        }
    }
}

/** Namespace relay. */
export namespace relay {

    /** Namespace v1. */
    namespace v1 {

        /**
         * Properties of a FromEdge.
         * @deprecated Use relay.v1.FromEdge.$Properties instead.
         */
        interface IFromEdge extends relay.v1.FromEdge.$Properties {
        }

        /** Represents a FromEdge. */
        class FromEdge {

            /**
             * Constructs a new FromEdge.
             * @param [properties] Properties to set
             */
            constructor(properties?: relay.v1.FromEdge.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** FromEdge schema. */
            schema: number;

            /** FromEdge node. */
            node: string;

            /** FromEdge term. */
            term: number;

            /** FromEdge received. */
            received?: (relay.v1.Received.$Properties|null);

            /** FromEdge standing. */
            standing?: (relay.v1.Standing.$Properties|null);

            /** FromEdge detected. */
            detected?: (relay.v1.Detected.$Properties|null);

            /** FromEdge body. */
            body?: ("received"|"standing"|"detected");

            /**
             * Creates a new FromEdge instance using the specified properties.
             * @param [properties] Properties to set
             * @returns FromEdge instance
             */
            static create(properties: relay.v1.FromEdge.$Shape): relay.v1.FromEdge & relay.v1.FromEdge.$Shape;
            static create(properties?: relay.v1.FromEdge.$Properties): relay.v1.FromEdge;

            /**
             * Encodes the specified FromEdge message. Does not implicitly {@link relay.v1.FromEdge.verify|verify} messages.
             * @param message FromEdge message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: relay.v1.FromEdge.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a FromEdge message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {relay.v1.FromEdge & relay.v1.FromEdge.$Shape} FromEdge
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): relay.v1.FromEdge & relay.v1.FromEdge.$Shape;

            /**
             * Gets the type url for FromEdge
             * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns The type url
             */
            static getTypeUrl(prefix?: string): string;
        }

        namespace FromEdge {

            /** Properties of a FromEdge. */
            interface $Properties {

                /** FromEdge schema */
                schema?: (number|null);

                /** FromEdge node */
                node?: (string|null);

                /** FromEdge term */
                term?: (number|null);

                /** FromEdge received */
                received?: (relay.v1.Received.$Properties|null);

                /** FromEdge standing */
                standing?: (relay.v1.Standing.$Properties|null);

                /** FromEdge detected */
                detected?: (relay.v1.Detected.$Properties|null);

                /** FromEdge body */
                body?: ("received"|"standing"|"detected");

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Narrowed shape of a FromEdge. */
            type $Shape = {
              schema?: number|null;
              node?: string|null;
              term?: number|null;
              received?: relay.v1.Received.$Shape|null;
              standing?: relay.v1.Standing.$Shape|null;
              detected?: relay.v1.Detected.$Shape|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ body?: undefined; received?: null; standing?: null; detected?: null }|{ body?: "received"; received: relay.v1.Received.$Shape; standing?: null; detected?: null }|{ body?: "standing"; received?: null; standing: relay.v1.Standing.$Shape; detected?: null }|{ body?: "detected"; received?: null; standing?: null; detected: relay.v1.Detected.$Shape })
            );
        }

        /**
         * Properties of a Received.
         * @deprecated Use relay.v1.Received.$Properties instead.
         */
        interface IReceived extends relay.v1.Received.$Properties {
        }

        /** Represents a Received. */
        class Received {

            /**
             * Constructs a new Received.
             * @param [properties] Properties to set
             */
            constructor(properties?: relay.v1.Received.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Received packet. */
            packet: Uint8Array;

            /** Received linkLayerSource. */
            linkLayerSource: Uint8Array;

            /**
             * Creates a new Received instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Received instance
             */
            static create(properties: relay.v1.Received.$Shape): relay.v1.Received & relay.v1.Received.$Shape;
            static create(properties?: relay.v1.Received.$Properties): relay.v1.Received;

            /**
             * Encodes the specified Received message. Does not implicitly {@link relay.v1.Received.verify|verify} messages.
             * @param message Received message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: relay.v1.Received.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Received message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {relay.v1.Received & relay.v1.Received.$Shape} Received
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): relay.v1.Received & relay.v1.Received.$Shape;

            /**
             * Gets the type url for Received
             * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns The type url
             */
            static getTypeUrl(prefix?: string): string;
        }

        namespace Received {

            /** Properties of a Received. */
            interface $Properties {

                /** Received packet */
                packet?: (Uint8Array|null);

                /** Received linkLayerSource */
                linkLayerSource?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Received. */
            type $Shape = relay.v1.Received.$Properties;
        }

        /**
         * Properties of a Standing.
         * @deprecated Use relay.v1.Standing.$Properties instead.
         */
        interface IStanding extends relay.v1.Standing.$Properties {
        }

        /** Represents a Standing. */
        class Standing {

            /**
             * Constructs a new Standing.
             * @param [properties] Properties to set
             */
            constructor(properties?: relay.v1.Standing.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Standing held. */
            held: boolean;

            /**
             * Creates a new Standing instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Standing instance
             */
            static create(properties: relay.v1.Standing.$Shape): relay.v1.Standing & relay.v1.Standing.$Shape;
            static create(properties?: relay.v1.Standing.$Properties): relay.v1.Standing;

            /**
             * Encodes the specified Standing message. Does not implicitly {@link relay.v1.Standing.verify|verify} messages.
             * @param message Standing message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: relay.v1.Standing.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Standing message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {relay.v1.Standing & relay.v1.Standing.$Shape} Standing
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): relay.v1.Standing & relay.v1.Standing.$Shape;

            /**
             * Gets the type url for Standing
             * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns The type url
             */
            static getTypeUrl(prefix?: string): string;
        }

        namespace Standing {

            /** Properties of a Standing. */
            interface $Properties {

                /** Standing held */
                held?: (boolean|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Standing. */
            type $Shape = relay.v1.Standing.$Properties;
        }

        /**
         * Properties of a Detected.
         * @deprecated Use relay.v1.Detected.$Properties instead.
         */
        interface IDetected extends relay.v1.Detected.$Properties {
        }

        /** Represents a Detected. */
        class Detected {

            /**
             * Constructs a new Detected.
             * @param [properties] Properties to set
             */
            constructor(properties?: relay.v1.Detected.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Detected request. */
            request: number;

            /** Detected outcome. */
            outcome: relay.v1.Detected.Outcome;

            /**
             * Creates a new Detected instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Detected instance
             */
            static create(properties: relay.v1.Detected.$Shape): relay.v1.Detected & relay.v1.Detected.$Shape;
            static create(properties?: relay.v1.Detected.$Properties): relay.v1.Detected;

            /**
             * Encodes the specified Detected message. Does not implicitly {@link relay.v1.Detected.verify|verify} messages.
             * @param message Detected message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: relay.v1.Detected.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Detected message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {relay.v1.Detected & relay.v1.Detected.$Shape} Detected
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): relay.v1.Detected & relay.v1.Detected.$Shape;

            /**
             * Gets the type url for Detected
             * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns The type url
             */
            static getTypeUrl(prefix?: string): string;
        }

        namespace Detected {

            /** Properties of a Detected. */
            interface $Properties {

                /** Detected request */
                request?: (number|null);

                /** Detected outcome */
                outcome?: (relay.v1.Detected.Outcome|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Detected. */
            type $Shape = relay.v1.Detected.$Properties;

            /** Outcome enum. */
            enum Outcome {

                /** FAILED value */
                FAILED = 0,

                /** UNIQUE value */
                UNIQUE = 1,

                /** DUPLICATE value */
                DUPLICATE = 2
            }
        }

        /**
         * Properties of a FromOwner.
         * @deprecated Use relay.v1.FromOwner.$Properties instead.
         */
        interface IFromOwner extends relay.v1.FromOwner.$Properties {
        }

        /** Represents a FromOwner. */
        class FromOwner {

            /**
             * Constructs a new FromOwner.
             * @param [properties] Properties to set
             */
            constructor(properties?: relay.v1.FromOwner.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** FromOwner schema. */
            schema: number;

            /** FromOwner node. */
            node: string;

            /** FromOwner epoch. */
            epoch: number;

            /** FromOwner forward. */
            forward?: (relay.v1.Forward.$Properties|null);

            /** FromOwner acknowledge. */
            acknowledge?: (relay.v1.Acknowledge.$Properties|null);

            /** FromOwner advertise. */
            advertise?: (relay.v1.Advertise.$Properties|null);

            /** FromOwner detectDuplicates. */
            detectDuplicates?: (relay.v1.DetectDuplicates.$Properties|null);

            /** FromOwner body. */
            body?: ("forward"|"acknowledge"|"advertise"|"detectDuplicates");

            /**
             * Creates a new FromOwner instance using the specified properties.
             * @param [properties] Properties to set
             * @returns FromOwner instance
             */
            static create(properties: relay.v1.FromOwner.$Shape): relay.v1.FromOwner & relay.v1.FromOwner.$Shape;
            static create(properties?: relay.v1.FromOwner.$Properties): relay.v1.FromOwner;

            /**
             * Encodes the specified FromOwner message. Does not implicitly {@link relay.v1.FromOwner.verify|verify} messages.
             * @param message FromOwner message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: relay.v1.FromOwner.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a FromOwner message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {relay.v1.FromOwner & relay.v1.FromOwner.$Shape} FromOwner
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): relay.v1.FromOwner & relay.v1.FromOwner.$Shape;

            /**
             * Gets the type url for FromOwner
             * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns The type url
             */
            static getTypeUrl(prefix?: string): string;
        }

        namespace FromOwner {

            /** Properties of a FromOwner. */
            interface $Properties {

                /** FromOwner schema */
                schema?: (number|null);

                /** FromOwner node */
                node?: (string|null);

                /** FromOwner epoch */
                epoch?: (number|null);

                /** FromOwner forward */
                forward?: (relay.v1.Forward.$Properties|null);

                /** FromOwner acknowledge */
                acknowledge?: (relay.v1.Acknowledge.$Properties|null);

                /** FromOwner advertise */
                advertise?: (relay.v1.Advertise.$Properties|null);

                /** FromOwner detectDuplicates */
                detectDuplicates?: (relay.v1.DetectDuplicates.$Properties|null);

                /** FromOwner body */
                body?: ("forward"|"acknowledge"|"advertise"|"detectDuplicates");

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Narrowed shape of a FromOwner. */
            type $Shape = {
              schema?: number|null;
              node?: string|null;
              epoch?: number|null;
              forward?: relay.v1.Forward.$Shape|null;
              acknowledge?: relay.v1.Acknowledge.$Shape|null;
              advertise?: relay.v1.Advertise.$Shape|null;
              detectDuplicates?: relay.v1.DetectDuplicates.$Shape|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ body?: undefined; forward?: null; acknowledge?: null; advertise?: null; detectDuplicates?: null }|{ body?: "forward"; forward: relay.v1.Forward.$Shape; acknowledge?: null; advertise?: null; detectDuplicates?: null }|{ body?: "acknowledge"; forward?: null; acknowledge: relay.v1.Acknowledge.$Shape; advertise?: null; detectDuplicates?: null }|{ body?: "advertise"; forward?: null; acknowledge?: null; advertise: relay.v1.Advertise.$Shape; detectDuplicates?: null }|{ body?: "detectDuplicates"; forward?: null; acknowledge?: null; advertise?: null; detectDuplicates: relay.v1.DetectDuplicates.$Shape })
            );
        }

        /**
         * Properties of a Forward.
         * @deprecated Use relay.v1.Forward.$Properties instead.
         */
        interface IForward extends relay.v1.Forward.$Properties {
        }

        /** Represents a Forward. */
        class Forward {

            /**
             * Constructs a new Forward.
             * @param [properties] Properties to set
             */
            constructor(properties?: relay.v1.Forward.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Forward homeAddress. */
            homeAddress: Uint8Array;

            /** Forward careOfAddress. */
            careOfAddress: Uint8Array;

            /** Forward revision. */
            revision: number;

            /**
             * Creates a new Forward instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Forward instance
             */
            static create(properties: relay.v1.Forward.$Shape): relay.v1.Forward & relay.v1.Forward.$Shape;
            static create(properties?: relay.v1.Forward.$Properties): relay.v1.Forward;

            /**
             * Encodes the specified Forward message. Does not implicitly {@link relay.v1.Forward.verify|verify} messages.
             * @param message Forward message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: relay.v1.Forward.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Forward message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {relay.v1.Forward & relay.v1.Forward.$Shape} Forward
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): relay.v1.Forward & relay.v1.Forward.$Shape;

            /**
             * Gets the type url for Forward
             * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns The type url
             */
            static getTypeUrl(prefix?: string): string;
        }

        namespace Forward {

            /** Properties of a Forward. */
            interface $Properties {

                /** Forward homeAddress */
                homeAddress?: (Uint8Array|null);

                /** Forward careOfAddress */
                careOfAddress?: (Uint8Array|null);

                /** Forward revision */
                revision?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Forward. */
            type $Shape = relay.v1.Forward.$Properties;
        }

        /**
         * Properties of an Acknowledge.
         * @deprecated Use relay.v1.Acknowledge.$Properties instead.
         */
        interface IAcknowledge extends relay.v1.Acknowledge.$Properties {
        }

        /** Represents an Acknowledge. */
        class Acknowledge {

            /**
             * Constructs a new Acknowledge.
             * @param [properties] Properties to set
             */
            constructor(properties?: relay.v1.Acknowledge.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Acknowledge packet. */
            packet: Uint8Array;

            /** Acknowledge linkLayerDestination. */
            linkLayerDestination: Uint8Array;

            /** Acknowledge entry. */
            entry: Uint8Array;

            /**
             * Creates a new Acknowledge instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Acknowledge instance
             */
            static create(properties: relay.v1.Acknowledge.$Shape): relay.v1.Acknowledge & relay.v1.Acknowledge.$Shape;
            static create(properties?: relay.v1.Acknowledge.$Properties): relay.v1.Acknowledge;

            /**
             * Encodes the specified Acknowledge message. Does not implicitly {@link relay.v1.Acknowledge.verify|verify} messages.
             * @param message Acknowledge message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: relay.v1.Acknowledge.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Acknowledge message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {relay.v1.Acknowledge & relay.v1.Acknowledge.$Shape} Acknowledge
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): relay.v1.Acknowledge & relay.v1.Acknowledge.$Shape;

            /**
             * Gets the type url for Acknowledge
             * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns The type url
             */
            static getTypeUrl(prefix?: string): string;
        }

        namespace Acknowledge {

            /** Properties of an Acknowledge. */
            interface $Properties {

                /** Acknowledge packet */
                packet?: (Uint8Array|null);

                /** Acknowledge linkLayerDestination */
                linkLayerDestination?: (Uint8Array|null);

                /** Acknowledge entry */
                entry?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Acknowledge. */
            type $Shape = relay.v1.Acknowledge.$Properties;
        }

        /**
         * Properties of an Advertise.
         * @deprecated Use relay.v1.Advertise.$Properties instead.
         */
        interface IAdvertise extends relay.v1.Advertise.$Properties {
        }

        /** Represents an Advertise. */
        class Advertise {

            /**
             * Constructs a new Advertise.
             * @param [properties] Properties to set
             */
            constructor(properties?: relay.v1.Advertise.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Advertise homeAddress. */
            homeAddress: Uint8Array;

            /** Advertise flags. */
            flags: number;

            /**
             * Creates a new Advertise instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Advertise instance
             */
            static create(properties: relay.v1.Advertise.$Shape): relay.v1.Advertise & relay.v1.Advertise.$Shape;
            static create(properties?: relay.v1.Advertise.$Properties): relay.v1.Advertise;

            /**
             * Encodes the specified Advertise message. Does not implicitly {@link relay.v1.Advertise.verify|verify} messages.
             * @param message Advertise message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: relay.v1.Advertise.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Advertise message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {relay.v1.Advertise & relay.v1.Advertise.$Shape} Advertise
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): relay.v1.Advertise & relay.v1.Advertise.$Shape;

            /**
             * Gets the type url for Advertise
             * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns The type url
             */
            static getTypeUrl(prefix?: string): string;
        }

        namespace Advertise {

            /** Properties of an Advertise. */
            interface $Properties {

                /** Advertise homeAddress */
                homeAddress?: (Uint8Array|null);

                /** Advertise flags */
                flags?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Advertise. */
            type $Shape = relay.v1.Advertise.$Properties;
        }

        /**
         * Properties of a DetectDuplicates.
         * @deprecated Use relay.v1.DetectDuplicates.$Properties instead.
         */
        interface IDetectDuplicates extends relay.v1.DetectDuplicates.$Properties {
        }

        /** Represents a DetectDuplicates. */
        class DetectDuplicates {

            /**
             * Constructs a new DetectDuplicates.
             * @param [properties] Properties to set
             */
            constructor(properties?: relay.v1.DetectDuplicates.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** DetectDuplicates request. */
            request: number;

            /** DetectDuplicates homeAddress. */
            homeAddress: Uint8Array;

            /** DetectDuplicates flags. */
            flags: number;

            /**
             * Creates a new DetectDuplicates instance using the specified properties.
             * @param [properties] Properties to set
             * @returns DetectDuplicates instance
             */
            static create(properties: relay.v1.DetectDuplicates.$Shape): relay.v1.DetectDuplicates & relay.v1.DetectDuplicates.$Shape;
            static create(properties?: relay.v1.DetectDuplicates.$Properties): relay.v1.DetectDuplicates;

            /**
             * Encodes the specified DetectDuplicates message. Does not implicitly {@link relay.v1.DetectDuplicates.verify|verify} messages.
             * @param message DetectDuplicates message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: relay.v1.DetectDuplicates.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a DetectDuplicates message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {relay.v1.DetectDuplicates & relay.v1.DetectDuplicates.$Shape} DetectDuplicates
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): relay.v1.DetectDuplicates & relay.v1.DetectDuplicates.$Shape;

            /**
             * Gets the type url for DetectDuplicates
             * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns The type url
             */
            static getTypeUrl(prefix?: string): string;
        }

        namespace DetectDuplicates {

            /** Properties of a DetectDuplicates. */
            interface $Properties {

                /** DetectDuplicates request */
                request?: (number|null);

                /** DetectDuplicates homeAddress */
                homeAddress?: (Uint8Array|null);

                /** DetectDuplicates flags */
                flags?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a DetectDuplicates. */
            type $Shape = relay.v1.DetectDuplicates.$Properties;
        }
    }
}

/** Namespace repair. */
export namespace repair {

    /** Namespace v1. */
    namespace v1 {

        /**
         * Properties of a ReplicaMessage.
         * @deprecated Use repair.v1.ReplicaMessage.$Properties instead.
         */
        interface IReplicaMessage extends repair.v1.ReplicaMessage.$Properties {
        }

        /** Represents a ReplicaMessage. */
        class ReplicaMessage {

            /**
             * Constructs a new ReplicaMessage.
             * @param [properties] Properties to set
             */
            constructor(properties?: repair.v1.ReplicaMessage.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ReplicaMessage schema. */
            schema: number;

            /** ReplicaMessage node. */
            node: string;

            /** ReplicaMessage instance. */
            instance: string;

            /** ReplicaMessage digest. */
            digest?: (repair.v1.ReplicaDigest.$Properties|null);

            /** ReplicaMessage offer. */
            offer?: (repair.v1.RecordOffer.$Properties|null);

            /** ReplicaMessage body. */
            body?: ("digest"|"offer");

            /**
             * Creates a new ReplicaMessage instance using the specified properties.
             * @param [properties] Properties to set
             * @returns ReplicaMessage instance
             */
            static create(properties: repair.v1.ReplicaMessage.$Shape): repair.v1.ReplicaMessage & repair.v1.ReplicaMessage.$Shape;
            static create(properties?: repair.v1.ReplicaMessage.$Properties): repair.v1.ReplicaMessage;

            /**
             * Encodes the specified ReplicaMessage message. Does not implicitly {@link repair.v1.ReplicaMessage.verify|verify} messages.
             * @param message ReplicaMessage message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: repair.v1.ReplicaMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ReplicaMessage message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {repair.v1.ReplicaMessage & repair.v1.ReplicaMessage.$Shape} ReplicaMessage
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): repair.v1.ReplicaMessage & repair.v1.ReplicaMessage.$Shape;

            /**
             * Gets the type url for ReplicaMessage
             * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns The type url
             */
            static getTypeUrl(prefix?: string): string;
        }

        namespace ReplicaMessage {

            /** Properties of a ReplicaMessage. */
            interface $Properties {

                /** ReplicaMessage schema */
                schema?: (number|null);

                /** ReplicaMessage node */
                node?: (string|null);

                /** ReplicaMessage instance */
                instance?: (string|null);

                /** ReplicaMessage digest */
                digest?: (repair.v1.ReplicaDigest.$Properties|null);

                /** ReplicaMessage offer */
                offer?: (repair.v1.RecordOffer.$Properties|null);

                /** ReplicaMessage body */
                body?: ("digest"|"offer");

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Narrowed shape of a ReplicaMessage. */
            type $Shape = {
              schema?: number|null;
              node?: string|null;
              instance?: string|null;
              digest?: repair.v1.ReplicaDigest.$Shape|null;
              offer?: repair.v1.RecordOffer.$Shape|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ body?: undefined; digest?: null; offer?: null }|{ body?: "digest"; digest: repair.v1.ReplicaDigest.$Shape; offer?: null }|{ body?: "offer"; digest?: null; offer: repair.v1.RecordOffer.$Shape })
            );
        }

        /**
         * Properties of a ReplicaDigest.
         * @deprecated Use repair.v1.ReplicaDigest.$Properties instead.
         */
        interface IReplicaDigest extends repair.v1.ReplicaDigest.$Properties {
        }

        /** Represents a ReplicaDigest. */
        class ReplicaDigest {

            /**
             * Constructs a new ReplicaDigest.
             * @param [properties] Properties to set
             */
            constructor(properties?: repair.v1.ReplicaDigest.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ReplicaDigest sequence. */
            sequence: number;

            /** ReplicaDigest digest. */
            digest: number;

            /** ReplicaDigest bindings. */
            bindings: number;

            /**
             * Creates a new ReplicaDigest instance using the specified properties.
             * @param [properties] Properties to set
             * @returns ReplicaDigest instance
             */
            static create(properties: repair.v1.ReplicaDigest.$Shape): repair.v1.ReplicaDigest & repair.v1.ReplicaDigest.$Shape;
            static create(properties?: repair.v1.ReplicaDigest.$Properties): repair.v1.ReplicaDigest;

            /**
             * Encodes the specified ReplicaDigest message. Does not implicitly {@link repair.v1.ReplicaDigest.verify|verify} messages.
             * @param message ReplicaDigest message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: repair.v1.ReplicaDigest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ReplicaDigest message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {repair.v1.ReplicaDigest & repair.v1.ReplicaDigest.$Shape} ReplicaDigest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): repair.v1.ReplicaDigest & repair.v1.ReplicaDigest.$Shape;

            /**
             * Gets the type url for ReplicaDigest
             * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns The type url
             */
            static getTypeUrl(prefix?: string): string;
        }

        namespace ReplicaDigest {

            /** Properties of a ReplicaDigest. */
            interface $Properties {

                /** ReplicaDigest sequence */
                sequence?: (number|null);

                /** ReplicaDigest digest */
                digest?: (number|null);

                /** ReplicaDigest bindings */
                bindings?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a ReplicaDigest. */
            type $Shape = repair.v1.ReplicaDigest.$Properties;
        }

        /**
         * Properties of a RecordOffer.
         * @deprecated Use repair.v1.RecordOffer.$Properties instead.
         */
        interface IRecordOffer extends repair.v1.RecordOffer.$Properties {
        }

        /** Represents a RecordOffer. */
        class RecordOffer {

            /**
             * Constructs a new RecordOffer.
             * @param [properties] Properties to set
             */
            constructor(properties?: repair.v1.RecordOffer.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** RecordOffer entries. */
            entries: Uint8Array[];

            /**
             * Creates a new RecordOffer instance using the specified properties.
             * @param [properties] Properties to set
             * @returns RecordOffer instance
             */
            static create(properties: repair.v1.RecordOffer.$Shape): repair.v1.RecordOffer & repair.v1.RecordOffer.$Shape;
            static create(properties?: repair.v1.RecordOffer.$Properties): repair.v1.RecordOffer;

            /**
             * Encodes the specified RecordOffer message. Does not implicitly {@link repair.v1.RecordOffer.verify|verify} messages.
             * @param message RecordOffer message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: repair.v1.RecordOffer.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a RecordOffer message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {repair.v1.RecordOffer & repair.v1.RecordOffer.$Shape} RecordOffer
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): repair.v1.RecordOffer & repair.v1.RecordOffer.$Shape;

            /**
             * Gets the type url for RecordOffer
             * @param [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns The type url
             */
            static getTypeUrl(prefix?: string): string;
        }

        namespace RecordOffer {

            /** Properties of a RecordOffer. */
            interface $Properties {

                /** RecordOffer entries */
                entries?: (Uint8Array[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a RecordOffer. */
            type $Shape = repair.v1.RecordOffer.$Properties;
        }
    }
}
