# Part of credit_management. License LGPL-3.0 or later.
"""Requests to addresses that somebody entered.

A server that calls any address can be made to call those that only it reaches: itself, its neighbours, the metadata of
its cloud. Names don't tell where they lead to, and lead elsewhere the next moment; so what counts is the address that
the connection has come to, before anything is sent.
"""

import ipaddress

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

# seconds to connect, and again to wait for the answer
TIMEOUT = 10
# IPv6 addresses that lead to IPv4 ones
TRANSLATED = [ipaddress.ip_network(prefix) for prefix in ("64:ff9b::/96", "2002::/16", "2001::/32")]


class Forbidden(Exception):
    """The connection has come to an address that is not to be called."""


def is_allowed(address, internal=False):
    """Whether an address (as text) may be called: a public one, or one of the own network where that is allowed. The
    addresses that are of one link only, as those of a cloud's metadata are, never.

    >>> is_allowed("93.184.216.34"), is_allowed("10.0.0.1"), is_allowed("10.0.0.1", internal=True)
    (True, False, True)
    >>> is_allowed("169.254.169.254", internal=True), is_allowed("::ffff:127.0.0.1")
    (False, False)
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    ip = getattr(ip, "ipv4_mapped", None) or ip
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified:
        return False
    if internal:
        return True
    return ip.is_global and not any(ip in network for network in TRANSLATED if network.version == ip.version)


def post(url, body, headers, *, internal=False):
    """Post ``body`` (bytes), without following redirects, and without the proxy that the environment may name.

    :return: the answer, whose text is not read
    :raises Forbidden: the address is not to be called
    :raises requests.RequestException: it could not be reached, or did not answer in time
    """
    with requests.Session() as session:
        session.trust_env = False
        for scheme in ("http://", "https://"):
            session.mount(scheme, Adapter(internal))
        with session.post(
            url, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False, stream=True
        ) as response:
            return response


class Adapter(HTTPAdapter):
    """Connects only to where :func:`is_allowed` lets it."""

    def __init__(self, internal):
        self.internal = internal
        super().__init__()

    def init_poolmanager(self, *args, **kwargs):
        made = super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": _pool(HTTPConnectionPool, HTTPConnection, self.internal),
            "https": _pool(HTTPSConnectionPool, HTTPSConnection, self.internal),
        }
        return made


def _pool(pool, connection, internal):
    class Guarded(connection):
        def _new_conn(self):
            sock = super()._new_conn()
            address = sock.getpeername()[0]
            if not is_allowed(address, internal):
                sock.close()
                raise Forbidden(address)
            return sock

    return type(pool.__name__, (pool,), {"ConnectionCls": Guarded})
