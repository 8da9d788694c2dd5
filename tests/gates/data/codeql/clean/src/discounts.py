"""Discounts that operators write as literals."""

import ast
import subprocess


def read(text: str) -> object:
    return ast.literal_eval(text)


def archive(folder: str, target: str) -> None:
    subprocess.run(["tar", "-czf", target, folder], check=True)
