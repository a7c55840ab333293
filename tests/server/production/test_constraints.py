"""The database itself refuses what the rules refuse, whoever asks it."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from tests.server.conftest import Served, serving
from tests.server.making import number, run, vector
from tests.server.production.migrating import old_database

from lotline_server.app import open_data
from lotline_server.core.errors import StartRefused
from lotline_server.schema import metadata


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Give a server with a row in most tables."""
    with serving(tmp_path_factory.mktemp("full") / "data") as served:
        served.add_part()
        served.add_lot()
        served.station().send(run(measurements=(number("rail", 3.3),)))
        post = served.client.post
        for path, body in (
            ("/projects", {"name": "P"}),
            ("/parts", {"part_number": "R1", "name": "R", "kind": "part"}),
            ("/suppliers", {"name": "S"}),
            ("/purchase-orders", {"number": "PO1", "supplier": "S"}),
            ("/purchase-orders/PO1/lines", {"part_number": "R1", "quantity": 5}),
            ("/stock/postings", {"kind": "receipt", "part_number": "R1", "quantity": 5}),
        ):
            assert post(f"/api/v1{path}", json=body).status_code == 201
        yield served


def _refused(served: Served, statement: str) -> str:
    with pytest.raises(sa.exc.IntegrityError) as refused:
        _do(served, statement)
    return str(refused.value.orig)


def _do(served: Served, statement: str) -> None:
    with served.opened.database.write() as connection:
        done = connection.execute(sa.text(statement))
        assert done.rowcount, f"no row was touched by {statement}"


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("parts", "kind = 'gadget'"),
        ("parts", "status = 'gone'"),
        ("parts", "part_number = ''"),
        ("parts", "serial_digits = 0"),
        ("parts", "serial_digits = 19"),
        ("parts", "next_counter = 0"),
        ("parts", "name = NULL"),
        ("parts", "project = 99"),
        ("parts", "part_number = 'R1'"),
        ("projects", "name = ''"),
        ("lots", "target = 0"),
        ("lots", "target = -5"),
        ("lots", "status = 'done'"),
        ("lots", "kind = 'built'"),
        ("lots", "consumption = 'never'"),
        ("lots", "lot = ''"),
        ("lots", "part = 99"),
        ("lots", "planned_start = '2026-12-02', planned_end = '2026-12-01'"),
        ("units", "status = 'fine'"),
        ("units", "serial_number = ''"),
        ("units", "serial_number = 'GW2-000001'"),
        ("units", "lot = 99"),
        ("unit_operations", "first_outcome = 'ERROR'"),
        ("unit_operations", "deciding_outcome = 'pass'"),
        ("unit_operations", "attempts = 0"),
        ("locations", "kind = 'shelf'"),
        ("locations", "name = 'Stock'"),
        ("suppliers", "currency = 'EURO'"),
        ("suppliers", "lead_time_days = -1"),
        ("purchase_orders", "status = 'lost'"),
        ("purchase_orders", "supplier = 99"),
        ("purchase_order_lines", "quantity = 0"),
        ("purchase_order_lines", "price = -1"),
        ("purchase_order_lines", "received = 6000000"),
        ("purchase_order_lines", "received = -1"),
        ("purchase_order_lines", "position = 0"),
        ("records", "kind = 'rumour'"),
        ("records", "seq = 0"),
        ("definitions", "kind = 'tensor'"),
        ("runs", "outcome = 'OK'"),
        ("runs", "counts_as = 'ERROR'"),
        ("runs", "purpose = 'fun'"),
        ("scalars", "outcome = 6"),
        ("epochs", "have_to = -1"),
    ],
)
def test_a_row_is_not_changed_into_what_cannot_be(full: Served, table: str, change: str) -> None:
    """By a unique key, a foreign key, a check, or NOT NULL."""
    assert "constraint failed" in _refused(full, f"UPDATE {table} SET {change}")  # noqa: S608


_APPEND_ONLY = (
    ("stock_movements", "position"),
    ("stock_postings", "who"),
    ("activity", "who"),
    ("routes", "version"),
    ("route_operations", "position"),
)


def test_a_ledger_is_neither_changed_nor_shortened(full: Served) -> None:
    """And what others point at is not deleted."""
    for table, column in _APPEND_ONLY:
        for statement in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"):  # noqa: S608
            assert "append-only" in _refused(full, statement)
    for table in ("parts", "lots", "units", "suppliers", "locations"):
        assert "FOREIGN KEY" in _refused(full, f"DELETE FROM {table}")  # noqa: S608


def test_the_code_and_the_database_speak_of_the_same_checks(tmp_path: Path) -> None:
    """Each of either stands in the other, word for word."""
    opened = open_data(tmp_path, serve=True)
    with opened.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_schema WHERE type = 'table'")
        made = {name: sql for name, sql in rows}  # noqa: C416 - dict() of rows is no dict for mypy
    opened.close()
    wanted = {
        str(check.name): (table.name, f"CONSTRAINT {check.name} CHECK ({check.sqltext})")
        for table in metadata.tables.values()
        for check in table.constraints
        if isinstance(check, sa.CheckConstraint) and check.name
    }
    assert [name for name, (table, rule) in wanted.items() if rule not in made[table]] == []
    assert {name for sql in made.values() for name in re.findall(r"CONSTRAINT (ck_\w+)", sql)} == set(wanted)
    assert len(wanted) > 40


def test_a_database_with_data_in_it_gets_them_too(tmp_path: Path) -> None:
    """And one that holds what cannot be is refused and left as it is."""
    part = "INSERT INTO parts VALUES (1, 'GW2', 'Gateway', '{kind}', 'GW2-', 6, 3, 1)"
    rest = (
        "INSERT INTO lots VALUES (1, 'L1', 1, 5, NULL, NULL, 1, 10)",
        "INSERT INTO units VALUES (1, 'GW2-000001', 1, 1, 0, 'planned', 0, NULL, 1)",
    )
    old_database(tmp_path / "good", "0001", part.format(kind="pcba"), *rest)
    with serving(tmp_path / "good") as served:
        assert served.get("/lots/L1")["planned"] == 1
        assert "ck_units_status" in _refused(served, "UPDATE units SET status = 'x'")
        assert len(served.rows("PRAGMA integrity_check")) == 1
    old_database(tmp_path / "bad", "0001", part.format(kind="gadget"), *rest)
    with pytest.raises(StartRefused, match="ck_parts_kind"):
        open_data(tmp_path / "bad", serve=True)


def test_a_vector_s_outcome_is_one_of_those_there_are(full: Served) -> None:
    """As a scalar's is."""
    measurement, frame = vector("ripple", np.arange(10, dtype="<i2"))
    full.station().send(run("GW2-000002", measurements=(measurement,)), frames=[frame])
    assert "ck_vectors_outcome" in _refused(full, "UPDATE vectors SET outcome = -1")
