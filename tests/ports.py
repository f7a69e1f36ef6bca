"""Ports for servers that tests start."""

import random
import socket

# Below what systems give to outgoing connections (Linux: 32768 and up; others: 49152 and up):
# between the choice and the start of a server, no connection can have taken one of these.
_PORTS = range(10_000, 30_000)


def free_ports(count: int) -> list[int]:
    """Give different ports on loopback that nobody listens on."""
    found: list[int] = []
    for port in random.SystemRandom().sample(_PORTS, len(_PORTS)):
        if len(found) == count:
            break
        if _is_free(port):
            found.append(port)
    return found


def _is_free(port: int) -> bool:
    with socket.socket() as listener:
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
