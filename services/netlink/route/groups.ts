/** Multicast groups of NETLINK_ROUTE (linux/rtnetlink.h). */
export const RTNLGRP = { LINK: 1, IPV6_IFADDR: 9, IPV6_ROUTE: 11, IPV6_PREFIX: 18 } as const;
/** Address family of IPv6 in netlink headers. */
export const AF_INET6 = 10;
