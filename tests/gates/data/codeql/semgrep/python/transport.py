"""Connections that trust anyone, and connections that do not."""

import ftplib
import smtplib
import ssl
from ssl import CERT_NONE

import aiohttp
import asyncssh
import httpx
import jwt
import paramiko
import requests
import urllib3
from paramiko import AutoAddPolicy, SSHClient
from requests import get as fetch


async def unverified(url, client, session):
    # ruleid: lockstep-python-tls-verify-off
    requests.get(url, verify=False, timeout=5)
    # ruleid: lockstep-python-tls-verify-off
    fetch(
        url,
        timeout=5,
        verify=False,
    )
    # ruleid: lockstep-python-tls-verify-off
    own = httpx.AsyncClient(verify=False)
    mine = requests.Session()
    # ruleid: lockstep-python-tls-verify-off
    mine.verify = False
    # ruleid: lockstep-python-tls-verify-off
    client.post(url, json={}, verify=False)
    # ruleid: lockstep-python-tls-verify-off
    pool = urllib3.PoolManager(cert_reqs="CERT_NONE")
    # ruleid: lockstep-python-tls-verify-off
    await session.get(url, ssl=False)
    return own, pool


async def verified(url, session, device, token, key):
    # ok: lockstep-python-tls-verify-off
    requests.get(url, verify=True, timeout=5)
    # ok: lockstep-python-tls-verify-off
    requests.post(url, verify="/etc/ssl/own-ca.pem", timeout=5)
    # ok: lockstep-python-tls-verify-off
    own = httpx.Client()
    # ok: lockstep-python-tls-verify-off
    device.verify = False
    # ok: lockstep-python-tls-verify-off
    device.flash(url, verify=False)
    # ok: lockstep-python-tls-verify-off
    await session.get(url, ssl=ssl.create_default_context())
    return own, aiohttp.ClientSession(), jwt.decode(token, key, algorithms=["RS256"])


def contexts(host):
    # ruleid: lockstep-python-ssl-unverified-context
    first = ssl._create_unverified_context()
    second = ssl.create_default_context()
    # ruleid: lockstep-python-ssl-unverified-context
    second.check_hostname = False
    # ruleid: lockstep-python-ssl-unverified-context
    second.verify_mode = CERT_NONE
    # ruleid: lockstep-python-ssl-unverified-context
    ssl._create_default_https_context = ssl._create_unverified_context
    # ok: lockstep-python-ssl-unverified-context
    third = ssl.create_default_context(cafile="/etc/ssl/own-ca.pem")
    # ok: lockstep-python-ssl-unverified-context
    third.verify_mode = ssl.CERT_REQUIRED
    # ok: lockstep-python-ssl-unverified-context
    third.check_hostname = True
    return first, second, third, host


async def shells(host):
    client = SSHClient()
    # ruleid: lockstep-python-ssh-unknown-host
    client.set_missing_host_key_policy(AutoAddPolicy())
    # ruleid: lockstep-python-ssh-unknown-host
    client.set_missing_host_key_policy(paramiko.WarningPolicy)
    # ruleid: lockstep-python-ssh-unknown-host
    await asyncssh.connect(host, known_hosts=None)
    # ok: lockstep-python-ssh-unknown-host
    client.load_system_host_keys()
    # ok: lockstep-python-ssh-unknown-host
    client.set_missing_host_key_policy(paramiko.RejectPolicy())
    # ok: lockstep-python-ssh-unknown-host
    await asyncssh.connect(host)


def waits(url, options):
    # ruleid: lockstep-python-request-without-timeout
    requests.get(url)
    # ruleid: lockstep-python-request-without-timeout
    requests.request("GET", url, headers={"Accept": "text/html"})
    # ruleid: lockstep-python-request-without-timeout
    httpx.get(url, timeout=None)
    # ok: lockstep-python-request-without-timeout
    requests.get(url, timeout=5)
    # ok: lockstep-python-request-without-timeout
    requests.post(url, **options)
    # ok: lockstep-python-request-without-timeout
    httpx.get(url)
    # ok: lockstep-python-request-without-timeout
    requests.Session()


def clear(host, user, word):
    # ruleid: lockstep-python-clear-text-protocol
    files = ftplib.FTP(host)
    mail = smtplib.SMTP(host)
    # ruleid: lockstep-python-clear-text-protocol
    mail.login(user, word)
    return files


def covered(host, user, word):
    # ok: lockstep-python-clear-text-protocol
    files = ftplib.FTP_TLS(host)
    with smtplib.SMTP(host) as mail:
        mail.starttls()
        # ok: lockstep-python-clear-text-protocol
        mail.login(user, word)
    other = smtplib.SMTP_SSL(host)
    # ok: lockstep-python-clear-text-protocol
    other.login(user, word)
    return files
