"""Web applications, loosely and tightly guarded."""

import asyncio
import hmac
import os
import socket

import jinja2
import jwt
import uvicorn
from fastapi import FastAPI
from flask import Flask
from jinja2 import Environment, FileSystemLoader, select_autoescape
from jose import jwt as jose_jwt
from starlette.middleware.cors import CORSMiddleware

app = Flask(__name__)
# ruleid: lockstep-python-debug-enabled
api = FastAPI(title="Shop", debug=True)
# ok: lockstep-python-debug-enabled
quiet = FastAPI(title="Shop")


def environments(loader, options):
    # ruleid: lockstep-python-jinja-autoescape-off
    first = Environment(loader=loader, autoescape=False)
    # ruleid: lockstep-python-jinja-autoescape-off
    second = jinja2.Template("{{ name }}", autoescape=False)
    # ok: lockstep-python-jinja-autoescape-off
    third = Environment(loader=loader, autoescape=select_autoescape())
    # ok: lockstep-python-jinja-autoescape-off
    fourth = jinja2.Environment(autoescape=True)
    # ruleid: lockstep-python-jinja-autoescape-missing
    fifth = Environment(loader=FileSystemLoader("pages"))
    # ruleid: lockstep-python-jinja-autoescape-missing
    sixth = jinja2.Environment()
    # ok: lockstep-python-jinja-autoescape-missing
    seventh = Environment(loader=loader, autoescape=select_autoescape(["html"]))
    # ok: lockstep-python-jinja-autoescape-missing
    eighth = jinja2.Environment(**options)
    return first, second, third, fourth, fifth, sixth, seventh, eighth


def debugging(parser):
    # ruleid: lockstep-python-debug-enabled
    app.run(host="127.0.0.1", debug=True)
    # ruleid: lockstep-python-debug-enabled
    app.config["DEBUG"] = True
    # ok: lockstep-python-debug-enabled
    app.run(debug=False)
    # ok: lockstep-python-debug-enabled
    app.run(debug=os.environ.get("SHOP_DEBUG") == "1")
    # ok: lockstep-python-debug-enabled
    parser.debug = True
    # ok: lockstep-python-debug-enabled
    asyncio.run(serve(), debug=True)


async def serve():
    # ruleid: lockstep-python-bind-all-interfaces
    await asyncio.start_server(print, "0.0.0.0", 8000)
    # ok: lockstep-python-bind-all-interfaces
    await asyncio.start_server(print, "127.0.0.1", 8000)


def listen():
    # ruleid: lockstep-python-bind-all-interfaces
    uvicorn.run(app, host="0.0.0.0", port=8000)
    # ruleid: lockstep-python-bind-all-interfaces
    app.run(port=8000, host="0.0.0.0")
    server = socket.socket()
    # ruleid: lockstep-python-bind-all-interfaces
    server.bind(("", 8000))
    # ok: lockstep-python-bind-all-interfaces
    server.bind(("127.0.0.1", 0))
    # ok: lockstep-python-bind-all-interfaces
    uvicorn.run(app, host=os.environ["SHOP_HOST"])
    # ok: lockstep-python-bind-all-interfaces
    return socket.create_connection(("shop.example.com", 443))


def tokens(token, key):
    # ruleid: lockstep-python-jwt-unverified
    first = jwt.decode(token, options={"verify_signature": False})
    # ruleid: lockstep-python-jwt-unverified
    second = jwt.decode(token, key, verify=False)
    # ruleid: lockstep-python-jwt-unverified
    third = jwt.decode(token, key, algorithms=["HS256", "none"])
    # ruleid: lockstep-python-jwt-unverified
    fourth = jose_jwt.get_unverified_claims(token)
    options = {"verify_exp": True, "verify_signature": False}
    # ruleid: lockstep-python-jwt-unverified
    fifth = jwt.decode(token, key, options=options)
    return first, second, third, fourth, fifth


def verified_tokens(token, key):
    # ok: lockstep-python-jwt-unverified
    first = jwt.decode(token, key, algorithms=["RS256"])
    # ok: lockstep-python-jwt-unverified
    second = jwt.decode(token, key, algorithms=["RS256"], options={"verify_aud": False})
    # ok: lockstep-python-jwt-unverified
    third = jwt.get_unverified_header(token)
    return first, second, third


def remove(user, item, given, expected):
    # ruleid: lockstep-python-assert-authorization
    assert user.is_admin, "only for administrators"
    # ruleid: lockstep-python-assert-authorization
    assert user and user.has_perm("shop.delete")
    # ruleid: lockstep-python-assert-authorization
    assert hmac.compare_digest(given, expected)
    # ok: lockstep-python-assert-authorization
    assert item is not None
    if not user.is_admin:
        # ok: lockstep-python-assert-authorization
        raise PermissionError("only for administrators")


def origins(first, second, third):
    # ruleid: lockstep-python-cors-any-origin-with-credentials
    first.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True)
    # ruleid: lockstep-python-cors-any-origin-with-credentials
    second.add_middleware(
        CORSMiddleware,
        allow_credentials=True,
        allow_methods=["GET"],
        allow_origins=["*"],
    )
    # ok: lockstep-python-cors-any-origin-with-credentials
    third.add_middleware(CORSMiddleware, allow_origins=["*"])
    # ok: lockstep-python-cors-any-origin-with-credentials
    third.add_middleware(CORSMiddleware, allow_origins=["https://shop.example.com"], allow_credentials=True)


def cookies(response, value):
    # ruleid: lockstep-python-insecure-cookie
    response.set_cookie("session", value, secure=False)
    # ruleid: lockstep-python-insecure-cookie
    response.set_cookie("session", value, secure=True, httponly=False)
    # ruleid: lockstep-python-insecure-cookie
    app.config["SESSION_COOKIE_SECURE"] = False
    # ok: lockstep-python-insecure-cookie
    response.set_cookie("session", value, secure=True, httponly=True)
    # ok: lockstep-python-insecure-cookie
    response.set_cookie("theme", "dark")
