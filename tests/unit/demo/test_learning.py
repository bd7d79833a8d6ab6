"""The learning demo: real rounds, checks that can fail, and a page in two languages that says what they said."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pytest

from openmg.demo.learning.checks import run_checks
from openmg.demo.learning.folder import LearningFolder
from openmg.demo.learning.plots import write_plots
from openmg.demo.learning.record import to_json
from openmg.demo.learning.report import render
from openmg.demo.learning.scenario import LearningScenario, following
from openmg.demo.learning.summary import learn_all, summarise
from openmg.demo.learning.town import Town, opened
from openmg.demo.learning.view import subsets_with
from openmg.demo.words import WORDS
from openmg.errors import BadInput
from openmg.learning import Ledger, spent
from openmg.storage import ModelShelf
from tests.unit.demo.learnt import Learnt, learn_small, silent
from tests.unit.demo.test_report import Outline

CHECKS = 6


@pytest.fixture(scope="module")
def learnt(tmp_path_factory: pytest.TempPathFactory) -> Learnt:
    return learn_small(tmp_path_factory.mktemp("learnt") / "demo")


@pytest.fixture
def town(learnt: Learnt, tmp_path: Path) -> Iterator[Town]:
    """The same folder opened again, with what the demo alone knows of the shown round."""
    shutil.copytree(learnt.folder.root, tmp_path / "demo")
    with opened(LearningFolder(tmp_path / "demo"), silent) as again:
        again.shown, again.secrets = learnt.town.shown, deepcopy(learnt.town.secrets)
        yield again


def failed(town: Town) -> list[str]:
    return [check.name_en for check in run_checks(town) if not check.passed]


def test_all_rounds_are_done_and_every_check_holds(learnt: Learnt) -> None:
    record = learnt.record
    assert [(each.number, each.done, each.homes) for each in record.rounds] == [(1, True, 3), (2, True, 3)]
    assert [check.detail_en for check in record.checks if not check.passed] == []
    assert len(record.checks) == CHECKS
    assert len({each.model for each in record.rounds}) == 2
    assert record.rounds[-1].model == record.model
    assert [day.place for day in record.ahead] == ["best", "middle", "worst"]
    assert all(0.1 < each.own < 1 for each in record.home_errors)
    assert learnt.town.absent == {}


def test_the_record_says_what_epsilon_is_and_what_a_crowd_would_have(learnt: Learnt) -> None:
    privacy, task = learnt.record.privacy, learnt.town.task
    assert privacy.epsilon == spent(task.task, 2) == task.task.epsilon
    assert privacy.crowd_epsilon is not None
    assert privacy.crowd_epsilon < privacy.epsilon
    assert f"ε = {privacy.epsilon / 1000:,.1f}" in render(learnt.record)
    assert "protects nobody" in render(learnt.record)


def test_the_record_is_plain_json(learnt: Learnt) -> None:
    plain = json.loads(json.dumps(to_json(learnt.record)))
    assert next(iter(plain)) == "schema"
    assert plain["view"]["update"] == list(learnt.record.view.update)
    assert "seconds" not in plain["rounds"][0]


def test_a_town_that_is_opened_again_holds_too(town: Town) -> None:
    assert failed(town) == []


def test_a_home_that_says_another_vector_is_seen(town: Town) -> None:
    name = next(iter(town.secrets.values))
    town.secrets.values[name] = tuple(value + 2**20 for value in town.secrets.values[name])
    assert failed(town) == ["The sum is that of the homes' own vectors"]


def test_an_update_that_somebody_sees_is_seen(town: Town, learnt: Learnt) -> None:
    view = learnt.record.view
    town.secrets.values[view.home] = view.seen
    assert "No authority sees anything of an update" in failed(town)


def test_a_model_that_was_changed_is_seen(town: Town) -> None:
    shelf = ModelShelf(town.folder.shelf.folder)
    shelf.path_of(town.task.model.digest).write_bytes(b"another")
    assert "The model is the chain's" in failed(town)


def test_a_home_that_forgets_what_it_gave_is_seen(town: Town) -> None:
    file = town.homes[0].file
    file.save(replace(file.memory, ledger=Ledger(file.memory.ledger.charges[:-1])))
    assert failed(town) == ["Every home counts the same ε"]


def test_who_knows_which_masks() -> None:
    assert subsets_with((1,), 4) == [0, 1, 2]
    assert subsets_with((1, 2), 4) == [0, 1, 2, 3, 4]
    assert subsets_with((1, 2, 3), 4) == list(range(6))


def test_without_noise_there_is_no_epsilon(tmp_path: Path) -> None:
    record = learn_small(tmp_path / "demo", noise=0).record
    assert [check.name_en for check in record.checks if not check.passed] == []
    assert (record.privacy.epsilon, record.privacy.crowd_epsilon) == (None, None)
    assert WORDS["learn_privacy_none"].fill(homes="3").en in render(record)


def test_more_rounds_are_a_task_of_their_own(town: Town) -> None:
    before = town.task
    town.adopt(following(before.task, "load-2", before.model, 1), before.model)
    assert town.learn() == 1
    assert (town.task.task.name, town.task.releases) == ("load-2", 1)
    assert town.task.task.model == before.model.digest
    first = spent(before.task, 2)
    own = town.homes[0].trainer.spent(5)
    assert first is not None
    assert own is not None
    assert own > first


@pytest.mark.parametrize(
    ("homes", "rounds", "noise", "named"),
    [(1, 1, 0.5, "--homes 1"), (15, 1, 0.5, "--homes 15"), (3, 0, 0.5, "--rounds 0"), (3, 1, -1.0, "--noise -1"),
     (3, 1, float("nan"), "--noise nan")],
)  # fmt: skip
def test_what_cannot_be_is_named(homes: int, rounds: int, noise: float, named: str) -> None:
    with pytest.raises(BadInput, match=named):
        LearningScenario(homes, rounds, noise)


def test_a_scenario_is_read_back() -> None:
    scenario = LearningScenario(3, 2, 0.5)
    assert LearningScenario.decode(scenario.encode(), "x") == scenario
    for text in ("", "[]", "{}", '{"schema": "openmg/learning-scenario/1"}'):
        with pytest.raises(BadInput, match="x: "):
            LearningScenario.decode(text, "x")


def test_a_folder_that_holds_something_is_left_alone(learnt: Learnt) -> None:
    with pytest.raises(BadInput, match="holds a chain already"):
        LearningFolder.create(learnt.folder.root, LearningScenario(3, 2, 0.5))


def test_the_page_is_complete_and_well_formed(learnt: Learnt) -> None:
    page, outline = render(learnt.record), Outline()
    outline.feed(page)
    assert not outline.open
    assert len(set(outline.ids)) == len(outline.ids)
    assert not set(outline.references) - set(outline.ids)
    assert {"errors", "days", "views", "privacy_cost", "costs", "checks", "rounds", "hours"} <= set(outline.ids)
    assert "http:" not in page
    assert "https:" not in page
    for key in ("learn_hero_secret", "learn_views_title", "learn_note_three"):
        assert WORDS[key].fill(authorities="4").en.replace("'", "&#x27;") in page
        assert WORDS[key].fill(authorities="4").ko in page
    assert page.count('<span lang="en">') == page.count('<span lang="ko">')


def test_a_failed_check_is_glaring(learnt: Learnt) -> None:
    checks = (replace(learnt.record.checks[0], passed=False), *learnt.record.checks[1:])
    page = render(replace(learnt.record, checks=checks, own_error=1.0))
    assert 'role="alert"' in page
    assert "worse than the usual day" in page


def test_pictures_are_written(learnt: Learnt, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    written = {path.name for path in write_plots(learnt.record, tmp_path)}
    assert written == {f"{name}.{lang}.png" for name in ("errors", "days", "update", "costs") for lang in ("en", "ko")}
    assert not caplog.records, "matplotlib found a font or a glyph missing"


def test_a_void_round_is_shown_as_one(learnt: Learnt, town: Town) -> None:
    """A summary of what is there, also when nobody measured it."""
    record = summarise(town, 1.0)
    assert [each.seconds for each in record.rounds] == [0, 0]
    void = replace(record.rounds[0], done=False)
    assert WORDS["learn_void"].en in render(replace(learnt.record, rounds=(void, record.rounds[1])))


def test_rounds_that_were_stopped_go_on_and_cost_no_more(tmp_path: Path) -> None:
    folder = LearningFolder.create(tmp_path / "demo", LearningScenario(3, 2, 0.5))

    def stop(what: str, done: int, _total: int) -> None:
        if (what, done) == ("home-03 trains", 1):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), opened(folder, stop) as town:
        learn_all(town, stop)
    with opened(folder, silent) as town:
        assert town.learn() == 1, "the second round, in which two homes had made their uploads"
        assert town.absent == {}
        assert {home.trainer.spent(5) for home in town.homes} == {spent(town.task.task, 2)}
