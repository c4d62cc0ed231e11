"""The examples with a database: started by one command, what is decided arrives, and whoever may read it can check it."""

import asyncio
import json
import re
import tempfile
from pathlib import Path

import asyncpg
import pytest

from tests import clickhouse, postgres
from tests.audit.copies import izin_audit
from tests.deploy.test_beside import DEPLOY
from tests.engines import free_port, running, until
from tests.live import rig


def example(name, folder, policy, origin, **env):
    """The example of that name, ready."""
    front, admin = free_port(), free_port()
    env |= {"POLICY": str(policy), "ORIGIN": f"127.0.0.1:{origin}", "FOLDER": str(folder), "IZIN_FETCH": "no"}
    env |= {"LISTEN": f"127.0.0.1:{front}", "ADMIN": f"127.0.0.1:{admin}"}

    def ready(program):
        return f"Serving http://127.0.0.1:{front}" in program.output()

    gateway = running([DEPLOY / name / "run"], folder, ready=ready, env={**rig.CLEAN, **env}, seconds=60)
    return gateway, front


def test_postgres_gets_it_and_an_auditor_who_may_only_read_checks_it(tmp_path, policy, stub, monkeypatch):
    postgres.need_postgres()
    port = free_port()
    database = f"127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix="izin-pg-") as data:  # where the server's user may go
        started, front = example("postgres", tmp_path, policy, stub, DATABASE=database, DATA=data)
        _asked_by_an_auditor(started, front, port, tmp_path, monkeypatch)


def _asked_by_an_auditor(started, front, port, tmp_path, monkeypatch):
    with started as program:
        ids = [rig.ask(front, "/", agent)["izin-decision"] for agent in ("GPTBot/1.3", "Firefox/142.0")]
        monkeypatch.setenv("PGPASSFILE", str(tmp_path / "pgpass"))
        url = f"postgresql://auditor@127.0.0.1:{port}/izin"

        async def ask(query, *values):
            connection = await asyncpg.connect(url)
            try:
                return await connection.fetch(query, *values)
            finally:
                await connection.close()

        def arrived():
            try:
                query = "SELECT id FROM izin.entry WHERE id = ANY($1::text[])"
                return len(asyncio.run(ask(query, ids))) == 2
            except asyncpg.PostgresError:
                return False

        until(arrived, 30, "both decisions in the database")
        for query in (
            "DELETE FROM izin.entry",
            "SET default_transaction_read_only = off; DELETE FROM izin.entry",
        ):
            with pytest.raises((asyncpg.ReadOnlySQLTransactionError, asyncpg.InsufficientPrivilegeError)):
                asyncio.run(_run(url, query))

        def valid():
            out = Path(tempfile.mkdtemp(dir=tmp_path)) / "copy"
            assert izin_audit("fetch", url, "--out", out)[0] == 0
            return izin_audit("verify", "--journal", out)[1]["outcome"] == "valid"

        until(valid, 30, "a checkpoint in the copy")
        secrets = re.findall(r":([^:\n]+)$", (tmp_path / "pgpass").read_text(), re.MULTILINE)
        assert len(secrets) == 3
        assert not [one for one in secrets if one in program.output()]
        assert (tmp_path / "pgpass").stat().st_mode & 0o777 == 0o600


async def _run(url, query):
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(query)
    finally:
        await connection.close()


def test_clickhouse_gets_it(tmp_path, policy, stub):
    (password := tmp_path / "password").write_text("rahasia-rahasia-rahasia\n")
    with clickhouse.clickhouse() as server:
        roles = (DEPLOY / "clickhouse/roles.sql").read_text()
        for statement in [one for one in roles.split(";\n") if one.strip()]:
            assert server.execute(f"SELECT formatQuery($roles${statement}$roles$)"), "it can be read"
        started, front = example(
            "clickhouse",
            tmp_path,
            policy,
            stub,
            CLICKHOUSE=server.url.rpartition("@")[2],
            PASSWORD=str(password),
        )
        with started:
            decision = rig.ask(front, "/", "GPTBot/1.3")["izin-decision"]
            tables = "SELECT name FROM system.tables WHERE database = 'izin' AND name = 'version'"
            until(lambda: server.execute(tables), 30, "tables")
            query = f"SELECT entry FROM izin.entry WHERE id = '{decision}'"
            (row,) = until(lambda: server.execute(query), 30, "the decision in the database")
            assert json.loads(row["entry"])["verdict"] == "deny"
            assert server.seen[-1]["X-ClickHouse-Key"] == "rahasia-rahasia-rahasia"
