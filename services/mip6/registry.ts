/** MH Types (RFC 6275 §6.1.2 to §6.1.9). */
export const MESSAGE_TYPES = {
  bindingRefreshRequest: 0,
  homeTestInit: 1,
  careOfTestInit: 2,
  homeTest: 3,
  careOfTest: 4,
  bindingUpdate: 5,
  bindingAcknowledgement: 6,
  bindingError: 7,
} as const;

/** Names of the MH Types as the RFC writes them, by number. */
export const MESSAGE_NAMES: Readonly<Record<number, { readonly short: string; readonly name: string }>> = {
  0: { short: "BRR", name: "Binding Refresh Request" },
  1: { short: "HoTI", name: "Home Test Init" },
  2: { short: "CoTI", name: "Care-of Test Init" },
  3: { short: "HoT", name: "Home Test" },
  4: { short: "CoT", name: "Care-of Test" },
  5: { short: "BU", name: "Binding Update" },
  6: { short: "BA", name: "Binding Acknowledgement" },
  7: { short: "BE", name: "Binding Error" },
};

/** Types of mobility options (RFC 6275 §6.2, RFC 3963, RFC 4283, RFC 4285, RFC 5094). */
export const OPTION_TYPES = {
  pad1: 0,
  padN: 1,
  bindingRefreshAdvice: 2,
  alternateCareOfAddress: 3,
  nonceIndices: 4,
  bindingAuthorizationData: 5,
  mobileNetworkPrefix: 6,
  mobileNodeIdentifier: 8,
  mobilityMessageAuthentication: 9,
  replayProtection: 10,
  vendorSpecific: 19,
} as const;

/** Names of the mobility options, by type number. */
export const OPTION_NAMES: Readonly<Record<number, string>> = {
  0: "Pad1",
  1: "PadN",
  2: "Binding Refresh Advice",
  3: "Alternate Care-of Address",
  4: "Nonce Indices",
  5: "Binding Authorization Data",
  6: "Mobile Network Prefix",
  8: "Mobile Node Identifier",
  9: "Mobility Message Authentication",
  10: "Mobility Message Replay Protection",
  19: "Vendor Specific",
};

/** Status of a Binding Acknowledgement (RFC 6275 §6.1.8, RFC 3963 §4.2, RFC 4285 §5, §6); below 128 the update was accepted. */
export const BINDING_STATUS = {
  accepted: 0,
  acceptedPrefixDiscoveryNecessary: 1,
  reasonUnspecified: 128,
  administrativelyProhibited: 129,
  insufficientResources: 130,
  homeRegistrationNotSupported: 131,
  notHomeSubnet: 132,
  notHomeAgentForThisMobileNode: 133,
  duplicateAddressDetectionFailed: 134,
  sequenceNumberOutOfWindow: 135,
  expiredHomeNonceIndex: 136,
  expiredCareOfNonceIndex: 137,
  expiredNonces: 138,
  registrationTypeChangeDisallowed: 139,
  mobileRouterOperationNotPermitted: 140,
  invalidPrefix: 141,
  notAuthorizedForPrefix: 142,
  forwardingSetupFailed: 143,
  identifierMismatch: 144,
  messageIdentifierRequired: 145,
  authenticationFailed: 146,
  invalidCareOfAddress: 174,
} as const;

/** Text of each Binding Acknowledgement status as its RFC writes it. */
export const BINDING_STATUS_NAMES: Readonly<Record<number, string>> = {
  0: "Binding Update accepted",
  1: "Accepted but prefix discovery necessary",
  128: "Reason unspecified",
  129: "Administratively prohibited",
  130: "Insufficient resources",
  131: "Home registration not supported",
  132: "Not home subnet",
  133: "Not home agent for this mobile node",
  134: "Duplicate Address Detection failed",
  135: "Sequence number out of window",
  136: "Expired home nonce index",
  137: "Expired care-of nonce index",
  138: "Expired nonces",
  139: "Registration type change disallowed",
  140: "Mobile Router Operation not permitted",
  141: "Invalid Prefix",
  142: "Not Authorized for Prefix",
  143: "Forwarding Setup failed",
  144: "MIPV6-ID-MISMATCH",
  145: "MIPV6-MESG-ID-REQD",
  146: "MIPV6-AUTH-FAIL",
  174: "Invalid Care-of Address",
};

/** Status of a Binding Error (RFC 6275 §6.1.9). */
export const BINDING_ERROR_STATUS = {
  unknownBindingForHomeAddressOption: 1,
  unrecognizedMobilityHeaderType: 2,
} as const;

/** Text of each Binding Error status. */
export const BINDING_ERROR_STATUS_NAMES: Readonly<Record<number, string>> = {
  1: "Unknown binding for Home Address destination option",
  2: "Unrecognized MH Type value",
};
