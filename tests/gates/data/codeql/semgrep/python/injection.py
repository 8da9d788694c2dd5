"""Requests that reach a shell, a template, a file, an address or a page; and the same done well."""

import asyncio
import html
import os
import re
import shlex
import subprocess
import uuid
from pathlib import Path
from subprocess import check_output as capture
from urllib.request import urlopen

import flask
import httpx
import jinja2
import requests
from fastapi import FastAPI
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from flask import Flask, jsonify, redirect, render_template, render_template_string, request, send_file, url_for
from flask import request as incoming
from markupsafe import Markup, escape
from pydantic import BaseModel
from werkzeug.utils import safe_join, secure_filename

app = Flask(__name__)
api = FastAPI()
UPLOADS = Path("/srv/uploads")
HOSTS = {"stock": "https://stock.example.com"}


class Hook(BaseModel):
    url: str
    name: str


@app.route("/ping")
def ping():
    host = request.args.get("host")
    # ruleid: lockstep-python-command-injection, lockstep-python-os-system
    os.system("ping -c 1 " + host)
    command = f"ping -c 1 {host}"
    # ruleid: lockstep-python-subprocess-shell
    subprocess.run(
        # ruleid: lockstep-python-command-injection
        command,
        check=False,
        shell=True,
    )
    # ruleid: lockstep-python-command-injection
    capture(incoming.form["tool"])
    # ruleid: lockstep-python-command-injection
    subprocess.run(["sh", "-c", "ping " + host], check=True)
    # ok: lockstep-python-command-injection
    subprocess.run(["ping", "-c", "1", host], check=True)
    # ok: lockstep-python-command-injection
    os.system("ping -c 1 " + shlex.quote(host))
    # ok: lockstep-python-command-injection
    # ruleid: lockstep-python-os-system
    os.system("ping -c %d example.com" % int(request.args["count"]))
    return jsonify(done=True)


@api.get("/trace/{host}")
async def trace(host: str, hops: int = 3):
    # ruleid: lockstep-python-command-injection, lockstep-python-subprocess-shell
    await asyncio.create_subprocess_shell(f"traceroute {host}")
    # ok: lockstep-python-command-injection
    # ruleid: lockstep-python-subprocess-shell
    await asyncio.create_subprocess_shell(f"traceroute -m {hops} example.com")
    # ok: lockstep-python-command-injection
    await asyncio.create_subprocess_exec("traceroute", host)


@app.route("/hello")
def hello():
    name = request.args["name"]
    # ruleid: lockstep-python-template-injection
    greeting = render_template_string("Hello " + name)
    # ruleid: lockstep-python-template-injection
    shout = jinja2.Environment(autoescape=True).from_string(name).render()
    # ok: lockstep-python-template-injection
    fixed = render_template_string("Hello {{ name }}", name=name)
    # ok: lockstep-python-template-injection
    page = render_template("hello.html", name=name)
    return jsonify([greeting, shout, fixed, page])


@app.route("/file/<name>")
def download(name):
    # ruleid: lockstep-python-path-traversal
    text = open(f"/srv/uploads/{name}").read()
    # ruleid: lockstep-python-path-traversal
    data = (UPLOADS / request.args["part"]).read_bytes()
    # ruleid: lockstep-python-path-traversal
    os.remove(os.path.join("/srv/uploads", flask.request.form["old"]))
    return send_file(
        # ruleid: lockstep-python-path-traversal
        os.path.join("/srv", name),
        as_attachment=True,
    )


@app.route("/safe/<name>/<int:part>")
def safe(name, part: int):
    # ok: lockstep-python-path-traversal
    first = open(UPLOADS / secure_filename(name)).read()
    # ok: lockstep-python-path-traversal
    second = send_file(safe_join("/srv/uploads", name))
    # ok: lockstep-python-path-traversal
    third = open(f"/srv/uploads/{part}.txt").read()
    # ok: lockstep-python-path-traversal
    fourth = open("/srv/uploads/" + Path(name).name).read()
    return jsonify([first, second, third, fourth])


@app.route("/checked")
def checked():
    path = (UPLOADS / request.args["name"]).resolve()
    if not path.is_relative_to(UPLOADS):
        flask.abort(404)
    # ok: lockstep-python-path-traversal
    return send_file(path)


@app.route("/listed")
def listed():
    name = request.args["name"]
    if name not in {"terms.txt", "privacy.txt"}:
        flask.abort(404)
    # ok: lockstep-python-path-traversal
    return send_file(f"/srv/pages/{name}")


@app.route("/denied")
def denied():
    name = request.args["name"]
    if "secret" in name:
        flask.abort(404)
    # ruleid: lockstep-python-path-traversal
    return send_file(f"/srv/pages/{name}")


@api.get("/picture/{name}")
def picture(name: str, key: uuid.UUID):
    # ruleid: lockstep-python-path-traversal
    large = FileResponse(f"/srv/pictures/{name}.png")
    # ok: lockstep-python-path-traversal
    small = FileResponse(f"/srv/pictures/{key}.png")
    return [large, small]


def read_config(name):
    # ok: lockstep-python-path-traversal
    return open(f"/etc/shop/{name}").read()


@app.route("/fetch")
def fetch():
    target = request.args.get("url")
    # ruleid: lockstep-python-ssrf
    first = requests.get(target, timeout=5)
    # ruleid: lockstep-python-ssrf
    second = urlopen("http://" + request.values["host"])
    # ruleid: lockstep-python-ssrf
    third = httpx.request("GET", f"https://{request.args['host']}/status")
    # ok: lockstep-python-ssrf
    fourth = requests.get(f"https://stock.example.com/items/{request.args['id']}", timeout=5)
    # ok: lockstep-python-ssrf
    fifth = requests.get("https://stock.example.com/search", params={"q": request.args["q"]}, timeout=5)
    # ok: lockstep-python-ssrf
    sixth = requests.post("https://stock.example.com/orders", json=request.get_json(), timeout=5)
    return jsonify([first, second, third, fourth, fifth, sixth])


@api.post("/hooks")
async def add_hook(hook: Hook):
    async with httpx.AsyncClient() as client:
        # ruleid: lockstep-python-ssrf
        await client.post(hook.url, json={})
        # ok: lockstep-python-ssrf
        await client.post("https://hooks.example.com/register", json={"name": hook.name})


@app.route("/stock")
def stock():
    place = request.args["place"]
    base = HOSTS[place] if place in HOSTS else HOSTS["stock"]
    address = "https://stock.example.com/items/" + request.args["id"]
    # ok: lockstep-python-ssrf
    return jsonify(requests.get(base, timeout=5).json(), requests.get(address, timeout=5).json())


@app.route("/login")
def login():
    # ruleid: lockstep-python-open-redirect
    return redirect(request.args.get("next"))


@app.route("/logout")
def logout():
    if request.args.get("home"):
        # ok: lockstep-python-open-redirect
        return redirect(url_for("home", tab=request.args["home"]))
    # ok: lockstep-python-open-redirect
    return redirect("/bye?reason=" + request.args["reason"])


@api.get("/jump")
def jump(to: str):
    # ruleid: lockstep-python-open-redirect
    return RedirectResponse(url=to)


@app.route("/search")
def search():
    query = request.args["q"]
    # ruleid: lockstep-python-reflected-xss
    return f"<h1>Results for {query}</h1>"


@app.get("/find")
def find():
    query = request.args["q"]
    if not query:
        # ok: lockstep-python-reflected-xss
        return {"error": "empty " + query}
    # ok: lockstep-python-reflected-xss
    return f"<h1>Results for {escape(query)}</h1>" + "<p>" + html.escape(query) + "</p>"


@app.get("/badge")
def badge():
    # ruleid: lockstep-python-reflected-xss
    label = Markup("<b>" + request.args["label"] + "</b>")
    # ok: lockstep-python-reflected-xss
    other = Markup("<b>{}</b>").format(request.args["label"])
    return render_template("badge.html", label=label, other=other)


@api.get("/page")
def page(title: str):
    # ruleid: lockstep-python-reflected-xss
    return HTMLResponse(content=f"<title>{title}</title>")


@app.route("/number")
def number():
    if not re.fullmatch("[0-9]+", request.args["n"]):
        flask.abort(400)
    # ok: lockstep-python-reflected-xss
    return f"<b>{int(request.args['n'])}</b>"
