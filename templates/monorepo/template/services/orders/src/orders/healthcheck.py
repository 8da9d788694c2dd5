"""Ask the service in the same container whether it is well: `python -m orders.healthcheck`."""

import os
import sys
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

from orders.server import DEFAULT_PORT, LOOPBACK

TIMEOUT = 2.0


def check(environ: Mapping[str, str] = os.environ) -> int:
    """Return 0 where the service answers 200 within two seconds, 1 otherwise."""
    port = int(environ.get("ORDERS_PORT", DEFAULT_PORT))
    connection = HTTPConnection(LOOPBACK, port, timeout=TIMEOUT)
    try:
        connection.request("GET", "/v1/health")
        status = connection.getresponse().status
    except (OSError, HTTPException):
        return 1
    finally:
        connection.close()
    return 0 if status == HTTPStatus.OK else 1


if __name__ == "__main__":
    sys.exit(check())
