"""Statements for a database: put together from text, and with parameters."""

import sqlite3

import pandas as pd
import sqlalchemy
from psycopg import sql
from sqlalchemy import text

TABLE = "orders"
COLUMNS = "id, total"


def unsafe(connection: sqlite3.Connection, name, order, table, engine):
    cursor = connection.cursor()
    # ruleid: lockstep-python-sql-injection
    cursor.execute(f"SELECT * FROM users WHERE name = '{name}'")
    # ruleid: lockstep-python-sql-injection
    cursor.execute("SELECT * FROM users WHERE name = '%s'" % name)
    # ruleid: lockstep-python-sql-injection
    cursor.execute("DELETE FROM users WHERE name = '" + name + "'")
    # ruleid: lockstep-python-sql-injection
    cursor.execute("UPDATE users SET name = '{}' WHERE id = {}".format(name, order))
    query = f"""
        SELECT id, total
        FROM {table}
        ORDER BY {order}
    """
    # ruleid: lockstep-python-sql-injection
    rows = cursor.execute(query).fetchall()
    # ruleid: lockstep-python-sql-injection
    connection.executescript("drop table %s" % (table,))
    with engine.connect() as session:
        # ruleid: lockstep-python-sql-injection
        session.execute(text(f"insert into log values ('{name}')"))
        # ruleid: lockstep-python-sql-injection
        session.execute(sqlalchemy.text("select * from log where who = '" + name + "'"))
    # ruleid: lockstep-python-sql-injection
    frame = pd.read_sql("SELECT * FROM users WHERE id = " + order, connection)
    clause = "WHERE name = '" + name + "'"
    statement = "SELECT id FROM users " + clause
    cursor.execute(
        # ruleid: lockstep-python-sql-injection
        statement,
    )
    return rows, frame


def half_safe(cursor, name, limit):
    # ruleid: lockstep-python-sql-injection
    cursor.execute(f"SELECT id FROM users WHERE name = '{name}' LIMIT {int(limit)}")


def grown(cursor, name, minimum):
    query = "SELECT id FROM users WHERE true"
    query += f" AND name = '{name}'"
    # ruleid: lockstep-python-sql-injection
    cursor.execute(query)
    base = "SELECT id FROM users WHERE name = '"
    # ruleid: lockstep-python-sql-injection
    cursor.execute(base + name + "'")
    other = "SELECT id FROM users WHERE true"
    if minimum:
        other += " AND age > ?"
    # ok: lockstep-python-sql-injection
    cursor.execute(other, (minimum,))


def safe(cursor, name, ids, table, limit, session):
    # ok: lockstep-python-sql-injection
    cursor.execute("SELECT * FROM users WHERE name = %s", (name,))
    # ok: lockstep-python-sql-injection
    cursor.execute(f"SELECT {COLUMNS} FROM {TABLE} WHERE name = ?", (name,))
    # ok: lockstep-python-sql-injection
    cursor.execute("SELECT id FROM users WHERE a = ? " + "AND b = ?", (name, name))
    placeholders = ",".join("?" for _ in ids)
    # ok: lockstep-python-sql-injection
    cursor.execute(f"SELECT id FROM users WHERE id IN ({placeholders})", ids)
    # ok: lockstep-python-sql-injection
    cursor.execute("SELECT id FROM users WHERE id IN (%s)" % ",".join("?" * len(ids)), ids)
    # ok: lockstep-python-sql-injection
    cursor.execute(sql.SQL("SELECT id FROM {}").format(sql.Identifier(table)))
    # ok: lockstep-python-sql-injection
    cursor.execute(f"SELECT id FROM users LIMIT {int(limit)}")
    # ok: lockstep-python-sql-injection
    session.execute(text("SELECT id FROM users WHERE name = :name"), {"name": name})


def innocent(runner, name, log):
    # ok: lockstep-python-sql-injection
    runner.execute(f"deploy {name}")
    # ok: lockstep-python-sql-injection
    log.info(f"select a colour from {name}")
    # ok: lockstep-python-sql-injection
    runner.query(f"selected {name}")
