"""Which addresses may be reached: those of the public internet and no other, whatever name resolves to them."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable

MayReach = Callable[[str], bool]
"""Returns whether a numeric address may be connected to."""

Lookup = Callable[[str, int], Awaitable[list[str]]]
"""Turns a name and a port into numeric addresses."""

_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
"""IPv4 behind NAT64 (RFC 6052)."""


def is_public(address: str) -> bool:
    """Return whether a numeric address belongs to the public internet.

    Loopback, private networks, link-local addresses (where clouds keep their secrets), multicast and reserved ones do
    not; nor do IPv6 addresses that stand for such an IPv4 address.
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = _stands_for(found)
    return inner.is_global and not inner.is_multicast and not inner.is_reserved


def is_numeric(host: str) -> bool:
    """Return whether a host is given by its number."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


async def system_lookup(host: str, port: int) -> list[str]:
    """Return the numeric addresses that the system knows for a name."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _stands_for(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo or address
