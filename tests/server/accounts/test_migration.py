"""A database from before there were accounts."""

from pathlib import Path

from tests.server.conftest import serving
from tests.server.production.migrating import old_database


def test_an_older_server_comes_up_with_its_data_and_without_any_account(tmp_path: Path) -> None:
    """What was done before keeps the names it was done under; nobody can sign in until an admin is made."""
    station = "INSERT INTO stations (station_id, name, created_at) VALUES ('s1', 'FCT-01', 7)"
    said = (
        "INSERT INTO activity (at, who, what, subject, text) VALUES (7, 'api', 'lot.created', 'L1', 'made')"
    )
    old_database(tmp_path / "data", "0014", station, said)
    with serving(tmp_path / "data") as served:
        assert served.rows("SELECT name FROM stations") == [("FCT-01",)]
        assert [each["who"] for each in served.get("/activity")] == ["api"]
        # The one account is the helper's own.
        assert served.rows("SELECT name FROM accounts") == [("the admin",)]
        assert served.nobody().get("/api/v1/lots").status_code == 401
