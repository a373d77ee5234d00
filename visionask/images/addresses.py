"""Owns the question whether an address is out on the internet: links must not reach into the user's own network."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_NAT64 = ip_network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Tell whether a numeric address is on the public internet.

    An IPv6 address that carries an IPv4 address inside (mapped, 6to4, Teredo, NAT64) is as public as that one.
    Text such as "0x7f.1" must have been through the resolver, which turns it into numbers. Example: 169.254.169.254,
    where cloud machines keep their credentials, is not public.

    Source: https://docs.python.org/3/library/ipaddress.html, checked 2026-11-22.
    """
    try:
        ip = ip_address(address.partition("%")[0])  # without the zone
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        inner = _inner(ip)
        if inner is not None:
            return _is_global(inner)
        if ip.is_site_local or ip.is_reserved:
            return False
    return _is_global(ip)


def _inner(ip: IPv6Address) -> IPv4Address | None:
    if ip in _NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    if ip.teredo is not None:
        return ip.teredo[1]
    return ip.ipv4_mapped or ip.sixtofour


def _is_global(ip: IPv4Address | IPv6Address) -> bool:
    return ip.is_global and not ip.is_multicast
