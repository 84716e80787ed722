// Generated from proto/ by deploy/setup/generate; do not change by hand.
import $protobuf from "protobufjs/minimal.js";
$protobuf.util.Long = null;
$protobuf.configure();

// Common aliases
const $Reader = $protobuf.Reader, $Writer = $protobuf.Writer, $util = $protobuf.util;
const $Object = $util.global.Object, $undefined = $util.global.undefined, $Error = $util.global.Error, $RangeError = $util.global.RangeError;

// Exported root namespace
const $root = $protobuf.roots["default"] || ($protobuf.roots["default"] = {});

export const binding = $root.binding = (() => {

    /**
     * Namespace binding.
     * @exports binding
     * @namespace
     */
    const binding = {};

    binding.v1 = (function() {

        /**
         * Namespace v1.
         * @memberof binding
         * @namespace
         */
        const v1 = {};

        v1.Entry = (function() {

            /**
             * Properties of an Entry.
             * @typedef {Object} binding.v1.Entry.$Properties
             * @property {number|null} [schema] Entry schema
             * @property {number|null} [epoch] Entry epoch
             * @property {number|null} [commit] Entry commit
             * @property {number|null} [writtenAt] Entry writtenAt
             * @property {binding.v1.Binding.$Properties|null} [binding] Entry binding
             * @property {binding.v1.EpochStart.$Properties|null} [epochStart] Entry epochStart
             * @property {"binding"|"epochStart"} [body] Entry body
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an Entry.
             * @memberof binding.v1
             * @interface IEntry
             * @augments binding.v1.Entry.$Properties
             * @deprecated Use binding.v1.Entry.$Properties instead.
             */

            /**
             * Narrowed shape of an Entry.
             * @typedef {{
             *   schema?: number|null;
             *   epoch?: number|null;
             *   commit?: number|null;
             *   writtenAt?: number|null;
             *   binding?: binding.v1.Binding.$Shape|null;
             *   epochStart?: binding.v1.EpochStart.$Shape|null;
             *   $unknowns?: Array.<Uint8Array>;
             * } & (
             *   ({ body?: undefined; binding?: null; epochStart?: null }|{ body?: "binding"; binding: binding.v1.Binding.$Shape; epochStart?: null }|{ body?: "epochStart"; binding?: null; epochStart: binding.v1.EpochStart.$Shape })
             * )} binding.v1.Entry.$Shape
             */

            /**
             * Constructs a new Entry.
             * @memberof binding.v1
             * @classdesc Represents an Entry.
             * @constructor
             * @param {binding.v1.Entry.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Entry = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Entry schema.
             * @member {number} schema
             * @memberof binding.v1.Entry
             * @instance
             */
            Entry.prototype.schema = 0;

            /**
             * Entry epoch.
             * @member {number} epoch
             * @memberof binding.v1.Entry
             * @instance
             */
            Entry.prototype.epoch = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Entry commit.
             * @member {number} commit
             * @memberof binding.v1.Entry
             * @instance
             */
            Entry.prototype.commit = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Entry writtenAt.
             * @member {number} writtenAt
             * @memberof binding.v1.Entry
             * @instance
             */
            Entry.prototype.writtenAt = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Entry binding.
             * @member {binding.v1.Binding.$Properties|null|undefined} binding
             * @memberof binding.v1.Entry
             * @instance
             */
            Entry.prototype.binding = null;

            /**
             * Entry epochStart.
             * @member {binding.v1.EpochStart.$Properties|null|undefined} epochStart
             * @memberof binding.v1.Entry
             * @instance
             */
            Entry.prototype.epochStart = null;

            // OneOf field names bound to virtual getters and setters
            let $oneOfFields;

            /**
             * Entry body.
             * @member {"binding"|"epochStart"|undefined} body
             * @memberof binding.v1.Entry
             * @instance
             */
            $Object.defineProperty(Entry.prototype, "body", {
                get: $util.oneOfGetter($oneOfFields = ["binding", "epochStart"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            /**
             * Creates a new Entry instance using the specified properties.
             * @function create
             * @memberof binding.v1.Entry
             * @static
             * @param {binding.v1.Entry.$Properties=} [properties] Properties to set
             * @returns {binding.v1.Entry} Entry instance
             * @type {{
             *   (properties: binding.v1.Entry.$Shape): binding.v1.Entry & binding.v1.Entry.$Shape;
             *   (properties?: binding.v1.Entry.$Properties): binding.v1.Entry;
             * }}
             */
            Entry.create = function(properties) {
                return new Entry(properties);
            };

            /**
             * Encodes the specified Entry message. Does not implicitly {@link binding.v1.Entry.verify|verify} messages.
             * @function encode
             * @memberof binding.v1.Entry
             * @static
             * @param {binding.v1.Entry.$Properties} message Entry message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Entry.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.schema != null && $Object.hasOwnProperty.call(message, "schema") && message.schema !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.schema);
                if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && (typeof message.epoch === "object" ? message.epoch.low || message.epoch.high : message.epoch !== 0))
                    writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.epoch);
                if (message.commit != null && $Object.hasOwnProperty.call(message, "commit") && (typeof message.commit === "object" ? message.commit.low || message.commit.high : message.commit !== 0))
                    writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.commit);
                if (message.writtenAt != null && $Object.hasOwnProperty.call(message, "writtenAt") && (typeof message.writtenAt === "object" ? message.writtenAt.low || message.writtenAt.high : message.writtenAt !== 0))
                    writer.uint32(/* id 4, wireType 0 =*/32).uint64(message.writtenAt);
                if (message.binding != null && $Object.hasOwnProperty.call(message, "binding"))
                    $root.binding.v1.Binding.encode(message.binding, writer.uint32(/* id 10, wireType 2 =*/82).fork(), _depth + 1).ldelim();
                if (message.epochStart != null && $Object.hasOwnProperty.call(message, "epochStart"))
                    $root.binding.v1.EpochStart.encode(message.epochStart, writer.uint32(/* id 11, wireType 2 =*/90).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an Entry message from the specified reader or buffer.
             * @function decode
             * @memberof binding.v1.Entry
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {binding.v1.Entry & binding.v1.Entry.$Shape} Entry
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Entry.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.binding.v1.Entry();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.schema = value;
                            else
                                delete message.schema;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.epoch = value;
                            else
                                delete message.epoch;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.commit = value;
                            else
                                delete message.commit;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.writtenAt = value;
                            else
                                delete message.writtenAt;
                            continue;
                        }
                    case 10: {
                            if (wireType !== 2)
                                break;
                            message.binding = $root.binding.v1.Binding.decode(reader, reader.size(), $undefined, _depth + 1, message.binding);
                            message.body = "binding";
                            continue;
                        }
                    case 11: {
                            if (wireType !== 2)
                                break;
                            message.epochStart = $root.binding.v1.EpochStart.decode(reader, reader.size(), $undefined, _depth + 1, message.epochStart);
                            message.body = "epochStart";
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            /**
             * Gets the type url for Entry
             * @function getTypeUrl
             * @memberof binding.v1.Entry
             * @static
             * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns {string} The type url
             */
            Entry.getTypeUrl = function(prefix) {
                if (prefix === $undefined)
                    prefix = "type.googleapis.com";
                return prefix + "/binding.v1.Entry";
            };

            return Entry;
        })();

        v1.Binding = (function() {

            /**
             * Properties of a Binding.
             * @typedef {Object} binding.v1.Binding.$Properties
             * @property {Uint8Array|null} [homeAddress] Binding homeAddress
             * @property {Uint8Array|null} [careOfAddress] Binding careOfAddress
             * @property {number|null} [sequence] Binding sequence
             * @property {number|null} [lifetime] Binding lifetime
             * @property {number|null} [expiresAt] Binding expiresAt
             * @property {number|null} [flags] Binding flags
             * @property {number|null} [replaySeconds] Binding replaySeconds
             * @property {number|null} [replayFraction] Binding replayFraction
             * @property {number|null} [spi] Binding spi
             * @property {number|null} [revision] Binding revision
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Binding.
             * @memberof binding.v1
             * @interface IBinding
             * @augments binding.v1.Binding.$Properties
             * @deprecated Use binding.v1.Binding.$Properties instead.
             */

            /**
             * Shape of a Binding.
             * @typedef {binding.v1.Binding.$Properties} binding.v1.Binding.$Shape
             */

            /**
             * Constructs a new Binding.
             * @memberof binding.v1
             * @classdesc Represents a Binding.
             * @constructor
             * @param {binding.v1.Binding.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Binding = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Binding homeAddress.
             * @member {Uint8Array} homeAddress
             * @memberof binding.v1.Binding
             * @instance
             */
            Binding.prototype.homeAddress = $util.newBuffer([]);

            /**
             * Binding careOfAddress.
             * @member {Uint8Array} careOfAddress
             * @memberof binding.v1.Binding
             * @instance
             */
            Binding.prototype.careOfAddress = $util.newBuffer([]);

            /**
             * Binding sequence.
             * @member {number} sequence
             * @memberof binding.v1.Binding
             * @instance
             */
            Binding.prototype.sequence = 0;

            /**
             * Binding lifetime.
             * @member {number} lifetime
             * @memberof binding.v1.Binding
             * @instance
             */
            Binding.prototype.lifetime = 0;

            /**
             * Binding expiresAt.
             * @member {number} expiresAt
             * @memberof binding.v1.Binding
             * @instance
             */
            Binding.prototype.expiresAt = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Binding flags.
             * @member {number} flags
             * @memberof binding.v1.Binding
             * @instance
             */
            Binding.prototype.flags = 0;

            /**
             * Binding replaySeconds.
             * @member {number} replaySeconds
             * @memberof binding.v1.Binding
             * @instance
             */
            Binding.prototype.replaySeconds = 0;

            /**
             * Binding replayFraction.
             * @member {number} replayFraction
             * @memberof binding.v1.Binding
             * @instance
             */
            Binding.prototype.replayFraction = 0;

            /**
             * Binding spi.
             * @member {number} spi
             * @memberof binding.v1.Binding
             * @instance
             */
            Binding.prototype.spi = 0;

            /**
             * Binding revision.
             * @member {number} revision
             * @memberof binding.v1.Binding
             * @instance
             */
            Binding.prototype.revision = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Creates a new Binding instance using the specified properties.
             * @function create
             * @memberof binding.v1.Binding
             * @static
             * @param {binding.v1.Binding.$Properties=} [properties] Properties to set
             * @returns {binding.v1.Binding} Binding instance
             * @type {{
             *   (properties: binding.v1.Binding.$Shape): binding.v1.Binding & binding.v1.Binding.$Shape;
             *   (properties?: binding.v1.Binding.$Properties): binding.v1.Binding;
             * }}
             */
            Binding.create = function(properties) {
                return new Binding(properties);
            };

            /**
             * Encodes the specified Binding message. Does not implicitly {@link binding.v1.Binding.verify|verify} messages.
             * @function encode
             * @memberof binding.v1.Binding
             * @static
             * @param {binding.v1.Binding.$Properties} message Binding message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Binding.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.homeAddress != null && $Object.hasOwnProperty.call(message, "homeAddress") && message.homeAddress.length)
                    writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.homeAddress);
                if (message.careOfAddress != null && $Object.hasOwnProperty.call(message, "careOfAddress") && message.careOfAddress.length)
                    writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.careOfAddress);
                if (message.sequence != null && $Object.hasOwnProperty.call(message, "sequence") && message.sequence !== 0)
                    writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.sequence);
                if (message.lifetime != null && $Object.hasOwnProperty.call(message, "lifetime") && message.lifetime !== 0)
                    writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.lifetime);
                if (message.expiresAt != null && $Object.hasOwnProperty.call(message, "expiresAt") && (typeof message.expiresAt === "object" ? message.expiresAt.low || message.expiresAt.high : message.expiresAt !== 0))
                    writer.uint32(/* id 5, wireType 0 =*/40).uint64(message.expiresAt);
                if (message.flags != null && $Object.hasOwnProperty.call(message, "flags") && message.flags !== 0)
                    writer.uint32(/* id 6, wireType 0 =*/48).uint32(message.flags);
                if (message.replaySeconds != null && $Object.hasOwnProperty.call(message, "replaySeconds") && message.replaySeconds !== 0)
                    writer.uint32(/* id 7, wireType 5 =*/61).fixed32(message.replaySeconds);
                if (message.replayFraction != null && $Object.hasOwnProperty.call(message, "replayFraction") && message.replayFraction !== 0)
                    writer.uint32(/* id 8, wireType 5 =*/69).fixed32(message.replayFraction);
                if (message.spi != null && $Object.hasOwnProperty.call(message, "spi") && message.spi !== 0)
                    writer.uint32(/* id 9, wireType 0 =*/72).uint32(message.spi);
                if (message.revision != null && $Object.hasOwnProperty.call(message, "revision") && (typeof message.revision === "object" ? message.revision.low || message.revision.high : message.revision !== 0))
                    writer.uint32(/* id 10, wireType 0 =*/80).uint64(message.revision);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Binding message from the specified reader or buffer.
             * @function decode
             * @memberof binding.v1.Binding
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {binding.v1.Binding & binding.v1.Binding.$Shape} Binding
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Binding.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.binding.v1.Binding();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.homeAddress = value;
                            else
                                delete message.homeAddress;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.careOfAddress = value;
                            else
                                delete message.careOfAddress;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.sequence = value;
                            else
                                delete message.sequence;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.lifetime = value;
                            else
                                delete message.lifetime;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.expiresAt = value;
                            else
                                delete message.expiresAt;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.flags = value;
                            else
                                delete message.flags;
                            continue;
                        }
                    case 7: {
                            if (wireType !== 5)
                                break;
                            if (value = reader.fixed32())
                                message.replaySeconds = value;
                            else
                                delete message.replaySeconds;
                            continue;
                        }
                    case 8: {
                            if (wireType !== 5)
                                break;
                            if (value = reader.fixed32())
                                message.replayFraction = value;
                            else
                                delete message.replayFraction;
                            continue;
                        }
                    case 9: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.spi = value;
                            else
                                delete message.spi;
                            continue;
                        }
                    case 10: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.revision = value;
                            else
                                delete message.revision;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            /**
             * Gets the type url for Binding
             * @function getTypeUrl
             * @memberof binding.v1.Binding
             * @static
             * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns {string} The type url
             */
            Binding.getTypeUrl = function(prefix) {
                if (prefix === $undefined)
                    prefix = "type.googleapis.com";
                return prefix + "/binding.v1.Binding";
            };

            return Binding;
        })();

        v1.EpochStart = (function() {

            /**
             * Properties of an EpochStart.
             * @typedef {Object} binding.v1.EpochStart.$Properties
             * @property {string|null} [node] EpochStart node
             * @property {number|null} [claim] EpochStart claim
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an EpochStart.
             * @memberof binding.v1
             * @interface IEpochStart
             * @augments binding.v1.EpochStart.$Properties
             * @deprecated Use binding.v1.EpochStart.$Properties instead.
             */

            /**
             * Shape of an EpochStart.
             * @typedef {binding.v1.EpochStart.$Properties} binding.v1.EpochStart.$Shape
             */

            /**
             * Constructs a new EpochStart.
             * @memberof binding.v1
             * @classdesc Represents an EpochStart.
             * @constructor
             * @param {binding.v1.EpochStart.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const EpochStart = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * EpochStart node.
             * @member {string} node
             * @memberof binding.v1.EpochStart
             * @instance
             */
            EpochStart.prototype.node = "";

            /**
             * EpochStart claim.
             * @member {number} claim
             * @memberof binding.v1.EpochStart
             * @instance
             */
            EpochStart.prototype.claim = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Creates a new EpochStart instance using the specified properties.
             * @function create
             * @memberof binding.v1.EpochStart
             * @static
             * @param {binding.v1.EpochStart.$Properties=} [properties] Properties to set
             * @returns {binding.v1.EpochStart} EpochStart instance
             * @type {{
             *   (properties: binding.v1.EpochStart.$Shape): binding.v1.EpochStart & binding.v1.EpochStart.$Shape;
             *   (properties?: binding.v1.EpochStart.$Properties): binding.v1.EpochStart;
             * }}
             */
            EpochStart.create = function(properties) {
                return new EpochStart(properties);
            };

            /**
             * Encodes the specified EpochStart message. Does not implicitly {@link binding.v1.EpochStart.verify|verify} messages.
             * @function encode
             * @memberof binding.v1.EpochStart
             * @static
             * @param {binding.v1.EpochStart.$Properties} message EpochStart message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            EpochStart.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.node != null && $Object.hasOwnProperty.call(message, "node") && message.node !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.node);
                if (message.claim != null && $Object.hasOwnProperty.call(message, "claim") && (typeof message.claim === "object" ? message.claim.low || message.claim.high : message.claim !== 0))
                    writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.claim);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an EpochStart message from the specified reader or buffer.
             * @function decode
             * @memberof binding.v1.EpochStart
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {binding.v1.EpochStart & binding.v1.EpochStart.$Shape} EpochStart
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            EpochStart.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.binding.v1.EpochStart();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.node = value;
                            else
                                delete message.node;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.claim = value;
                            else
                                delete message.claim;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            /**
             * Gets the type url for EpochStart
             * @function getTypeUrl
             * @memberof binding.v1.EpochStart
             * @static
             * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns {string} The type url
             */
            EpochStart.getTypeUrl = function(prefix) {
                if (prefix === $undefined)
                    prefix = "type.googleapis.com";
                return prefix + "/binding.v1.EpochStart";
            };

            return EpochStart;
        })();

        return v1;
    })();

    return binding;
})();

export const node = $root.node = (() => {

    /**
     * Namespace node.
     * @exports node
     * @namespace
     */
    const node = {};

    node.v1 = (function() {

        /**
         * Namespace v1.
         * @memberof node
         * @namespace
         */
        const v1 = {};

        v1.Report = (function() {

            /**
             * Properties of a Report.
             * @typedef {Object} node.v1.Report.$Properties
             * @property {number|null} [schema] Report schema
             * @property {string|null} [node] Report node
             * @property {number|null} [boot] Report boot
             * @property {number|null} [now] Report now
             * @property {number|null} [wall] Report wall
             * @property {boolean|null} [canCommit] Report canCommit
             * @property {boolean|null} [drained] Report drained
             * @property {boolean|null} [clockOff] Report clockOff
             * @property {string|null} [placement] Report placement
             * @property {Array.<node.v1.Instance.$Properties>|null} [instances] Report instances
             * @property {boolean|null} [asks] Report asks
             * @property {Array.<node.v1.Heard.$Properties>|null} [heard] Report heard
             * @property {node.v1.ClusterTime.$Properties|null} [clusterTime] Report clusterTime
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Report.
             * @memberof node.v1
             * @interface IReport
             * @augments node.v1.Report.$Properties
             * @deprecated Use node.v1.Report.$Properties instead.
             */

            /**
             * Shape of a Report.
             * @typedef {node.v1.Report.$Properties} node.v1.Report.$Shape
             */

            /**
             * Constructs a new Report.
             * @memberof node.v1
             * @classdesc Represents a Report.
             * @constructor
             * @param {node.v1.Report.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Report = function (properties) {
                this.instances = [];
                this.heard = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Report schema.
             * @member {number} schema
             * @memberof node.v1.Report
             * @instance
             */
            Report.prototype.schema = 0;

            /**
             * Report node.
             * @member {string} node
             * @memberof node.v1.Report
             * @instance
             */
            Report.prototype.node = "";

            /**
             * Report boot.
             * @member {number} boot
             * @memberof node.v1.Report
             * @instance
             */
            Report.prototype.boot = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Report now.
             * @member {number} now
             * @memberof node.v1.Report
             * @instance
             */
            Report.prototype.now = 0;

            /**
             * Report wall.
             * @member {number} wall
             * @memberof node.v1.Report
             * @instance
             */
            Report.prototype.wall = 0;

            /**
             * Report canCommit.
             * @member {boolean} canCommit
             * @memberof node.v1.Report
             * @instance
             */
            Report.prototype.canCommit = false;

            /**
             * Report drained.
             * @member {boolean} drained
             * @memberof node.v1.Report
             * @instance
             */
            Report.prototype.drained = false;

            /**
             * Report clockOff.
             * @member {boolean} clockOff
             * @memberof node.v1.Report
             * @instance
             */
            Report.prototype.clockOff = false;

            /**
             * Report placement.
             * @member {string} placement
             * @memberof node.v1.Report
             * @instance
             */
            Report.prototype.placement = "";

            /**
             * Report instances.
             * @member {Array.<node.v1.Instance.$Properties>} instances
             * @memberof node.v1.Report
             * @instance
             */
            Report.prototype.instances = $util.emptyArray;

            /**
             * Report asks.
             * @member {boolean} asks
             * @memberof node.v1.Report
             * @instance
             */
            Report.prototype.asks = false;

            /**
             * Report heard.
             * @member {Array.<node.v1.Heard.$Properties>} heard
             * @memberof node.v1.Report
             * @instance
             */
            Report.prototype.heard = $util.emptyArray;

            /**
             * Report clusterTime.
             * @member {node.v1.ClusterTime.$Properties|null|undefined} clusterTime
             * @memberof node.v1.Report
             * @instance
             */
            Report.prototype.clusterTime = null;

            /**
             * Creates a new Report instance using the specified properties.
             * @function create
             * @memberof node.v1.Report
             * @static
             * @param {node.v1.Report.$Properties=} [properties] Properties to set
             * @returns {node.v1.Report} Report instance
             * @type {{
             *   (properties: node.v1.Report.$Shape): node.v1.Report & node.v1.Report.$Shape;
             *   (properties?: node.v1.Report.$Properties): node.v1.Report;
             * }}
             */
            Report.create = function(properties) {
                return new Report(properties);
            };

            /**
             * Encodes the specified Report message. Does not implicitly {@link node.v1.Report.verify|verify} messages.
             * @function encode
             * @memberof node.v1.Report
             * @static
             * @param {node.v1.Report.$Properties} message Report message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Report.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.schema != null && $Object.hasOwnProperty.call(message, "schema") && message.schema !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.schema);
                if (message.node != null && $Object.hasOwnProperty.call(message, "node") && message.node !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.node);
                if (message.boot != null && $Object.hasOwnProperty.call(message, "boot") && (typeof message.boot === "object" ? message.boot.low || message.boot.high : message.boot !== 0))
                    writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.boot);
                if (message.now != null && $Object.hasOwnProperty.call(message, "now") && !$Object.is(message.now, 0))
                    writer.uint32(/* id 4, wireType 1 =*/33).double(message.now);
                if (message.wall != null && $Object.hasOwnProperty.call(message, "wall") && !$Object.is(message.wall, 0))
                    writer.uint32(/* id 5, wireType 1 =*/41).double(message.wall);
                if (message.canCommit != null && $Object.hasOwnProperty.call(message, "canCommit") && message.canCommit !== false)
                    writer.uint32(/* id 6, wireType 0 =*/48).bool(message.canCommit);
                if (message.drained != null && $Object.hasOwnProperty.call(message, "drained") && message.drained !== false)
                    writer.uint32(/* id 7, wireType 0 =*/56).bool(message.drained);
                if (message.clockOff != null && $Object.hasOwnProperty.call(message, "clockOff") && message.clockOff !== false)
                    writer.uint32(/* id 8, wireType 0 =*/64).bool(message.clockOff);
                if (message.placement != null && $Object.hasOwnProperty.call(message, "placement") && message.placement !== "")
                    writer.uint32(/* id 9, wireType 2 =*/74).string(message.placement);
                if (message.instances != null && message.instances.length)
                    for (let i = 0; i < message.instances.length; ++i)
                        $root.node.v1.Instance.encode(message.instances[i], writer.uint32(/* id 10, wireType 2 =*/82).fork(), _depth + 1).ldelim();
                if (message.asks != null && $Object.hasOwnProperty.call(message, "asks") && message.asks !== false)
                    writer.uint32(/* id 11, wireType 0 =*/88).bool(message.asks);
                if (message.heard != null && message.heard.length)
                    for (let i = 0; i < message.heard.length; ++i)
                        $root.node.v1.Heard.encode(message.heard[i], writer.uint32(/* id 12, wireType 2 =*/98).fork(), _depth + 1).ldelim();
                if (message.clusterTime != null && $Object.hasOwnProperty.call(message, "clusterTime"))
                    $root.node.v1.ClusterTime.encode(message.clusterTime, writer.uint32(/* id 13, wireType 2 =*/106).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Report message from the specified reader or buffer.
             * @function decode
             * @memberof node.v1.Report
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {node.v1.Report & node.v1.Report.$Shape} Report
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Report.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.node.v1.Report();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.schema = value;
                            else
                                delete message.schema;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.node = value;
                            else
                                delete message.node;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.boot = value;
                            else
                                delete message.boot;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.now = value;
                            else
                                delete message.now;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.wall = value;
                            else
                                delete message.wall;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.canCommit = value;
                            else
                                delete message.canCommit;
                            continue;
                        }
                    case 7: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.drained = value;
                            else
                                delete message.drained;
                            continue;
                        }
                    case 8: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.clockOff = value;
                            else
                                delete message.clockOff;
                            continue;
                        }
                    case 9: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.placement = value;
                            else
                                delete message.placement;
                            continue;
                        }
                    case 10: {
                            if (wireType !== 2)
                                break;
                            if (!(message.instances && message.instances.length))
                                message.instances = [];
                            message.instances.push($root.node.v1.Instance.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 11: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.asks = value;
                            else
                                delete message.asks;
                            continue;
                        }
                    case 12: {
                            if (wireType !== 2)
                                break;
                            if (!(message.heard && message.heard.length))
                                message.heard = [];
                            message.heard.push($root.node.v1.Heard.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 13: {
                            if (wireType !== 2)
                                break;
                            message.clusterTime = $root.node.v1.ClusterTime.decode(reader, reader.size(), $undefined, _depth + 1, message.clusterTime);
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            /**
             * Gets the type url for Report
             * @function getTypeUrl
             * @memberof node.v1.Report
             * @static
             * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns {string} The type url
             */
            Report.getTypeUrl = function(prefix) {
                if (prefix === $undefined)
                    prefix = "type.googleapis.com";
                return prefix + "/node.v1.Report";
            };

            return Report;
        })();

        v1.ClusterTime = (function() {

            /**
             * Properties of a ClusterTime.
             * @typedef {Object} node.v1.ClusterTime.$Properties
             * @property {number|null} [correction] ClusterTime correction
             * @property {boolean|null} [decided] ClusterTime decided
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a ClusterTime.
             * @memberof node.v1
             * @interface IClusterTime
             * @augments node.v1.ClusterTime.$Properties
             * @deprecated Use node.v1.ClusterTime.$Properties instead.
             */

            /**
             * Shape of a ClusterTime.
             * @typedef {node.v1.ClusterTime.$Properties} node.v1.ClusterTime.$Shape
             */

            /**
             * Constructs a new ClusterTime.
             * @memberof node.v1
             * @classdesc Represents a ClusterTime.
             * @constructor
             * @param {node.v1.ClusterTime.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const ClusterTime = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * ClusterTime correction.
             * @member {number} correction
             * @memberof node.v1.ClusterTime
             * @instance
             */
            ClusterTime.prototype.correction = 0;

            /**
             * ClusterTime decided.
             * @member {boolean} decided
             * @memberof node.v1.ClusterTime
             * @instance
             */
            ClusterTime.prototype.decided = false;

            /**
             * Creates a new ClusterTime instance using the specified properties.
             * @function create
             * @memberof node.v1.ClusterTime
             * @static
             * @param {node.v1.ClusterTime.$Properties=} [properties] Properties to set
             * @returns {node.v1.ClusterTime} ClusterTime instance
             * @type {{
             *   (properties: node.v1.ClusterTime.$Shape): node.v1.ClusterTime & node.v1.ClusterTime.$Shape;
             *   (properties?: node.v1.ClusterTime.$Properties): node.v1.ClusterTime;
             * }}
             */
            ClusterTime.create = function(properties) {
                return new ClusterTime(properties);
            };

            /**
             * Encodes the specified ClusterTime message. Does not implicitly {@link node.v1.ClusterTime.verify|verify} messages.
             * @function encode
             * @memberof node.v1.ClusterTime
             * @static
             * @param {node.v1.ClusterTime.$Properties} message ClusterTime message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            ClusterTime.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.correction != null && $Object.hasOwnProperty.call(message, "correction") && !$Object.is(message.correction, 0))
                    writer.uint32(/* id 1, wireType 1 =*/9).double(message.correction);
                if (message.decided != null && $Object.hasOwnProperty.call(message, "decided") && message.decided !== false)
                    writer.uint32(/* id 2, wireType 0 =*/16).bool(message.decided);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a ClusterTime message from the specified reader or buffer.
             * @function decode
             * @memberof node.v1.ClusterTime
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {node.v1.ClusterTime & node.v1.ClusterTime.$Shape} ClusterTime
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            ClusterTime.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.node.v1.ClusterTime();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.correction = value;
                            else
                                delete message.correction;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.decided = value;
                            else
                                delete message.decided;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            /**
             * Gets the type url for ClusterTime
             * @function getTypeUrl
             * @memberof node.v1.ClusterTime
             * @static
             * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns {string} The type url
             */
            ClusterTime.getTypeUrl = function(prefix) {
                if (prefix === $undefined)
                    prefix = "type.googleapis.com";
                return prefix + "/node.v1.ClusterTime";
            };

            return ClusterTime;
        })();

        v1.Heard = (function() {

            /**
             * Properties of a Heard.
             * @typedef {Object} node.v1.Heard.$Properties
             * @property {string|null} [node] Heard node
             * @property {number|null} [boot] Heard boot
             * @property {number|null} [apart] Heard apart
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Heard.
             * @memberof node.v1
             * @interface IHeard
             * @augments node.v1.Heard.$Properties
             * @deprecated Use node.v1.Heard.$Properties instead.
             */

            /**
             * Shape of a Heard.
             * @typedef {node.v1.Heard.$Properties} node.v1.Heard.$Shape
             */

            /**
             * Constructs a new Heard.
             * @memberof node.v1
             * @classdesc Represents a Heard.
             * @constructor
             * @param {node.v1.Heard.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Heard = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Heard node.
             * @member {string} node
             * @memberof node.v1.Heard
             * @instance
             */
            Heard.prototype.node = "";

            /**
             * Heard boot.
             * @member {number} boot
             * @memberof node.v1.Heard
             * @instance
             */
            Heard.prototype.boot = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Heard apart.
             * @member {number} apart
             * @memberof node.v1.Heard
             * @instance
             */
            Heard.prototype.apart = 0;

            /**
             * Creates a new Heard instance using the specified properties.
             * @function create
             * @memberof node.v1.Heard
             * @static
             * @param {node.v1.Heard.$Properties=} [properties] Properties to set
             * @returns {node.v1.Heard} Heard instance
             * @type {{
             *   (properties: node.v1.Heard.$Shape): node.v1.Heard & node.v1.Heard.$Shape;
             *   (properties?: node.v1.Heard.$Properties): node.v1.Heard;
             * }}
             */
            Heard.create = function(properties) {
                return new Heard(properties);
            };

            /**
             * Encodes the specified Heard message. Does not implicitly {@link node.v1.Heard.verify|verify} messages.
             * @function encode
             * @memberof node.v1.Heard
             * @static
             * @param {node.v1.Heard.$Properties} message Heard message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Heard.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.node != null && $Object.hasOwnProperty.call(message, "node") && message.node !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.node);
                if (message.boot != null && $Object.hasOwnProperty.call(message, "boot") && (typeof message.boot === "object" ? message.boot.low || message.boot.high : message.boot !== 0))
                    writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.boot);
                if (message.apart != null && $Object.hasOwnProperty.call(message, "apart") && !$Object.is(message.apart, 0))
                    writer.uint32(/* id 3, wireType 1 =*/25).double(message.apart);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Heard message from the specified reader or buffer.
             * @function decode
             * @memberof node.v1.Heard
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {node.v1.Heard & node.v1.Heard.$Shape} Heard
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Heard.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.node.v1.Heard();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.node = value;
                            else
                                delete message.node;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.boot = value;
                            else
                                delete message.boot;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.apart = value;
                            else
                                delete message.apart;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            /**
             * Gets the type url for Heard
             * @function getTypeUrl
             * @memberof node.v1.Heard
             * @static
             * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns {string} The type url
             */
            Heard.getTypeUrl = function(prefix) {
                if (prefix === $undefined)
                    prefix = "type.googleapis.com";
                return prefix + "/node.v1.Heard";
            };

            return Heard;
        })();

        v1.Instance = (function() {

            /**
             * Properties of an Instance.
             * @typedef {Object} node.v1.Instance.$Properties
             * @property {number|null} [number] Instance number
             * @property {boolean|null} [eligible] Instance eligible
             * @property {boolean|null} [held] Instance held
             * @property {number|null} [term] Instance term
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an Instance.
             * @memberof node.v1
             * @interface IInstance
             * @augments node.v1.Instance.$Properties
             * @deprecated Use node.v1.Instance.$Properties instead.
             */

            /**
             * Shape of an Instance.
             * @typedef {node.v1.Instance.$Properties} node.v1.Instance.$Shape
             */

            /**
             * Constructs a new Instance.
             * @memberof node.v1
             * @classdesc Represents an Instance.
             * @constructor
             * @param {node.v1.Instance.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Instance = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Instance number.
             * @member {number} number
             * @memberof node.v1.Instance
             * @instance
             */
            Instance.prototype.number = 0;

            /**
             * Instance eligible.
             * @member {boolean} eligible
             * @memberof node.v1.Instance
             * @instance
             */
            Instance.prototype.eligible = false;

            /**
             * Instance held.
             * @member {boolean} held
             * @memberof node.v1.Instance
             * @instance
             */
            Instance.prototype.held = false;

            /**
             * Instance term.
             * @member {number} term
             * @memberof node.v1.Instance
             * @instance
             */
            Instance.prototype.term = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Creates a new Instance instance using the specified properties.
             * @function create
             * @memberof node.v1.Instance
             * @static
             * @param {node.v1.Instance.$Properties=} [properties] Properties to set
             * @returns {node.v1.Instance} Instance instance
             * @type {{
             *   (properties: node.v1.Instance.$Shape): node.v1.Instance & node.v1.Instance.$Shape;
             *   (properties?: node.v1.Instance.$Properties): node.v1.Instance;
             * }}
             */
            Instance.create = function(properties) {
                return new Instance(properties);
            };

            /**
             * Encodes the specified Instance message. Does not implicitly {@link node.v1.Instance.verify|verify} messages.
             * @function encode
             * @memberof node.v1.Instance
             * @static
             * @param {node.v1.Instance.$Properties} message Instance message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Instance.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.number != null && $Object.hasOwnProperty.call(message, "number") && message.number !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.number);
                if (message.eligible != null && $Object.hasOwnProperty.call(message, "eligible") && message.eligible !== false)
                    writer.uint32(/* id 2, wireType 0 =*/16).bool(message.eligible);
                if (message.held != null && $Object.hasOwnProperty.call(message, "held") && message.held !== false)
                    writer.uint32(/* id 3, wireType 0 =*/24).bool(message.held);
                if (message.term != null && $Object.hasOwnProperty.call(message, "term") && (typeof message.term === "object" ? message.term.low || message.term.high : message.term !== 0))
                    writer.uint32(/* id 4, wireType 0 =*/32).uint64(message.term);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an Instance message from the specified reader or buffer.
             * @function decode
             * @memberof node.v1.Instance
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {node.v1.Instance & node.v1.Instance.$Shape} Instance
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Instance.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.node.v1.Instance();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.number = value;
                            else
                                delete message.number;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.eligible = value;
                            else
                                delete message.eligible;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.held = value;
                            else
                                delete message.held;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.term = value;
                            else
                                delete message.term;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            /**
             * Gets the type url for Instance
             * @function getTypeUrl
             * @memberof node.v1.Instance
             * @static
             * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns {string} The type url
             */
            Instance.getTypeUrl = function(prefix) {
                if (prefix === $undefined)
                    prefix = "type.googleapis.com";
                return prefix + "/node.v1.Instance";
            };

            return Instance;
        })();

        v1.Request = (function() {

            /**
             * Properties of a Request.
             * @typedef {Object} node.v1.Request.$Properties
             * @property {number|null} [schema] Request schema
             * @property {node.v1.Request.Command|null} [command] Request command
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Request.
             * @memberof node.v1
             * @interface IRequest
             * @augments node.v1.Request.$Properties
             * @deprecated Use node.v1.Request.$Properties instead.
             */

            /**
             * Shape of a Request.
             * @typedef {node.v1.Request.$Properties} node.v1.Request.$Shape
             */

            /**
             * Constructs a new Request.
             * @memberof node.v1
             * @classdesc Represents a Request.
             * @constructor
             * @param {node.v1.Request.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Request = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Request schema.
             * @member {number} schema
             * @memberof node.v1.Request
             * @instance
             */
            Request.prototype.schema = 0;

            /**
             * Request command.
             * @member {node.v1.Request.Command} command
             * @memberof node.v1.Request
             * @instance
             */
            Request.prototype.command = 0;

            /**
             * Creates a new Request instance using the specified properties.
             * @function create
             * @memberof node.v1.Request
             * @static
             * @param {node.v1.Request.$Properties=} [properties] Properties to set
             * @returns {node.v1.Request} Request instance
             * @type {{
             *   (properties: node.v1.Request.$Shape): node.v1.Request & node.v1.Request.$Shape;
             *   (properties?: node.v1.Request.$Properties): node.v1.Request;
             * }}
             */
            Request.create = function(properties) {
                return new Request(properties);
            };

            /**
             * Encodes the specified Request message. Does not implicitly {@link node.v1.Request.verify|verify} messages.
             * @function encode
             * @memberof node.v1.Request
             * @static
             * @param {node.v1.Request.$Properties} message Request message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Request.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.schema != null && $Object.hasOwnProperty.call(message, "schema") && message.schema !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.schema);
                if (message.command != null && $Object.hasOwnProperty.call(message, "command") && message.command !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).int32(message.command);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Request message from the specified reader or buffer.
             * @function decode
             * @memberof node.v1.Request
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {node.v1.Request & node.v1.Request.$Shape} Request
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Request.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.node.v1.Request();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.schema = value;
                            else
                                delete message.schema;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.command = value;
                            else
                                delete message.command;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            /**
             * Gets the type url for Request
             * @function getTypeUrl
             * @memberof node.v1.Request
             * @static
             * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns {string} The type url
             */
            Request.getTypeUrl = function(prefix) {
                if (prefix === $undefined)
                    prefix = "type.googleapis.com";
                return prefix + "/node.v1.Request";
            };

            /**
             * Command enum.
             * @name node.v1.Request.Command
             * @enum {number}
             * @property {number} NONE=0 NONE value
             * @property {number} DRAIN=1 DRAIN value
             * @property {number} UNDRAIN=2 UNDRAIN value
             * @property {number} REBALANCE=3 REBALANCE value
             */
            Request.Command = (function() {
                const valuesById = $Object.create(null), values = $Object.create(valuesById);
                values[valuesById[0] = "NONE"] = 0;
                values[valuesById[1] = "DRAIN"] = 1;
                values[valuesById[2] = "UNDRAIN"] = 2;
                values[valuesById[3] = "REBALANCE"] = 3;
                return values;
            })();

            return Request;
        })();

        v1.Answer = (function() {

            /**
             * Properties of an Answer.
             * @typedef {Object} node.v1.Answer.$Properties
             * @property {number|null} [schema] Answer schema
             * @property {string|null} [refusal] Answer refusal
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an Answer.
             * @memberof node.v1
             * @interface IAnswer
             * @augments node.v1.Answer.$Properties
             * @deprecated Use node.v1.Answer.$Properties instead.
             */

            /**
             * Shape of an Answer.
             * @typedef {node.v1.Answer.$Properties} node.v1.Answer.$Shape
             */

            /**
             * Constructs a new Answer.
             * @memberof node.v1
             * @classdesc Represents an Answer.
             * @constructor
             * @param {node.v1.Answer.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Answer = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Answer schema.
             * @member {number} schema
             * @memberof node.v1.Answer
             * @instance
             */
            Answer.prototype.schema = 0;

            /**
             * Answer refusal.
             * @member {string} refusal
             * @memberof node.v1.Answer
             * @instance
             */
            Answer.prototype.refusal = "";

            /**
             * Creates a new Answer instance using the specified properties.
             * @function create
             * @memberof node.v1.Answer
             * @static
             * @param {node.v1.Answer.$Properties=} [properties] Properties to set
             * @returns {node.v1.Answer} Answer instance
             * @type {{
             *   (properties: node.v1.Answer.$Shape): node.v1.Answer & node.v1.Answer.$Shape;
             *   (properties?: node.v1.Answer.$Properties): node.v1.Answer;
             * }}
             */
            Answer.create = function(properties) {
                return new Answer(properties);
            };

            /**
             * Encodes the specified Answer message. Does not implicitly {@link node.v1.Answer.verify|verify} messages.
             * @function encode
             * @memberof node.v1.Answer
             * @static
             * @param {node.v1.Answer.$Properties} message Answer message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Answer.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.schema != null && $Object.hasOwnProperty.call(message, "schema") && message.schema !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.schema);
                if (message.refusal != null && $Object.hasOwnProperty.call(message, "refusal") && message.refusal !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.refusal);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an Answer message from the specified reader or buffer.
             * @function decode
             * @memberof node.v1.Answer
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {node.v1.Answer & node.v1.Answer.$Shape} Answer
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Answer.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.node.v1.Answer();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.schema = value;
                            else
                                delete message.schema;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.refusal = value;
                            else
                                delete message.refusal;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            /**
             * Gets the type url for Answer
             * @function getTypeUrl
             * @memberof node.v1.Answer
             * @static
             * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns {string} The type url
             */
            Answer.getTypeUrl = function(prefix) {
                if (prefix === $undefined)
                    prefix = "type.googleapis.com";
                return prefix + "/node.v1.Answer";
            };

            return Answer;
        })();

        return v1;
    })();

    return node;
})();

export const relay = $root.relay = (() => {

    /**
     * Namespace relay.
     * @exports relay
     * @namespace
     */
    const relay = {};

    relay.v1 = (function() {

        /**
         * Namespace v1.
         * @memberof relay
         * @namespace
         */
        const v1 = {};

        v1.FromEdge = (function() {

            /**
             * Properties of a FromEdge.
             * @typedef {Object} relay.v1.FromEdge.$Properties
             * @property {number|null} [schema] FromEdge schema
             * @property {string|null} [node] FromEdge node
             * @property {number|null} [term] FromEdge term
             * @property {relay.v1.Received.$Properties|null} [received] FromEdge received
             * @property {relay.v1.Standing.$Properties|null} [standing] FromEdge standing
             * @property {relay.v1.Detected.$Properties|null} [detected] FromEdge detected
             * @property {"received"|"standing"|"detected"} [body] FromEdge body
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a FromEdge.
             * @memberof relay.v1
             * @interface IFromEdge
             * @augments relay.v1.FromEdge.$Properties
             * @deprecated Use relay.v1.FromEdge.$Properties instead.
             */

            /**
             * Narrowed shape of a FromEdge.
             * @typedef {{
             *   schema?: number|null;
             *   node?: string|null;
             *   term?: number|null;
             *   received?: relay.v1.Received.$Shape|null;
             *   standing?: relay.v1.Standing.$Shape|null;
             *   detected?: relay.v1.Detected.$Shape|null;
             *   $unknowns?: Array.<Uint8Array>;
             * } & (
             *   ({ body?: undefined; received?: null; standing?: null; detected?: null }|{ body?: "received"; received: relay.v1.Received.$Shape; standing?: null; detected?: null }|{ body?: "standing"; received?: null; standing: relay.v1.Standing.$Shape; detected?: null }|{ body?: "detected"; received?: null; standing?: null; detected: relay.v1.Detected.$Shape })
             * )} relay.v1.FromEdge.$Shape
             */

            /**
             * Constructs a new FromEdge.
             * @memberof relay.v1
             * @classdesc Represents a FromEdge.
             * @constructor
             * @param {relay.v1.FromEdge.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const FromEdge = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * FromEdge schema.
             * @member {number} schema
             * @memberof relay.v1.FromEdge
             * @instance
             */
            FromEdge.prototype.schema = 0;

            /**
             * FromEdge node.
             * @member {string} node
             * @memberof relay.v1.FromEdge
             * @instance
             */
            FromEdge.prototype.node = "";

            /**
             * FromEdge term.
             * @member {number} term
             * @memberof relay.v1.FromEdge
             * @instance
             */
            FromEdge.prototype.term = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * FromEdge received.
             * @member {relay.v1.Received.$Properties|null|undefined} received
             * @memberof relay.v1.FromEdge
             * @instance
             */
            FromEdge.prototype.received = null;

            /**
             * FromEdge standing.
             * @member {relay.v1.Standing.$Properties|null|undefined} standing
             * @memberof relay.v1.FromEdge
             * @instance
             */
            FromEdge.prototype.standing = null;

            /**
             * FromEdge detected.
             * @member {relay.v1.Detected.$Properties|null|undefined} detected
             * @memberof relay.v1.FromEdge
             * @instance
             */
            FromEdge.prototype.detected = null;

            // OneOf field names bound to virtual getters and setters
            let $oneOfFields;

            /**
             * FromEdge body.
             * @member {"received"|"standing"|"detected"|undefined} body
             * @memberof relay.v1.FromEdge
             * @instance
             */
            $Object.defineProperty(FromEdge.prototype, "body", {
                get: $util.oneOfGetter($oneOfFields = ["received", "standing", "detected"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            /**
             * Creates a new FromEdge instance using the specified properties.
             * @function create
             * @memberof relay.v1.FromEdge
             * @static
             * @param {relay.v1.FromEdge.$Properties=} [properties] Properties to set
             * @returns {relay.v1.FromEdge} FromEdge instance
             * @type {{
             *   (properties: relay.v1.FromEdge.$Shape): relay.v1.FromEdge & relay.v1.FromEdge.$Shape;
             *   (properties?: relay.v1.FromEdge.$Properties): relay.v1.FromEdge;
             * }}
             */
            FromEdge.create = function(properties) {
                return new FromEdge(properties);
            };

            /**
             * Encodes the specified FromEdge message. Does not implicitly {@link relay.v1.FromEdge.verify|verify} messages.
             * @function encode
             * @memberof relay.v1.FromEdge
             * @static
             * @param {relay.v1.FromEdge.$Properties} message FromEdge message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            FromEdge.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.schema != null && $Object.hasOwnProperty.call(message, "schema") && message.schema !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.schema);
                if (message.node != null && $Object.hasOwnProperty.call(message, "node") && message.node !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.node);
                if (message.term != null && $Object.hasOwnProperty.call(message, "term") && (typeof message.term === "object" ? message.term.low || message.term.high : message.term !== 0))
                    writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.term);
                if (message.received != null && $Object.hasOwnProperty.call(message, "received"))
                    $root.relay.v1.Received.encode(message.received, writer.uint32(/* id 10, wireType 2 =*/82).fork(), _depth + 1).ldelim();
                if (message.standing != null && $Object.hasOwnProperty.call(message, "standing"))
                    $root.relay.v1.Standing.encode(message.standing, writer.uint32(/* id 11, wireType 2 =*/90).fork(), _depth + 1).ldelim();
                if (message.detected != null && $Object.hasOwnProperty.call(message, "detected"))
                    $root.relay.v1.Detected.encode(message.detected, writer.uint32(/* id 12, wireType 2 =*/98).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a FromEdge message from the specified reader or buffer.
             * @function decode
             * @memberof relay.v1.FromEdge
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {relay.v1.FromEdge & relay.v1.FromEdge.$Shape} FromEdge
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            FromEdge.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.relay.v1.FromEdge();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.schema = value;
                            else
                                delete message.schema;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.node = value;
                            else
                                delete message.node;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.term = value;
                            else
                                delete message.term;
                            continue;
                        }
                    case 10: {
                            if (wireType !== 2)
                                break;
                            message.received = $root.relay.v1.Received.decode(reader, reader.size(), $undefined, _depth + 1, message.received);
                            message.body = "received";
                            continue;
                        }
                    case 11: {
                            if (wireType !== 2)
                                break;
                            message.standing = $root.relay.v1.Standing.decode(reader, reader.size(), $undefined, _depth + 1, message.standing);
                            message.body = "standing";
                            continue;
                        }
                    case 12: {
                            if (wireType !== 2)
                                break;
                            message.detected = $root.relay.v1.Detected.decode(reader, reader.size(), $undefined, _depth + 1, message.detected);
                            message.body = "detected";
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            /**
             * Gets the type url for FromEdge
             * @function getTypeUrl
             * @memberof relay.v1.FromEdge
             * @static
             * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns {string} The type url
             */
            FromEdge.getTypeUrl = function(prefix) {
                if (prefix === $undefined)
                    prefix = "type.googleapis.com";
                return prefix + "/relay.v1.FromEdge";
            };

            return FromEdge;
        })();

        v1.Received = (function() {

            /**
             * Properties of a Received.
             * @typedef {Object} relay.v1.Received.$Properties
             * @property {Uint8Array|null} [packet] Received packet
             * @property {Uint8Array|null} [linkLayerSource] Received linkLayerSource
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Received.
             * @memberof relay.v1
             * @interface IReceived
             * @augments relay.v1.Received.$Properties
             * @deprecated Use relay.v1.Received.$Properties instead.
             */

            /**
             * Shape of a Received.
             * @typedef {relay.v1.Received.$Properties} relay.v1.Received.$Shape
             */

            /**
             * Constructs a new Received.
             * @memberof relay.v1
             * @classdesc Represents a Received.
             * @constructor
             * @param {relay.v1.Received.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Received = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Received packet.
             * @member {Uint8Array} packet
             * @memberof relay.v1.Received
             * @instance
             */
            Received.prototype.packet = $util.newBuffer([]);

            /**
             * Received linkLayerSource.
             * @member {Uint8Array} linkLayerSource
             * @memberof relay.v1.Received
             * @instance
             */
            Received.prototype.linkLayerSource = $util.newBuffer([]);

            /**
             * Creates a new Received instance using the specified properties.
             * @function create
             * @memberof relay.v1.Received
             * @static
             * @param {relay.v1.Received.$Properties=} [properties] Properties to set
             * @returns {relay.v1.Received} Received instance
             * @type {{
             *   (properties: relay.v1.Received.$Shape): relay.v1.Received & relay.v1.Received.$Shape;
             *   (properties?: relay.v1.Received.$Properties): relay.v1.Received;
             * }}
             */
            Received.create = function(properties) {
                return new Received(properties);
            };

            /**
             * Encodes the specified Received message. Does not implicitly {@link relay.v1.Received.verify|verify} messages.
             * @function encode
             * @memberof relay.v1.Received
             * @static
             * @param {relay.v1.Received.$Properties} message Received message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Received.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.packet != null && $Object.hasOwnProperty.call(message, "packet") && message.packet.length)
                    writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.packet);
                if (message.linkLayerSource != null && $Object.hasOwnProperty.call(message, "linkLayerSource") && message.linkLayerSource.length)
                    writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.linkLayerSource);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Received message from the specified reader or buffer.
             * @function decode
             * @memberof relay.v1.Received
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {relay.v1.Received & relay.v1.Received.$Shape} Received
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Received.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.relay.v1.Received();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.packet = value;
                            else
                                delete message.packet;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.linkLayerSource = value;
                            else
                                delete message.linkLayerSource;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            /**
             * Gets the type url for Received
             * @function getTypeUrl
             * @memberof relay.v1.Received
             * @static
             * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns {string} The type url
             */
            Received.getTypeUrl = function(prefix) {
                if (prefix === $undefined)
                    prefix = "type.googleapis.com";
                return prefix + "/relay.v1.Received";
            };

            return Received;
        })();

        v1.Standing = (function() {

            /**
             * Properties of a Standing.
             * @typedef {Object} relay.v1.Standing.$Properties
             * @property {boolean|null} [held] Standing held
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Standing.
             * @memberof relay.v1
             * @interface IStanding
             * @augments relay.v1.Standing.$Properties
             * @deprecated Use relay.v1.Standing.$Properties instead.
             */

            /**
             * Shape of a Standing.
             * @typedef {relay.v1.Standing.$Properties} relay.v1.Standing.$Shape
             */

            /**
             * Constructs a new Standing.
             * @memberof relay.v1
             * @classdesc Represents a Standing.
             * @constructor
             * @param {relay.v1.Standing.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Standing = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Standing held.
             * @member {boolean} held
             * @memberof relay.v1.Standing
             * @instance
             */
            Standing.prototype.held = false;

            /**
             * Creates a new Standing instance using the specified properties.
             * @function create
             * @memberof relay.v1.Standing
             * @static
             * @param {relay.v1.Standing.$Properties=} [properties] Properties to set
             * @returns {relay.v1.Standing} Standing instance
             * @type {{
             *   (properties: relay.v1.Standing.$Shape): relay.v1.Standing & relay.v1.Standing.$Shape;
             *   (properties?: relay.v1.Standing.$Properties): relay.v1.Standing;
             * }}
             */
            Standing.create = function(properties) {
                return new Standing(properties);
            };

            /**
             * Encodes the specified Standing message. Does not implicitly {@link relay.v1.Standing.verify|verify} messages.
             * @function encode
             * @memberof relay.v1.Standing
             * @static
             * @param {relay.v1.Standing.$Properties} message Standing message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Standing.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.held != null && $Object.hasOwnProperty.call(message, "held") && message.held !== false)
                    writer.uint32(/* id 1, wireType 0 =*/8).bool(message.held);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Standing message from the specified reader or buffer.
             * @function decode
             * @memberof relay.v1.Standing
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {relay.v1.Standing & relay.v1.Standing.$Shape} Standing
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Standing.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.relay.v1.Standing();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.held = value;
                            else
                                delete message.held;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            /**
             * Gets the type url for Standing
             * @function getTypeUrl
             * @memberof relay.v1.Standing
             * @static
             * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns {string} The type url
             */
            Standing.getTypeUrl = function(prefix) {
                if (prefix === $undefined)
                    prefix = "type.googleapis.com";
                return prefix + "/relay.v1.Standing";
            };

            return Standing;
        })();

        v1.Detected = (function() {

            /**
             * Properties of a Detected.
             * @typedef {Object} relay.v1.Detected.$Properties
             * @property {number|null} [request] Detected request
             * @property {relay.v1.Detected.Outcome|null} [outcome] Detected outcome
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Detected.
             * @memberof relay.v1
             * @interface IDetected
             * @augments relay.v1.Detected.$Properties
             * @deprecated Use relay.v1.Detected.$Properties instead.
             */

            /**
             * Shape of a Detected.
             * @typedef {relay.v1.Detected.$Properties} relay.v1.Detected.$Shape
             */

            /**
             * Constructs a new Detected.
             * @memberof relay.v1
             * @classdesc Represents a Detected.
             * @constructor
             * @param {relay.v1.Detected.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Detected = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Detected request.
             * @member {number} request
             * @memberof relay.v1.Detected
             * @instance
             */
            Detected.prototype.request = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Detected outcome.
             * @member {relay.v1.Detected.Outcome} outcome
             * @memberof relay.v1.Detected
             * @instance
             */
            Detected.prototype.outcome = 0;

            /**
             * Creates a new Detected instance using the specified properties.
             * @function create
             * @memberof relay.v1.Detected
             * @static
             * @param {relay.v1.Detected.$Properties=} [properties] Properties to set
             * @returns {relay.v1.Detected} Detected instance
             * @type {{
             *   (properties: relay.v1.Detected.$Shape): relay.v1.Detected & relay.v1.Detected.$Shape;
             *   (properties?: relay.v1.Detected.$Properties): relay.v1.Detected;
             * }}
             */
            Detected.create = function(properties) {
                return new Detected(properties);
            };

            /**
             * Encodes the specified Detected message. Does not implicitly {@link relay.v1.Detected.verify|verify} messages.
             * @function encode
             * @memberof relay.v1.Detected
             * @static
             * @param {relay.v1.Detected.$Properties} message Detected message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Detected.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.request != null && $Object.hasOwnProperty.call(message, "request") && (typeof message.request === "object" ? message.request.low || message.request.high : message.request !== 0))
                    writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.request);
                if (message.outcome != null && $Object.hasOwnProperty.call(message, "outcome") && message.outcome !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).int32(message.outcome);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Detected message from the specified reader or buffer.
             * @function decode
             * @memberof relay.v1.Detected
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {relay.v1.Detected & relay.v1.Detected.$Shape} Detected
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Detected.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.relay.v1.Detected();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.request = value;
                            else
                                delete message.request;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.outcome = value;
                            else
                                delete message.outcome;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            /**
             * Gets the type url for Detected
             * @function getTypeUrl
             * @memberof relay.v1.Detected
             * @static
             * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns {string} The type url
             */
            Detected.getTypeUrl = function(prefix) {
                if (prefix === $undefined)
                    prefix = "type.googleapis.com";
                return prefix + "/relay.v1.Detected";
            };

            /**
             * Outcome enum.
             * @name relay.v1.Detected.Outcome
             * @enum {number}
             * @property {number} FAILED=0 FAILED value
             * @property {number} UNIQUE=1 UNIQUE value
             * @property {number} DUPLICATE=2 DUPLICATE value
             */
            Detected.Outcome = (function() {
                const valuesById = $Object.create(null), values = $Object.create(valuesById);
                values[valuesById[0] = "FAILED"] = 0;
                values[valuesById[1] = "UNIQUE"] = 1;
                values[valuesById[2] = "DUPLICATE"] = 2;
                return values;
            })();

            return Detected;
        })();

        v1.FromOwner = (function() {

            /**
             * Properties of a FromOwner.
             * @typedef {Object} relay.v1.FromOwner.$Properties
             * @property {number|null} [schema] FromOwner schema
             * @property {string|null} [node] FromOwner node
             * @property {number|null} [epoch] FromOwner epoch
             * @property {relay.v1.Forward.$Properties|null} [forward] FromOwner forward
             * @property {relay.v1.Acknowledge.$Properties|null} [acknowledge] FromOwner acknowledge
             * @property {relay.v1.Advertise.$Properties|null} [advertise] FromOwner advertise
             * @property {relay.v1.DetectDuplicates.$Properties|null} [detectDuplicates] FromOwner detectDuplicates
             * @property {"forward"|"acknowledge"|"advertise"|"detectDuplicates"} [body] FromOwner body
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a FromOwner.
             * @memberof relay.v1
             * @interface IFromOwner
             * @augments relay.v1.FromOwner.$Properties
             * @deprecated Use relay.v1.FromOwner.$Properties instead.
             */

            /**
             * Narrowed shape of a FromOwner.
             * @typedef {{
             *   schema?: number|null;
             *   node?: string|null;
             *   epoch?: number|null;
             *   forward?: relay.v1.Forward.$Shape|null;
             *   acknowledge?: relay.v1.Acknowledge.$Shape|null;
             *   advertise?: relay.v1.Advertise.$Shape|null;
             *   detectDuplicates?: relay.v1.DetectDuplicates.$Shape|null;
             *   $unknowns?: Array.<Uint8Array>;
             * } & (
             *   ({ body?: undefined; forward?: null; acknowledge?: null; advertise?: null; detectDuplicates?: null }|{ body?: "forward"; forward: relay.v1.Forward.$Shape; acknowledge?: null; advertise?: null; detectDuplicates?: null }|{ body?: "acknowledge"; forward?: null; acknowledge: relay.v1.Acknowledge.$Shape; advertise?: null; detectDuplicates?: null }|{ body?: "advertise"; forward?: null; acknowledge?: null; advertise: relay.v1.Advertise.$Shape; detectDuplicates?: null }|{ body?: "detectDuplicates"; forward?: null; acknowledge?: null; advertise?: null; detectDuplicates: relay.v1.DetectDuplicates.$Shape })
             * )} relay.v1.FromOwner.$Shape
             */

            /**
             * Constructs a new FromOwner.
             * @memberof relay.v1
             * @classdesc Represents a FromOwner.
             * @constructor
             * @param {relay.v1.FromOwner.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const FromOwner = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * FromOwner schema.
             * @member {number} schema
             * @memberof relay.v1.FromOwner
             * @instance
             */
            FromOwner.prototype.schema = 0;

            /**
             * FromOwner node.
             * @member {string} node
             * @memberof relay.v1.FromOwner
             * @instance
             */
            FromOwner.prototype.node = "";

            /**
             * FromOwner epoch.
             * @member {number} epoch
             * @memberof relay.v1.FromOwner
             * @instance
             */
            FromOwner.prototype.epoch = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * FromOwner forward.
             * @member {relay.v1.Forward.$Properties|null|undefined} forward
             * @memberof relay.v1.FromOwner
             * @instance
             */
            FromOwner.prototype.forward = null;

            /**
             * FromOwner acknowledge.
             * @member {relay.v1.Acknowledge.$Properties|null|undefined} acknowledge
             * @memberof relay.v1.FromOwner
             * @instance
             */
            FromOwner.prototype.acknowledge = null;

            /**
             * FromOwner advertise.
             * @member {relay.v1.Advertise.$Properties|null|undefined} advertise
             * @memberof relay.v1.FromOwner
             * @instance
             */
            FromOwner.prototype.advertise = null;

            /**
             * FromOwner detectDuplicates.
             * @member {relay.v1.DetectDuplicates.$Properties|null|undefined} detectDuplicates
             * @memberof relay.v1.FromOwner
             * @instance
             */
            FromOwner.prototype.detectDuplicates = null;

            // OneOf field names bound to virtual getters and setters
            let $oneOfFields;

            /**
             * FromOwner body.
             * @member {"forward"|"acknowledge"|"advertise"|"detectDuplicates"|undefined} body
             * @memberof relay.v1.FromOwner
             * @instance
             */
            $Object.defineProperty(FromOwner.prototype, "body", {
                get: $util.oneOfGetter($oneOfFields = ["forward", "acknowledge", "advertise", "detectDuplicates"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            /**
             * Creates a new FromOwner instance using the specified properties.
             * @function create
             * @memberof relay.v1.FromOwner
             * @static
             * @param {relay.v1.FromOwner.$Properties=} [properties] Properties to set
             * @returns {relay.v1.FromOwner} FromOwner instance
             * @type {{
             *   (properties: relay.v1.FromOwner.$Shape): relay.v1.FromOwner & relay.v1.FromOwner.$Shape;
             *   (properties?: relay.v1.FromOwner.$Properties): relay.v1.FromOwner;
             * }}
             */
            FromOwner.create = function(properties) {
                return new FromOwner(properties);
            };

            /**
             * Encodes the specified FromOwner message. Does not implicitly {@link relay.v1.FromOwner.verify|verify} messages.
             * @function encode
             * @memberof relay.v1.FromOwner
             * @static
             * @param {relay.v1.FromOwner.$Properties} message FromOwner message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            FromOwner.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.schema != null && $Object.hasOwnProperty.call(message, "schema") && message.schema !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.schema);
                if (message.node != null && $Object.hasOwnProperty.call(message, "node") && message.node !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.node);
                if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && (typeof message.epoch === "object" ? message.epoch.low || message.epoch.high : message.epoch !== 0))
                    writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.epoch);
                if (message.forward != null && $Object.hasOwnProperty.call(message, "forward"))
                    $root.relay.v1.Forward.encode(message.forward, writer.uint32(/* id 10, wireType 2 =*/82).fork(), _depth + 1).ldelim();
                if (message.acknowledge != null && $Object.hasOwnProperty.call(message, "acknowledge"))
                    $root.relay.v1.Acknowledge.encode(message.acknowledge, writer.uint32(/* id 11, wireType 2 =*/90).fork(), _depth + 1).ldelim();
                if (message.advertise != null && $Object.hasOwnProperty.call(message, "advertise"))
                    $root.relay.v1.Advertise.encode(message.advertise, writer.uint32(/* id 12, wireType 2 =*/98).fork(), _depth + 1).ldelim();
                if (message.detectDuplicates != null && $Object.hasOwnProperty.call(message, "detectDuplicates"))
                    $root.relay.v1.DetectDuplicates.encode(message.detectDuplicates, writer.uint32(/* id 13, wireType 2 =*/106).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a FromOwner message from the specified reader or buffer.
             * @function decode
             * @memberof relay.v1.FromOwner
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {relay.v1.FromOwner & relay.v1.FromOwner.$Shape} FromOwner
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            FromOwner.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.relay.v1.FromOwner();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.schema = value;
                            else
                                delete message.schema;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.node = value;
                            else
                                delete message.node;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.epoch = value;
                            else
                                delete message.epoch;
                            continue;
                        }
                    case 10: {
                            if (wireType !== 2)
                                break;
                            message.forward = $root.relay.v1.Forward.decode(reader, reader.size(), $undefined, _depth + 1, message.forward);
                            message.body = "forward";
                            continue;
                        }
                    case 11: {
                            if (wireType !== 2)
                                break;
                            message.acknowledge = $root.relay.v1.Acknowledge.decode(reader, reader.size(), $undefined, _depth + 1, message.acknowledge);
                            message.body = "acknowledge";
                            continue;
                        }
                    case 12: {
                            if (wireType !== 2)
                                break;
                            message.advertise = $root.relay.v1.Advertise.decode(reader, reader.size(), $undefined, _depth + 1, message.advertise);
                            message.body = "advertise";
                            continue;
                        }
                    case 13: {
                            if (wireType !== 2)
                                break;
                            message.detectDuplicates = $root.relay.v1.DetectDuplicates.decode(reader, reader.size(), $undefined, _depth + 1, message.detectDuplicates);
                            message.body = "detectDuplicates";
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            /**
             * Gets the type url for FromOwner
             * @function getTypeUrl
             * @memberof relay.v1.FromOwner
             * @static
             * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns {string} The type url
             */
            FromOwner.getTypeUrl = function(prefix) {
                if (prefix === $undefined)
                    prefix = "type.googleapis.com";
                return prefix + "/relay.v1.FromOwner";
            };

            return FromOwner;
        })();

        v1.Forward = (function() {

            /**
             * Properties of a Forward.
             * @typedef {Object} relay.v1.Forward.$Properties
             * @property {Uint8Array|null} [homeAddress] Forward homeAddress
             * @property {Uint8Array|null} [careOfAddress] Forward careOfAddress
             * @property {number|null} [revision] Forward revision
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Forward.
             * @memberof relay.v1
             * @interface IForward
             * @augments relay.v1.Forward.$Properties
             * @deprecated Use relay.v1.Forward.$Properties instead.
             */

            /**
             * Shape of a Forward.
             * @typedef {relay.v1.Forward.$Properties} relay.v1.Forward.$Shape
             */

            /**
             * Constructs a new Forward.
             * @memberof relay.v1
             * @classdesc Represents a Forward.
             * @constructor
             * @param {relay.v1.Forward.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Forward = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Forward homeAddress.
             * @member {Uint8Array} homeAddress
             * @memberof relay.v1.Forward
             * @instance
             */
            Forward.prototype.homeAddress = $util.newBuffer([]);

            /**
             * Forward careOfAddress.
             * @member {Uint8Array} careOfAddress
             * @memberof relay.v1.Forward
             * @instance
             */
            Forward.prototype.careOfAddress = $util.newBuffer([]);

            /**
             * Forward revision.
             * @member {number} revision
             * @memberof relay.v1.Forward
             * @instance
             */
            Forward.prototype.revision = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Creates a new Forward instance using the specified properties.
             * @function create
             * @memberof relay.v1.Forward
             * @static
             * @param {relay.v1.Forward.$Properties=} [properties] Properties to set
             * @returns {relay.v1.Forward} Forward instance
             * @type {{
             *   (properties: relay.v1.Forward.$Shape): relay.v1.Forward & relay.v1.Forward.$Shape;
             *   (properties?: relay.v1.Forward.$Properties): relay.v1.Forward;
             * }}
             */
            Forward.create = function(properties) {
                return new Forward(properties);
            };

            /**
             * Encodes the specified Forward message. Does not implicitly {@link relay.v1.Forward.verify|verify} messages.
             * @function encode
             * @memberof relay.v1.Forward
             * @static
             * @param {relay.v1.Forward.$Properties} message Forward message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Forward.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.homeAddress != null && $Object.hasOwnProperty.call(message, "homeAddress") && message.homeAddress.length)
                    writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.homeAddress);
                if (message.careOfAddress != null && $Object.hasOwnProperty.call(message, "careOfAddress") && message.careOfAddress.length)
                    writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.careOfAddress);
                if (message.revision != null && $Object.hasOwnProperty.call(message, "revision") && (typeof message.revision === "object" ? message.revision.low || message.revision.high : message.revision !== 0))
                    writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.revision);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Forward message from the specified reader or buffer.
             * @function decode
             * @memberof relay.v1.Forward
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {relay.v1.Forward & relay.v1.Forward.$Shape} Forward
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Forward.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.relay.v1.Forward();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.homeAddress = value;
                            else
                                delete message.homeAddress;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.careOfAddress = value;
                            else
                                delete message.careOfAddress;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.revision = value;
                            else
                                delete message.revision;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            /**
             * Gets the type url for Forward
             * @function getTypeUrl
             * @memberof relay.v1.Forward
             * @static
             * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns {string} The type url
             */
            Forward.getTypeUrl = function(prefix) {
                if (prefix === $undefined)
                    prefix = "type.googleapis.com";
                return prefix + "/relay.v1.Forward";
            };

            return Forward;
        })();

        v1.Acknowledge = (function() {

            /**
             * Properties of an Acknowledge.
             * @typedef {Object} relay.v1.Acknowledge.$Properties
             * @property {Uint8Array|null} [packet] Acknowledge packet
             * @property {Uint8Array|null} [linkLayerDestination] Acknowledge linkLayerDestination
             * @property {Uint8Array|null} [entry] Acknowledge entry
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an Acknowledge.
             * @memberof relay.v1
             * @interface IAcknowledge
             * @augments relay.v1.Acknowledge.$Properties
             * @deprecated Use relay.v1.Acknowledge.$Properties instead.
             */

            /**
             * Shape of an Acknowledge.
             * @typedef {relay.v1.Acknowledge.$Properties} relay.v1.Acknowledge.$Shape
             */

            /**
             * Constructs a new Acknowledge.
             * @memberof relay.v1
             * @classdesc Represents an Acknowledge.
             * @constructor
             * @param {relay.v1.Acknowledge.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Acknowledge = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Acknowledge packet.
             * @member {Uint8Array} packet
             * @memberof relay.v1.Acknowledge
             * @instance
             */
            Acknowledge.prototype.packet = $util.newBuffer([]);

            /**
             * Acknowledge linkLayerDestination.
             * @member {Uint8Array} linkLayerDestination
             * @memberof relay.v1.Acknowledge
             * @instance
             */
            Acknowledge.prototype.linkLayerDestination = $util.newBuffer([]);

            /**
             * Acknowledge entry.
             * @member {Uint8Array} entry
             * @memberof relay.v1.Acknowledge
             * @instance
             */
            Acknowledge.prototype.entry = $util.newBuffer([]);

            /**
             * Creates a new Acknowledge instance using the specified properties.
             * @function create
             * @memberof relay.v1.Acknowledge
             * @static
             * @param {relay.v1.Acknowledge.$Properties=} [properties] Properties to set
             * @returns {relay.v1.Acknowledge} Acknowledge instance
             * @type {{
             *   (properties: relay.v1.Acknowledge.$Shape): relay.v1.Acknowledge & relay.v1.Acknowledge.$Shape;
             *   (properties?: relay.v1.Acknowledge.$Properties): relay.v1.Acknowledge;
             * }}
             */
            Acknowledge.create = function(properties) {
                return new Acknowledge(properties);
            };

            /**
             * Encodes the specified Acknowledge message. Does not implicitly {@link relay.v1.Acknowledge.verify|verify} messages.
             * @function encode
             * @memberof relay.v1.Acknowledge
             * @static
             * @param {relay.v1.Acknowledge.$Properties} message Acknowledge message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Acknowledge.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.packet != null && $Object.hasOwnProperty.call(message, "packet") && message.packet.length)
                    writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.packet);
                if (message.linkLayerDestination != null && $Object.hasOwnProperty.call(message, "linkLayerDestination") && message.linkLayerDestination.length)
                    writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.linkLayerDestination);
                if (message.entry != null && $Object.hasOwnProperty.call(message, "entry") && message.entry.length)
                    writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.entry);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an Acknowledge message from the specified reader or buffer.
             * @function decode
             * @memberof relay.v1.Acknowledge
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {relay.v1.Acknowledge & relay.v1.Acknowledge.$Shape} Acknowledge
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Acknowledge.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.relay.v1.Acknowledge();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.packet = value;
                            else
                                delete message.packet;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.linkLayerDestination = value;
                            else
                                delete message.linkLayerDestination;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.entry = value;
                            else
                                delete message.entry;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            /**
             * Gets the type url for Acknowledge
             * @function getTypeUrl
             * @memberof relay.v1.Acknowledge
             * @static
             * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns {string} The type url
             */
            Acknowledge.getTypeUrl = function(prefix) {
                if (prefix === $undefined)
                    prefix = "type.googleapis.com";
                return prefix + "/relay.v1.Acknowledge";
            };

            return Acknowledge;
        })();

        v1.Advertise = (function() {

            /**
             * Properties of an Advertise.
             * @typedef {Object} relay.v1.Advertise.$Properties
             * @property {Uint8Array|null} [homeAddress] Advertise homeAddress
             * @property {number|null} [flags] Advertise flags
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an Advertise.
             * @memberof relay.v1
             * @interface IAdvertise
             * @augments relay.v1.Advertise.$Properties
             * @deprecated Use relay.v1.Advertise.$Properties instead.
             */

            /**
             * Shape of an Advertise.
             * @typedef {relay.v1.Advertise.$Properties} relay.v1.Advertise.$Shape
             */

            /**
             * Constructs a new Advertise.
             * @memberof relay.v1
             * @classdesc Represents an Advertise.
             * @constructor
             * @param {relay.v1.Advertise.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Advertise = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Advertise homeAddress.
             * @member {Uint8Array} homeAddress
             * @memberof relay.v1.Advertise
             * @instance
             */
            Advertise.prototype.homeAddress = $util.newBuffer([]);

            /**
             * Advertise flags.
             * @member {number} flags
             * @memberof relay.v1.Advertise
             * @instance
             */
            Advertise.prototype.flags = 0;

            /**
             * Creates a new Advertise instance using the specified properties.
             * @function create
             * @memberof relay.v1.Advertise
             * @static
             * @param {relay.v1.Advertise.$Properties=} [properties] Properties to set
             * @returns {relay.v1.Advertise} Advertise instance
             * @type {{
             *   (properties: relay.v1.Advertise.$Shape): relay.v1.Advertise & relay.v1.Advertise.$Shape;
             *   (properties?: relay.v1.Advertise.$Properties): relay.v1.Advertise;
             * }}
             */
            Advertise.create = function(properties) {
                return new Advertise(properties);
            };

            /**
             * Encodes the specified Advertise message. Does not implicitly {@link relay.v1.Advertise.verify|verify} messages.
             * @function encode
             * @memberof relay.v1.Advertise
             * @static
             * @param {relay.v1.Advertise.$Properties} message Advertise message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Advertise.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.homeAddress != null && $Object.hasOwnProperty.call(message, "homeAddress") && message.homeAddress.length)
                    writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.homeAddress);
                if (message.flags != null && $Object.hasOwnProperty.call(message, "flags") && message.flags !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.flags);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an Advertise message from the specified reader or buffer.
             * @function decode
             * @memberof relay.v1.Advertise
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {relay.v1.Advertise & relay.v1.Advertise.$Shape} Advertise
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Advertise.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.relay.v1.Advertise();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.homeAddress = value;
                            else
                                delete message.homeAddress;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.flags = value;
                            else
                                delete message.flags;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            /**
             * Gets the type url for Advertise
             * @function getTypeUrl
             * @memberof relay.v1.Advertise
             * @static
             * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns {string} The type url
             */
            Advertise.getTypeUrl = function(prefix) {
                if (prefix === $undefined)
                    prefix = "type.googleapis.com";
                return prefix + "/relay.v1.Advertise";
            };

            return Advertise;
        })();

        v1.DetectDuplicates = (function() {

            /**
             * Properties of a DetectDuplicates.
             * @typedef {Object} relay.v1.DetectDuplicates.$Properties
             * @property {number|null} [request] DetectDuplicates request
             * @property {Uint8Array|null} [homeAddress] DetectDuplicates homeAddress
             * @property {number|null} [flags] DetectDuplicates flags
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a DetectDuplicates.
             * @memberof relay.v1
             * @interface IDetectDuplicates
             * @augments relay.v1.DetectDuplicates.$Properties
             * @deprecated Use relay.v1.DetectDuplicates.$Properties instead.
             */

            /**
             * Shape of a DetectDuplicates.
             * @typedef {relay.v1.DetectDuplicates.$Properties} relay.v1.DetectDuplicates.$Shape
             */

            /**
             * Constructs a new DetectDuplicates.
             * @memberof relay.v1
             * @classdesc Represents a DetectDuplicates.
             * @constructor
             * @param {relay.v1.DetectDuplicates.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const DetectDuplicates = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * DetectDuplicates request.
             * @member {number} request
             * @memberof relay.v1.DetectDuplicates
             * @instance
             */
            DetectDuplicates.prototype.request = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * DetectDuplicates homeAddress.
             * @member {Uint8Array} homeAddress
             * @memberof relay.v1.DetectDuplicates
             * @instance
             */
            DetectDuplicates.prototype.homeAddress = $util.newBuffer([]);

            /**
             * DetectDuplicates flags.
             * @member {number} flags
             * @memberof relay.v1.DetectDuplicates
             * @instance
             */
            DetectDuplicates.prototype.flags = 0;

            /**
             * Creates a new DetectDuplicates instance using the specified properties.
             * @function create
             * @memberof relay.v1.DetectDuplicates
             * @static
             * @param {relay.v1.DetectDuplicates.$Properties=} [properties] Properties to set
             * @returns {relay.v1.DetectDuplicates} DetectDuplicates instance
             * @type {{
             *   (properties: relay.v1.DetectDuplicates.$Shape): relay.v1.DetectDuplicates & relay.v1.DetectDuplicates.$Shape;
             *   (properties?: relay.v1.DetectDuplicates.$Properties): relay.v1.DetectDuplicates;
             * }}
             */
            DetectDuplicates.create = function(properties) {
                return new DetectDuplicates(properties);
            };

            /**
             * Encodes the specified DetectDuplicates message. Does not implicitly {@link relay.v1.DetectDuplicates.verify|verify} messages.
             * @function encode
             * @memberof relay.v1.DetectDuplicates
             * @static
             * @param {relay.v1.DetectDuplicates.$Properties} message DetectDuplicates message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            DetectDuplicates.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.request != null && $Object.hasOwnProperty.call(message, "request") && (typeof message.request === "object" ? message.request.low || message.request.high : message.request !== 0))
                    writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.request);
                if (message.homeAddress != null && $Object.hasOwnProperty.call(message, "homeAddress") && message.homeAddress.length)
                    writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.homeAddress);
                if (message.flags != null && $Object.hasOwnProperty.call(message, "flags") && message.flags !== 0)
                    writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.flags);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a DetectDuplicates message from the specified reader or buffer.
             * @function decode
             * @memberof relay.v1.DetectDuplicates
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {relay.v1.DetectDuplicates & relay.v1.DetectDuplicates.$Shape} DetectDuplicates
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            DetectDuplicates.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.relay.v1.DetectDuplicates();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.request = value;
                            else
                                delete message.request;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.homeAddress = value;
                            else
                                delete message.homeAddress;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.flags = value;
                            else
                                delete message.flags;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            /**
             * Gets the type url for DetectDuplicates
             * @function getTypeUrl
             * @memberof relay.v1.DetectDuplicates
             * @static
             * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns {string} The type url
             */
            DetectDuplicates.getTypeUrl = function(prefix) {
                if (prefix === $undefined)
                    prefix = "type.googleapis.com";
                return prefix + "/relay.v1.DetectDuplicates";
            };

            return DetectDuplicates;
        })();

        return v1;
    })();

    return relay;
})();

export const repair = $root.repair = (() => {

    /**
     * Namespace repair.
     * @exports repair
     * @namespace
     */
    const repair = {};

    repair.v1 = (function() {

        /**
         * Namespace v1.
         * @memberof repair
         * @namespace
         */
        const v1 = {};

        v1.ReplicaMessage = (function() {

            /**
             * Properties of a ReplicaMessage.
             * @typedef {Object} repair.v1.ReplicaMessage.$Properties
             * @property {number|null} [schema] ReplicaMessage schema
             * @property {string|null} [node] ReplicaMessage node
             * @property {string|null} [instance] ReplicaMessage instance
             * @property {repair.v1.ReplicaDigest.$Properties|null} [digest] ReplicaMessage digest
             * @property {repair.v1.RecordOffer.$Properties|null} [offer] ReplicaMessage offer
             * @property {"digest"|"offer"} [body] ReplicaMessage body
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a ReplicaMessage.
             * @memberof repair.v1
             * @interface IReplicaMessage
             * @augments repair.v1.ReplicaMessage.$Properties
             * @deprecated Use repair.v1.ReplicaMessage.$Properties instead.
             */

            /**
             * Narrowed shape of a ReplicaMessage.
             * @typedef {{
             *   schema?: number|null;
             *   node?: string|null;
             *   instance?: string|null;
             *   digest?: repair.v1.ReplicaDigest.$Shape|null;
             *   offer?: repair.v1.RecordOffer.$Shape|null;
             *   $unknowns?: Array.<Uint8Array>;
             * } & (
             *   ({ body?: undefined; digest?: null; offer?: null }|{ body?: "digest"; digest: repair.v1.ReplicaDigest.$Shape; offer?: null }|{ body?: "offer"; digest?: null; offer: repair.v1.RecordOffer.$Shape })
             * )} repair.v1.ReplicaMessage.$Shape
             */

            /**
             * Constructs a new ReplicaMessage.
             * @memberof repair.v1
             * @classdesc Represents a ReplicaMessage.
             * @constructor
             * @param {repair.v1.ReplicaMessage.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const ReplicaMessage = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * ReplicaMessage schema.
             * @member {number} schema
             * @memberof repair.v1.ReplicaMessage
             * @instance
             */
            ReplicaMessage.prototype.schema = 0;

            /**
             * ReplicaMessage node.
             * @member {string} node
             * @memberof repair.v1.ReplicaMessage
             * @instance
             */
            ReplicaMessage.prototype.node = "";

            /**
             * ReplicaMessage instance.
             * @member {string} instance
             * @memberof repair.v1.ReplicaMessage
             * @instance
             */
            ReplicaMessage.prototype.instance = "";

            /**
             * ReplicaMessage digest.
             * @member {repair.v1.ReplicaDigest.$Properties|null|undefined} digest
             * @memberof repair.v1.ReplicaMessage
             * @instance
             */
            ReplicaMessage.prototype.digest = null;

            /**
             * ReplicaMessage offer.
             * @member {repair.v1.RecordOffer.$Properties|null|undefined} offer
             * @memberof repair.v1.ReplicaMessage
             * @instance
             */
            ReplicaMessage.prototype.offer = null;

            // OneOf field names bound to virtual getters and setters
            let $oneOfFields;

            /**
             * ReplicaMessage body.
             * @member {"digest"|"offer"|undefined} body
             * @memberof repair.v1.ReplicaMessage
             * @instance
             */
            $Object.defineProperty(ReplicaMessage.prototype, "body", {
                get: $util.oneOfGetter($oneOfFields = ["digest", "offer"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            /**
             * Creates a new ReplicaMessage instance using the specified properties.
             * @function create
             * @memberof repair.v1.ReplicaMessage
             * @static
             * @param {repair.v1.ReplicaMessage.$Properties=} [properties] Properties to set
             * @returns {repair.v1.ReplicaMessage} ReplicaMessage instance
             * @type {{
             *   (properties: repair.v1.ReplicaMessage.$Shape): repair.v1.ReplicaMessage & repair.v1.ReplicaMessage.$Shape;
             *   (properties?: repair.v1.ReplicaMessage.$Properties): repair.v1.ReplicaMessage;
             * }}
             */
            ReplicaMessage.create = function(properties) {
                return new ReplicaMessage(properties);
            };

            /**
             * Encodes the specified ReplicaMessage message. Does not implicitly {@link repair.v1.ReplicaMessage.verify|verify} messages.
             * @function encode
             * @memberof repair.v1.ReplicaMessage
             * @static
             * @param {repair.v1.ReplicaMessage.$Properties} message ReplicaMessage message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            ReplicaMessage.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.schema != null && $Object.hasOwnProperty.call(message, "schema") && message.schema !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.schema);
                if (message.node != null && $Object.hasOwnProperty.call(message, "node") && message.node !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.node);
                if (message.instance != null && $Object.hasOwnProperty.call(message, "instance") && message.instance !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.instance);
                if (message.digest != null && $Object.hasOwnProperty.call(message, "digest"))
                    $root.repair.v1.ReplicaDigest.encode(message.digest, writer.uint32(/* id 10, wireType 2 =*/82).fork(), _depth + 1).ldelim();
                if (message.offer != null && $Object.hasOwnProperty.call(message, "offer"))
                    $root.repair.v1.RecordOffer.encode(message.offer, writer.uint32(/* id 11, wireType 2 =*/90).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a ReplicaMessage message from the specified reader or buffer.
             * @function decode
             * @memberof repair.v1.ReplicaMessage
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {repair.v1.ReplicaMessage & repair.v1.ReplicaMessage.$Shape} ReplicaMessage
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            ReplicaMessage.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.repair.v1.ReplicaMessage();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.schema = value;
                            else
                                delete message.schema;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.node = value;
                            else
                                delete message.node;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.instance = value;
                            else
                                delete message.instance;
                            continue;
                        }
                    case 10: {
                            if (wireType !== 2)
                                break;
                            message.digest = $root.repair.v1.ReplicaDigest.decode(reader, reader.size(), $undefined, _depth + 1, message.digest);
                            message.body = "digest";
                            continue;
                        }
                    case 11: {
                            if (wireType !== 2)
                                break;
                            message.offer = $root.repair.v1.RecordOffer.decode(reader, reader.size(), $undefined, _depth + 1, message.offer);
                            message.body = "offer";
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            /**
             * Gets the type url for ReplicaMessage
             * @function getTypeUrl
             * @memberof repair.v1.ReplicaMessage
             * @static
             * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns {string} The type url
             */
            ReplicaMessage.getTypeUrl = function(prefix) {
                if (prefix === $undefined)
                    prefix = "type.googleapis.com";
                return prefix + "/repair.v1.ReplicaMessage";
            };

            return ReplicaMessage;
        })();

        v1.ReplicaDigest = (function() {

            /**
             * Properties of a ReplicaDigest.
             * @typedef {Object} repair.v1.ReplicaDigest.$Properties
             * @property {number|null} [sequence] ReplicaDigest sequence
             * @property {number|null} [digest] ReplicaDigest digest
             * @property {number|null} [bindings] ReplicaDigest bindings
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a ReplicaDigest.
             * @memberof repair.v1
             * @interface IReplicaDigest
             * @augments repair.v1.ReplicaDigest.$Properties
             * @deprecated Use repair.v1.ReplicaDigest.$Properties instead.
             */

            /**
             * Shape of a ReplicaDigest.
             * @typedef {repair.v1.ReplicaDigest.$Properties} repair.v1.ReplicaDigest.$Shape
             */

            /**
             * Constructs a new ReplicaDigest.
             * @memberof repair.v1
             * @classdesc Represents a ReplicaDigest.
             * @constructor
             * @param {repair.v1.ReplicaDigest.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const ReplicaDigest = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * ReplicaDigest sequence.
             * @member {number} sequence
             * @memberof repair.v1.ReplicaDigest
             * @instance
             */
            ReplicaDigest.prototype.sequence = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * ReplicaDigest digest.
             * @member {number} digest
             * @memberof repair.v1.ReplicaDigest
             * @instance
             */
            ReplicaDigest.prototype.digest = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * ReplicaDigest bindings.
             * @member {number} bindings
             * @memberof repair.v1.ReplicaDigest
             * @instance
             */
            ReplicaDigest.prototype.bindings = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Creates a new ReplicaDigest instance using the specified properties.
             * @function create
             * @memberof repair.v1.ReplicaDigest
             * @static
             * @param {repair.v1.ReplicaDigest.$Properties=} [properties] Properties to set
             * @returns {repair.v1.ReplicaDigest} ReplicaDigest instance
             * @type {{
             *   (properties: repair.v1.ReplicaDigest.$Shape): repair.v1.ReplicaDigest & repair.v1.ReplicaDigest.$Shape;
             *   (properties?: repair.v1.ReplicaDigest.$Properties): repair.v1.ReplicaDigest;
             * }}
             */
            ReplicaDigest.create = function(properties) {
                return new ReplicaDigest(properties);
            };

            /**
             * Encodes the specified ReplicaDigest message. Does not implicitly {@link repair.v1.ReplicaDigest.verify|verify} messages.
             * @function encode
             * @memberof repair.v1.ReplicaDigest
             * @static
             * @param {repair.v1.ReplicaDigest.$Properties} message ReplicaDigest message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            ReplicaDigest.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.sequence != null && $Object.hasOwnProperty.call(message, "sequence") && (typeof message.sequence === "object" ? message.sequence.low || message.sequence.high : message.sequence !== 0))
                    writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.sequence);
                if (message.digest != null && $Object.hasOwnProperty.call(message, "digest") && (typeof message.digest === "object" ? message.digest.low || message.digest.high : message.digest !== 0))
                    writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.digest);
                if (message.bindings != null && $Object.hasOwnProperty.call(message, "bindings") && (typeof message.bindings === "object" ? message.bindings.low || message.bindings.high : message.bindings !== 0))
                    writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.bindings);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a ReplicaDigest message from the specified reader or buffer.
             * @function decode
             * @memberof repair.v1.ReplicaDigest
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {repair.v1.ReplicaDigest & repair.v1.ReplicaDigest.$Shape} ReplicaDigest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            ReplicaDigest.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.repair.v1.ReplicaDigest();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.sequence = value;
                            else
                                delete message.sequence;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.digest = value;
                            else
                                delete message.digest;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.bindings = value;
                            else
                                delete message.bindings;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            /**
             * Gets the type url for ReplicaDigest
             * @function getTypeUrl
             * @memberof repair.v1.ReplicaDigest
             * @static
             * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns {string} The type url
             */
            ReplicaDigest.getTypeUrl = function(prefix) {
                if (prefix === $undefined)
                    prefix = "type.googleapis.com";
                return prefix + "/repair.v1.ReplicaDigest";
            };

            return ReplicaDigest;
        })();

        v1.RecordOffer = (function() {

            /**
             * Properties of a RecordOffer.
             * @typedef {Object} repair.v1.RecordOffer.$Properties
             * @property {Array.<Uint8Array>|null} [entries] RecordOffer entries
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a RecordOffer.
             * @memberof repair.v1
             * @interface IRecordOffer
             * @augments repair.v1.RecordOffer.$Properties
             * @deprecated Use repair.v1.RecordOffer.$Properties instead.
             */

            /**
             * Shape of a RecordOffer.
             * @typedef {repair.v1.RecordOffer.$Properties} repair.v1.RecordOffer.$Shape
             */

            /**
             * Constructs a new RecordOffer.
             * @memberof repair.v1
             * @classdesc Represents a RecordOffer.
             * @constructor
             * @param {repair.v1.RecordOffer.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const RecordOffer = function (properties) {
                this.entries = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * RecordOffer entries.
             * @member {Array.<Uint8Array>} entries
             * @memberof repair.v1.RecordOffer
             * @instance
             */
            RecordOffer.prototype.entries = $util.emptyArray;

            /**
             * Creates a new RecordOffer instance using the specified properties.
             * @function create
             * @memberof repair.v1.RecordOffer
             * @static
             * @param {repair.v1.RecordOffer.$Properties=} [properties] Properties to set
             * @returns {repair.v1.RecordOffer} RecordOffer instance
             * @type {{
             *   (properties: repair.v1.RecordOffer.$Shape): repair.v1.RecordOffer & repair.v1.RecordOffer.$Shape;
             *   (properties?: repair.v1.RecordOffer.$Properties): repair.v1.RecordOffer;
             * }}
             */
            RecordOffer.create = function(properties) {
                return new RecordOffer(properties);
            };

            /**
             * Encodes the specified RecordOffer message. Does not implicitly {@link repair.v1.RecordOffer.verify|verify} messages.
             * @function encode
             * @memberof repair.v1.RecordOffer
             * @static
             * @param {repair.v1.RecordOffer.$Properties} message RecordOffer message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            RecordOffer.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.entries != null && message.entries.length)
                    for (let i = 0; i < message.entries.length; ++i)
                        writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.entries[i]);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a RecordOffer message from the specified reader or buffer.
             * @function decode
             * @memberof repair.v1.RecordOffer
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {repair.v1.RecordOffer & repair.v1.RecordOffer.$Shape} RecordOffer
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            RecordOffer.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.repair.v1.RecordOffer();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if (!(message.entries && message.entries.length))
                                message.entries = [];
                            message.entries.push(reader.bytes());
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            /**
             * Gets the type url for RecordOffer
             * @function getTypeUrl
             * @memberof repair.v1.RecordOffer
             * @static
             * @param {string} [prefix] Custom type url prefix, defaults to `"type.googleapis.com"`
             * @returns {string} The type url
             */
            RecordOffer.getTypeUrl = function(prefix) {
                if (prefix === $undefined)
                    prefix = "type.googleapis.com";
                return prefix + "/repair.v1.RecordOffer";
            };

            return RecordOffer;
        })();

        return v1;
    })();

    return repair;
})();

export {
  $root as default
};
