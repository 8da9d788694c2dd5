"""Hashes, ciphers, protocols and random numbers: too weak, and good enough."""

import hashlib
import random
import secrets
import ssl
from hashlib import md5
from random import choice

import bcrypt
from Crypto.Cipher import AES, DES
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def store(user, password, form):
    # ruleid: lockstep-python-weak-password-hash
    user.first = hashlib.sha256(password.encode()).hexdigest()
    # ruleid: lockstep-python-weak-password-hash
    user.second = hashlib.sha512(b"salt" + form["password"].encode("utf-8")).hexdigest()
    digest = hashlib.sha256()
    # ruleid: lockstep-python-weak-password-hash
    digest.update(user.new_password.encode())
    # ok: lockstep-python-weak-password-hash
    user.third = hashlib.pbkdf2_hmac("sha256", password.encode(), secrets.token_bytes(16), 600_000)
    # ok: lockstep-python-weak-password-hash
    user.fourth = bcrypt.hashpw(password.encode(), bcrypt.gensalt())
    # ok: lockstep-python-weak-password-hash
    user.fifth = hashlib.scrypt(password.encode(), salt=b"12", n=2, r=8, p=1)
    # ok: lockstep-python-weak-password-hash
    return hashlib.sha256(user.name.encode()).hexdigest()


def digests(data):
    # ruleid: lockstep-python-weak-hash
    first = hashlib.md5(data).hexdigest()
    # ruleid: lockstep-python-weak-hash
    second = md5()
    # ruleid: lockstep-python-weak-hash
    third = hashlib.new("sha1", data)
    # ok: lockstep-python-weak-hash
    fourth = hashlib.md5(data, usedforsecurity=False).hexdigest()
    # ok: lockstep-python-weak-hash
    fifth = hashlib.sha256(data)
    # ok: lockstep-python-weak-hash
    sixth = hashlib.new("sha256", data)
    return first, second, third, fourth, fifth, sixth


def ciphers(key, nonce):
    # ruleid: lockstep-python-weak-cipher
    first = DES.new(key, DES.MODE_CBC)
    # ruleid: lockstep-python-weak-cipher
    second = AES.new(key, AES.MODE_ECB)
    # ruleid: lockstep-python-weak-cipher
    third = Cipher(algorithms.AES(key), modes.ECB())
    # ok: lockstep-python-weak-cipher
    fourth = AES.new(key, AES.MODE_GCM)
    # ok: lockstep-python-weak-cipher
    fifth = Cipher(algorithms.AES(key), modes.GCM(nonce))
    return first, second, third, fourth, fifth


def generate_reset_token():
    # ruleid: lockstep-python-insecure-random
    return "".join(random.choices("abcdef0123456789", k=32))


def make_user(user, session):
    # ruleid: lockstep-python-insecure-random
    token = "".join(choice("abcdef") for _ in range(32))
    # ruleid: lockstep-python-insecure-random
    user.otp = random.randint(100000, 999999)
    # ruleid: lockstep-python-insecure-random
    session["session_id"] = str(random.getrandbits(128))
    # ruleid: lockstep-python-insecure-random
    user.save(api_key=hex(random.getrandbits(64)))
    return token


def make_user_well(user, rows):
    # ok: lockstep-python-insecure-random
    token = secrets.token_urlsafe(32)
    # ok: lockstep-python-insecure-random
    user.otp = secrets.randbelow(1_000_000)
    # ok: lockstep-python-insecure-random
    password = "".join(random.SystemRandom().choice("abc") for _ in range(20))
    # ok: lockstep-python-insecure-random
    colour = random.choice(["red", "green"])
    # ok: lockstep-python-insecure-random
    delay = random.uniform(0.5, 1.5)
    return token, password, colour, delay, rows


def get_sample(rows):
    # ok: lockstep-python-insecure-random
    return random.sample(rows, 3)


def contexts():
    # ruleid: lockstep-python-weak-tls-version
    first = ssl.SSLContext(ssl.PROTOCOL_TLSv1)
    # ruleid: lockstep-python-weak-tls-version
    first.minimum_version = ssl.TLSVersion.TLSv1_1
    # ok: lockstep-python-weak-tls-version
    second = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # ok: lockstep-python-weak-tls-version
    second.minimum_version = ssl.TLSVersion.TLSv1_2
    return first, second
