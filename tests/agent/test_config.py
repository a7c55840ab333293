"""What a wrong configuration gets: every problem at once, each with file, line, expected and found."""

from pathlib import Path

import pytest
from tests.agent.configs import PLAN, STATION, write_setup

from lotline_agent.config.load import Setup, load
from lotline_agent.config.problems import ConfigError, Problem
from lotline_contract.limits import Comparator, Kind, Limit

MEASURE = '{ name = "input_voltage", uom = "V", low = 11.8, high = 12.2 }'


def problems(folder: Path, station: str = STATION, plan: str = PLAN) -> list[Problem]:
    """Load what must be refused."""
    with pytest.raises(ConfigError) as caught:
        load(write_setup(folder, station, plan))
    return caught.value.problems


def only(folder: Path, station: str = STATION, plan: str = PLAN) -> Problem:
    found = problems(folder, station, plan)
    assert len(found) == 1, "\n".join(map(str, found))
    return found[0]


def measured(folder: Path, measure: str, action: str = "measure_voltage", instrument: str = "dmm") -> Setup:
    plan = PLAN.replace(MEASURE, measure).replace('"measure_voltage"', f'"{action}"', 1)
    return load(write_setup(folder, STATION, plan.replace('"dmm"', f'"{instrument}"')))


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


def test_a_correct_station_and_plan_are_taken(tmp_path: Path) -> None:
    setup = load(write_setup(tmp_path))
    assert [(step.group, step.spec.name, step.kind) for step in setup.steps] == [
        ("main", "Input voltage", Kind.NUMBER),
        ("teardown", "Switch off", None),
    ]
    assert setup.steps[0].limit == Limit(comparator=Comparator.GELE, low=11.8, high=12.2)
    assert setup.data == tmp_path / "data"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('name = "ST-1"', 'nmae = "ST-1"', ("station.nmae", 2, "did you mean 'name'?", "unknown key 'nmae'")),
        ("floor_mb = 0", "flor_mb = 0", ("station.flor_mb", 5, "did you mean 'floor_mb'?", "unknown")),
        ("floor_mb = 0", 'floor_mb = "0"', ("station.floor_mb", 5, "integer", "'0'")),
        ("floor_mb = 0", "floor_mb = -1", ("station.floor_mb", 5, "greater than or equal to 0", "-1")),
        ("port = 0", "port = 99999", ("panel.port", 8, "65535", "99999")),
        ("[panel]", "[pannel]", ("pannel", 7, "did you mean 'panel'?", "unknown key 'pannel'")),
        ('"ST-1"', '"ST/\\n1"', ("station.name", 2, "1 to 64 letters", "ST")),
        ('driver = "dmm"', 'driver = "dnm"', ("instruments.dmm.driver", 11, "did you mean 'dmm'", "'dnm'")),
        ('driver = "dmm"\n', "", ("instruments.dmm.driver", 10, "a value for 'driver'", "")),
    ],
)
def test_a_mistake_in_the_station_names_its_line_what_was_expected_and_what_was_found(
    tmp_path: Path, old: str, new: str, problem: tuple[str, int, str, str]
) -> None:
    where, line, expected, found = problem
    named = {each.where: each for each in problems(tmp_path, STATION.replace(old, new, 1))}[where]
    assert (named.file, named.line) == (tmp_path / "station.toml", line)
    assert expected in named.expected
    assert found in (named.found or "")


@pytest.mark.parametrize(
    ("old", "new", "at", "expected"),
    [
        ('instrument = "dmm"', 'instrument = "dnm"', 'instrument = "dnm"', "dmm, supply"),
        ('"measure_voltage"', '"measure_volts"', '"measure_volts"', "measure_current"),
        (MEASURE, MEASURE.replace('uom = "V", ', ""), "measure =", "a uom"),
        (MEASURE, MEASURE.replace('"V"', '"volt"'), "measure =", "uom"),
        (MEASURE, MEASURE.replace("11.8", "13.0"), "measure =", "low = 13.0 is above high = 12.2"),
        (MEASURE, '{ name = "v", uom = "V" }', "measure =", "or record_only = true"),
        (MEASURE, '{ name = "v", uom = "V", low = 1, record_only = true }', "measure =", "not both"),
        (MEASURE, '{ name = "v", record_only = true }', "measure =", "a uom"),
        (MEASURE, '{ name = "v", uom = "V", low = 1, equals = 2 }', "measure =", "does not use low"),
        (MEASURE, '{ name = "v", uom = "V", comparator = "GELE", low = 1 }', "measure =", "needs high"),
        (MEASURE, '{ name = "v", uom = "V", comparator = "ge", low = 1 }', "measure =", "'GE'"),
        (MEASURE, '{ name = "v", uom = "V", low = nan }', "measure =", "finite number"),
        (MEASURE, '{ name = "v", uom = "V", high = inf }', "measure =", "finite number"),
        (MEASURE, '{ name = "v", uom = "V", equals = nan }', "measure =", "finite number"),
        (MEASURE, '{ name = "v", uom = "V", equals = [1] }', "measure =", "number, a flag or a text"),
        (MEASURE, '{ name = "v", uom = "V", low = true }', "measure =", "number"),
        (MEASURE, '{ name = "v", uom = "V", low = "1" }', "measure =", "number"),
        (MEASURE, '{ name = "v", uom = "V", equals = true }', "measure =", "finite number for a number"),
        (MEASURE, '{ name = "v", uom = "V", low = 1, points = 3 }', "measure =", "belongs to a vector"),
        (MEASURE, '{ name = "v", uom = "V", low = 1, firmware = true }', "measure =", "belongs to a text"),
        (MEASURE, '{ name = "", uom = "V", low = 1 }', "measure =", "at least 1 character"),
        (MEASURE, '{ name = "a\\u0000b", uom = "V", low = 1 }', "measure =", "can be read"),
        (MEASURE, '{ name = "v", uom = "V", low = 1, hihg = 2 }', "measure =", "did you mean 'high'?"),
        (MEASURE, f"{MEASURE}\narguments = {{ chanel = 1 }}", "arguments =", "channel: int = 1"),
        (MEASURE, f'{MEASURE}\narguments = {{ channel = "1" }}', "arguments =", "a whole number"),
        (MEASURE, f"{MEASURE}\narguments = {{ channel = 1.0 }}", "arguments =", "a whole number"),
        (MEASURE, f"{MEASURE}\narguments = {{ channel = true }}", "arguments =", "a whole number"),
        (MEASURE, f"{MEASURE}\ndeadline_s = 0", "deadline_s", "greater than 0"),
        (MEASURE, f"{MEASURE}\nsettle_s = inf", "settle_s", "finite number"),
    ],
)
def test_a_mistake_in_the_plan_names_its_line_and_what_was_expected(
    tmp_path: Path, old: str, new: str, at: str, expected: str
) -> None:
    text = PLAN.replace(old, new, 1)
    problem = only(tmp_path, STATION, text)
    assert (problem.file, problem.line) == (tmp_path / "plan.toml", line_of(text, at))
    assert expected in problem.expected, str(problem)


def test_an_action_that_reads_nothing_cannot_be_measured(tmp_path: Path) -> None:
    text = PLAN + 'measure = { name = "v", uom = "V", low = 1 }\n'
    assert "output_off reads nothing" in only(tmp_path, STATION, text).expected


def test_two_measurements_of_one_name_are_refused(tmp_path: Path) -> None:
    main = PLAN[PLAN.index("[[main]]") : PLAN.index("[[teardown]]")]
    problem = only(tmp_path, STATION, PLAN.replace("[[teardown]]", f"{main}[[teardown]]"))
    assert (problem.where, problem.line) == ("main[2].measure.name", 17)


def test_every_problem_of_both_files_is_named_at_once_in_the_order_of_the_files(tmp_path: Path) -> None:
    station = STATION.replace('name = "ST-1"', 'nmae = "ST-1"').replace("port = 0", "port = true")
    plan = PLAN.replace("low = 11.8", "low = nan").replace('version = "1"', "version = 1")
    found = [(each.file.name, each.line) for each in problems(tmp_path, station, plan)]
    assert found == [
        ("plan.toml", 3),
        ("plan.toml", 11),
        ("station.toml", 1),
        ("station.toml", 2),
        ("station.toml", 8),
    ]


def test_every_problem_between_the_files_is_named_at_once(tmp_path: Path) -> None:
    station = STATION.replace('driver = "supply"', 'driver = "suply"')
    plan = PLAN.replace('instrument = "dmm"', 'instrument = "dnm"').replace("output_off", "explode")
    assert [each.where for each in problems(tmp_path, station, plan)] == [
        "main[1].instrument",
        "instruments.supply.driver",
    ]


def test_a_limit_of_0_is_a_limit(tmp_path: Path) -> None:
    setup = measured(tmp_path, '{ name = "v", uom = "V", low = 0 }')
    assert setup.steps[0].limit == Limit(comparator=Comparator.GE, low=0.0)
    setup = measured(tmp_path, '{ name = "v", uom = "V", equals = 0 }')
    assert setup.steps[0].limit == Limit(comparator=Comparator.EQ, equals=0.0)
    setup = measured(tmp_path, '{ name = "v", uom = "V", high = 0.0 }')
    assert setup.steps[0].limit == Limit(comparator=Comparator.LE, high=0.0)


def test_record_only_has_no_limit_on_purpose(tmp_path: Path) -> None:
    setup = measured(tmp_path, '{ name = "v", uom = "V", record_only = true }')
    assert (setup.steps[0].limit, setup.steps[0].kind) == (None, Kind.NUMBER)


@pytest.mark.parametrize(
    "url", ["http://lots.example:8700", "http://10.0.0.5", "http://localhost.evil.example"]
)
def test_plain_http_off_this_machine_is_refused(tmp_path: Path, url: str) -> None:
    problem = only(tmp_path, f'{STATION}\n[server]\nurl = "{url}"\n')
    assert (problem.where, problem.line) == ("server.url", line_of(STATION, "\n[instruments.supply]") + 6)
    assert "https: plain http is for a server on this machine only" in problem.expected


@pytest.mark.parametrize(
    "url", ["lots.example", "ftp://lots.example", "https://", "http://[::1", "https://a:b"]
)
def test_what_is_no_address_is_refused(tmp_path: Path, url: str) -> None:
    assert "such as https://" in only(tmp_path, f'{STATION}\n[server]\nurl = "{url}"\n').expected


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8700", "http://localhost:1", "http://[::1]:8700", "https://a.b"]
)
def test_loopback_and_https_are_taken(tmp_path: Path, url: str) -> None:
    setup = load(write_setup(tmp_path, f'{STATION}\n[server]\nurl = "{url}/"\n'))
    assert setup.station.server is not None
    assert setup.station.server.url == url


def test_a_plan_that_is_not_there_is_named_with_its_line(tmp_path: Path) -> None:
    problem = only(tmp_path, STATION.replace('"plan.toml"', '"plans/other.toml"'))
    assert (problem.where, problem.line) == ("station.plan", 4)
    assert problem.found == str(tmp_path / "plans" / "other.toml")


@pytest.mark.parametrize(
    ("content", "line", "expected"),
    [
        (b"[station\nname = 1", 1, "valid TOML"),
        (b'[station]\nname = "a"\nname = "b"\n', 3, "valid TOML"),
        (b'[station]\nname = "\xff"\n', 1, "UTF-8"),
    ],
)
def test_a_file_that_is_no_toml_is_refused_with_its_line(
    tmp_path: Path, content: bytes, line: int, expected: str
) -> None:
    (tmp_path / "station.toml").write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "station.toml")
    (problem,) = caught.value.problems
    assert (problem.line, expected in problem.expected) == (line, True)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        load(tmp_path / "nothing.toml")


def test_a_file_saved_by_windows_notepad_is_taken(tmp_path: Path) -> None:
    file = write_setup(tmp_path)
    file.write_bytes(b"\xef\xbb\xbf" + STATION.replace("\n", "\r\n").encode())
    assert load(file).station.station.name == "ST-1"


def test_an_instrument_may_have_any_name_that_toml_takes(tmp_path: Path) -> None:
    station = STATION.replace("[instruments.dmm]", "[instruments.float]").replace('"dmm"', '"dnm"', 1)
    plan = PLAN.replace('instrument = "dmm"', 'instrument = "float"')
    problem = only(tmp_path, station, plan)
    assert (problem.where, problem.line) == ("instruments.float.driver", line_of(station, '"dnm"'))
    station = station.replace("[instruments.float]", "[instruments.float]\ntimeout_s = -1")
    found = {each.where: each.line for each in problems(tmp_path, station, plan)}
    assert found["instruments.float.timeout_s"] == line_of(station, "timeout_s")


def test_an_identity_that_is_no_pattern_is_refused_before_anything_is_opened(tmp_path: Path) -> None:
    station = STATION.replace('driver = "dmm"', 'driver = "dmm"\nidentity = "DMM-6["')
    problem = only(tmp_path, station)
    assert (problem.where, problem.line) == ("instruments.dmm.identity", line_of(station, "identity"))
