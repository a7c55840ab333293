"""What is known of a run beside its values, as names and values."""

from lotline_contract.record import Run
from lotline_server.history.service import RunRecord
from lotline_server.ingest.attaching import DIGEST, FILE, SIZE
from lotline_server.stations.queries import MANUAL
from lotline_server.web import shown


def run_facts(found: RunRecord) -> list[tuple[str, str]]:
    """Give what is known of a run beside its values; what it does not say is left out."""
    run, row = found.record, found.row
    lock, by_hand = run.interlock, row.station == MANUAL
    facts: list[tuple[str, str | None]] = [
        ("Station", None if by_hand else row.station),
        ("Attached by" if by_hand else "Operator", row.operator),
        ("Started", shown.exact(row.started_at)),
        ("Received", None if by_hand else shown.exact(row.received_at)),
        ("Duration", None if by_hand else shown.duration(run.duration_s)),
        ("Test plan", None if by_hand else f"{row.plan} version {row.plan_version} ({row.plan_digest[:12]})"),
        ("Operation", row.operation + (f", attempt {found.attempt}" if found.attempt else "")),
        ("Purpose", row.purpose if row.purpose != "production" else None),
        ("Revision", row.revision),
        ("Scanned as", run.scan if run.scan != run.serial_number else None),
        ("Interlock", None if lock is None else _interlock(lock.decision, lock.reasons, lock.facts_age_s)),
        ("Fixture", None if run.fixture is None else _fixture(run)),
        ("Slot", run.slot),
        ("Panel", None if run.panel is None else f"{run.panel.serial_number}, position {run.panel.position}"),
        ("Agent", None if by_hand else run.versions.agent),
        ("Run", row.run_id),
    ]
    facts += [
        ("Firmware" if name == "firmware" else f"Firmware {name}", version)
        for name, version in run.firmware.items()
    ]
    facts += [("Sub-unit", each.serial_number) for each in run.sub_units]
    facts += [("Material lot", f"{each.part_number}: {each.supplier_lot}") for each in run.material_lots]
    names = {"note": "Note", FILE: "File", DIGEST: "SHA-256", SIZE: "Bytes"} if by_hand else {}
    facts += [(names.get(name, name), value) for name, value in run.properties.items()]
    return [(name, value) for name, value in facts if value]


def _interlock(decision: str, reasons: tuple[str, ...], facts_age_s: float | None) -> str:
    words = "allowed" if decision == "ALLOW" else "allowed without the server"
    age = "" if facts_age_s is None else f", facts {shown.duration(facts_age_s)} old"
    return words + age + (f": {'; '.join(reasons)}" if reasons else "")


def _fixture(run: Run) -> str:
    assert run.fixture is not None  # noqa: S101 - asked before
    cycles = run.fixture.cycles
    return run.fixture.name + ("" if cycles is None else f", cycle {shown.count(cycles)}")
