"""Code and commands that are put together at run time, and the fixed ones beside them."""

import ast
import asyncio
import builtins
import os
import shlex
import subprocess
import subprocess as sp
from os import popen, system
from subprocess import Popen, getoutput
from subprocess import run as launch

import paramiko
import torch


def calculate(expression, names):
    # ruleid: lockstep-python-dynamic-eval
    first = eval(expression)
    # ruleid: lockstep-python-dynamic-eval
    exec(f"total = {expression}", names)
    # ruleid: lockstep-python-dynamic-eval
    second = builtins.eval(
        "1 + " + expression,
        {"__builtins__": {}},
    )
    # ruleid: lockstep-python-dynamic-eval
    exec(compile(expression, "<input>", "exec"))
    return first, second


def harmless(expression, model: torch.nn.Module, frame):
    # ok: lockstep-python-dynamic-eval
    first = ast.literal_eval(expression)
    # ok: lockstep-python-dynamic-eval
    model.eval()
    # ok: lockstep-python-dynamic-eval
    second = eval("1 + 1")
    # ok: lockstep-python-dynamic-eval
    third = frame.eval(expression)
    # ok: lockstep-python-dynamic-eval
    cursor = names.exec(expression)
    return first, second, third, cursor


def shells(path, branch):
    # ruleid: lockstep-python-subprocess-shell
    subprocess.run(f"ls {path}", shell=True, check=True)
    # ruleid: lockstep-python-subprocess-shell
    launch(
        "git checkout " + branch,
        check=True,
        shell=True,
    )
    # ruleid: lockstep-python-subprocess-shell
    sp.check_output(shell=True, args="du -sh %s" % path)
    # ruleid: lockstep-python-subprocess-shell
    child = Popen("wc -l {}".format(path), stdout=subprocess.PIPE, shell=True)
    command = "rm -rf " + path
    # ruleid: lockstep-python-subprocess-shell
    subprocess.call(command, shell=True)
    return child


async def shells_later(path):
    # ruleid: lockstep-python-subprocess-shell
    await asyncio.create_subprocess_shell(f"gzip {path}")
    # ok: lockstep-python-subprocess-shell
    await asyncio.create_subprocess_exec("gzip", path)
    # ok: lockstep-python-subprocess-shell
    await asyncio.create_subprocess_shell("sync")


def no_shell(path, branch, use):
    # ok: lockstep-python-subprocess-shell
    subprocess.run(["ls", path], check=True)
    # ok: lockstep-python-subprocess-shell
    launch(["git", "checkout", branch], shell=False, check=True)
    # ok: lockstep-python-subprocess-shell
    sp.check_output(["du", "-sh", path])
    # ok: lockstep-python-subprocess-shell
    use.run(f"ls {path}", shell=True)
    # ok: lockstep-python-subprocess-shell
    subprocess.run(shlex.join(["ls", path]), shell=True)
    # ok: lockstep-python-subprocess-shell
    subprocess.run("ls " + shlex.quote(path), shell=True)


def fixed_shell():
    # ruleid: lockstep-python-shell-literal
    subprocess.run("ls -l | wc -l", shell=True, check=True)
    command = "df -h"
    # ruleid: lockstep-python-shell-literal
    launch(command, shell=True)
    # ok: lockstep-python-shell-literal
    launch(["df", "-h"])
    # ok: lockstep-python-shell-literal
    subprocess.run("sync", shell=False)


def systems(name, folder):
    # ruleid: lockstep-python-os-system
    os.system("tar xf " + name)
    # ruleid: lockstep-python-os-system
    system(f"mkdir -p {folder}")
    # ruleid: lockstep-python-os-system
    text = popen("cat %s" % name).read()
    # ruleid: lockstep-python-os-system
    return getoutput(name), text


def fixed_systems(platform):
    # ok: lockstep-python-os-system
    os.system("clear")
    # ok: lockstep-python-os-system
    platform.system()
    # ok: lockstep-python-os-system
    os.system(f"touch {shlex.quote(platform.node())}")
    # ok: lockstep-python-os-system
    return os.popen("uname -r").read()


def remote(client: paramiko.SSHClient, unit):
    # ruleid: lockstep-python-ssh-exec-command
    client.exec_command(f"systemctl restart {unit}")
    # ruleid: lockstep-python-ssh-exec-command
    client.exec_command("systemctl status " + unit, timeout=5)
    # ok: lockstep-python-ssh-exec-command
    client.exec_command("uptime")
    # ok: lockstep-python-ssh-exec-command
    client.exec_command(f"systemctl restart {shlex.quote(unit)}")
    # ok: lockstep-python-ssh-exec-command
    client.exec_command(shlex.join(["systemctl", "stop", unit]))
