"""Secrets in the source and in the log, and secrets kept well. All of them are made up."""

import hashlib
import logging
import os

log = logging.getLogger(__name__)

# ruleid: lockstep-python-hardcoded-password
DB_PASSWORD = "correct1horse"
# ruleid: lockstep-python-hardcoded-password
password: str = "letmein"
# ruleid: lockstep-python-hardcoded-token
SECRET_KEY = "not4real-not4real"
# ruleid: lockstep-python-hardcoded-password
SETTINGS = {"user": "shop", "password": "battery!staple"}

# ok: lockstep-python-hardcoded-password
PASSWORD_FIELD = "password"
# ok: lockstep-python-hardcoded-token
TOKEN_URL = "https://login.example.com/oauth2/token"
# ok: lockstep-python-hardcoded-token
API_KEY = os.environ["SHOP_API_KEY"]
# ok: lockstep-python-hardcoded-token
api_key = "SHOP_API_KEY_2"
# ok: lockstep-python-hardcoded-password
MESSAGES = {"password": "A password needs at least 12 characters", "token": "expired"}
# ok: lockstep-python-hardcoded-password
EXAMPLE = {"password": "<your password>", "api_key": "your-api-key-1234"}
# ok: lockstep-python-hardcoded-password
password = ""
# ok: lockstep-python-hardcoded-token
token_type = "bearer2token"
# ok: lockstep-python-hardcoded-password
password_file = "/run/secrets/db-password-1"


def connect(driver, app, config, given):
    # ruleid: lockstep-python-hardcoded-password
    driver.connect(host="db.example.com", password="hunter2", user="shop")
    # ruleid: lockstep-python-hardcoded-token
    app.config["SECRET_KEY"] = "abc123abc123"
    # ruleid: lockstep-python-hardcoded-token
    config.auth_token = "abc123-abc123"
    # ruleid: lockstep-python-hardcoded-password
    if given.password == "hunter2!":
        return None
    # ruleid: lockstep-python-hardcoded-token
    secret = os.getenv("SHOP_SECRET_KEY", "fallback123")
    # ok: lockstep-python-hardcoded-password
    driver.connect(host="db.example.com", password=os.environ["DB_PASSWORD"])
    # ok: lockstep-python-hardcoded-password
    driver.connect(host="db.example.com", password="")
    # ok: lockstep-python-hardcoded-token
    if given.token == "NUMBER":
        return secret
    # ok: lockstep-python-hardcoded-password
    return os.getenv("SHOP_PASSWORD", "")


def talk(user, settings, client_secret, parser_token):
    # ruleid: lockstep-python-secret-in-log
    log.info("password of %s is %s", user.name, user.password)
    # ruleid: lockstep-python-secret-in-log
    logging.debug(f"secret: {client_secret}")
    # ruleid: lockstep-python-secret-in-log
    print("key", os.environ["SHOP_API_KEY"])
    api_key = settings["api_key"]
    message = "using " + api_key
    # ruleid: lockstep-python-secret-in-log
    log.warning(message)
    # ok: lockstep-python-secret-in-log
    log.info("password of %s has %d characters", user.name, len(user.password))
    # ok: lockstep-python-secret-in-log
    log.info("the password of %s was changed", user.name)
    # ok: lockstep-python-secret-in-log
    print("has a key:", api_key is not None)
    # ok: lockstep-python-secret-in-log
    log.debug("key %s", hashlib.sha256(api_key.encode()).hexdigest())
    # ok: lockstep-python-secret-in-log
    log.debug("unexpected token %r", parser_token)
