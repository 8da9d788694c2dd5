"""A terminal small enough to read: what a person sees after these bytes, and the pseudo-terminal that they come from."""

import fcntl
import os
import re
import struct
import termios
import threading
import time
from typing import TextIO

_TOKEN = re.compile(r"\x1b\[([?\d;]*)([A-Za-z])|([\r\n])|([^\x1b\r\n]+)|(.)", re.DOTALL)


class Screen:
    """Rows of `columns` characters that scroll up for ever. Any escape sequence that it does not know is an error."""

    def __init__(self, columns: int = 80) -> None:
        self.columns = columns
        self.cursor_visible = True
        self.rows = [""]
        self._row = 0
        self._column = 0

    def feed(self, text: str) -> "Screen":
        for match in _TOKEN.finditer(text):
            argument, command, end, plain, unknown = match.groups()
            assert not unknown, f"acts on the terminal: {match[0]!r}"
            if command:
                self._act(argument, command)
            elif end == "\r":
                self._column = 0
            elif end == "\n":
                self._down()
            elif plain:
                self._write(plain)
        return self

    @property
    def lines(self) -> list[str]:
        return [row.rstrip() for row in self.rows]

    def _act(self, argument: str, command: str) -> None:
        if command == "A":
            self._row = max(0, self._row - int(argument or 1))
        elif command == "K":
            assert argument == "2"
            self.rows[self._row] = ""
        elif (argument, command) in {("?25", "h"), ("?25", "l")}:
            self.cursor_visible = command == "h"
        else:
            assert command == "m", f"unknown sequence: {argument}{command}"

    def _down(self) -> None:
        self._row += 1
        self._column = 0
        if self._row == len(self.rows):
            self.rows.append("")

    def _write(self, text: str) -> None:
        for each in text:
            if self._column == self.columns:
                self._down()
            row = self.rows[self._row].ljust(self._column)
            self.rows[self._row] = row[: self._column] + each + row[self._column + 1 :]
            self._column += 1


class Pty:
    """A pseudo-terminal; `text` is all that was written to it so far."""

    def __init__(self, columns: int = 80, rows: int = 24) -> None:
        self._main, secondary = os.openpty()
        self.stream: TextIO = os.fdopen(secondary, "w", encoding="utf-8")
        self._read = bytearray()
        self.resize(columns, rows)
        self._reader = threading.Thread(target=self._drain)
        self._reader.start()

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self.stream.fileno(), termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _drain(self) -> None:
        try:
            while piece := os.read(self._main, 65536):
                self._read += piece
        except OSError:  # Linux says so when the other end is closed
            pass

    def waited_for(self, text: str, times: int) -> bool:
        """Wait for the text to be written that often, for half a minute at most."""
        for _ in range(600):
            if self._read.decode("utf-8", "ignore").count(text) >= times:
                return True
            time.sleep(0.05)
        return False

    def close(self) -> str:
        self.stream.close()
        self._reader.join()
        os.close(self._main)
        return self._read.decode().replace("\r\n", "\n")
