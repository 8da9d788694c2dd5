"""Start the service: `python -m orders`."""

from orders.server import main

raise SystemExit(main())
