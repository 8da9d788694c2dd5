"""The orders service: a WSGI application over an order book in memory."""
