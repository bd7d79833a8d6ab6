"""The learning demo's folder: the chain, its models, the holders' secrets, and each home's own folder."""

from __future__ import annotations

import json
import secrets
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Self

from openmg.authority import HolderFile
from openmg.chains import PPDLChain, PPDLGenesis
from openmg.crypto import Vault, random_bytes, signing_public
from openmg.demo.folder import home_names
from openmg.demo.learning.scenario import AUTHORITIES, CUT, LearningScenario
from openmg.demo.staging import make_whole, read_passphrase
from openmg.errors import BadInput
from openmg.files import write_atomically
from openmg.forecast import History, read_history
from openmg.forecast.citylearn import GOOD, load_history
from openmg.home.training_file import TrainingFile
from openmg.storage import ChainFile, ModelShelf

_SCHEMA: Final = "openmg/learning-home/1"
_NAME: Final = "abcdefghijklmnopqrstuvwxyz0123456789-"
_MOST_NAME: Final = 40


@dataclass(frozen=True)
class HomeFacts:
    """What a home's folder says of it: its place in the registry, and where its history is.

    `building` is a home of the public data (0: none), `meter` a file in the folder ("": none), `zone` its clock.
    """

    name: str
    number: int
    account: str
    building: int = 0
    meter: str = ""
    zone: str = ""


@dataclass(frozen=True)
class HomeFolder:
    """One home: its history, its account's key, and what it must not forget."""

    root: Path

    @property
    def training(self) -> Path:
        """The training file."""
        return self.root / "training"

    @property
    def key(self) -> Path:
        """The account's key."""
        return self.root / "account.key"

    def facts(self) -> HomeFacts:
        """What the folder says of the home.

        Raises:
            BadInput: it is no home's folder.
        """
        path = self.root / "home.json"
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content.pop("schema") != _SCHEMA:
                raise KeyError("schema")
            return HomeFacts(**content)
        except OSError as error:
            raise BadInput(f"{path}: cannot be read ({error.strerror})") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadInput(f"{path}: not a learning home") from error

    def history(self) -> History:
        """All that the home's meter showed.

        Raises:
            BadInput: it cannot be read.
        """
        facts = self.facts()
        if facts.building:
            return load_history(facts.building)
        return read_history(self.root / facts.meter, facts.zone or None)

    def secret(self, passphrase: str) -> bytes:
        """The account's signing key.

        Raises:
            BadInput: it cannot be opened.
        """
        _, data = Vault.open(self.key, passphrase)
        return data

    def fill(self, number: int, name: str, passphrase: str, building: int = 0, meter: str = "", zone: str = "") -> None:
        """Make the home's keys and files, in a folder that is there."""
        secret = random_bytes(32)
        Vault.create(self.key, passphrase).write(secret)
        TrainingFile.create(self.training, passphrase).close()
        facts = HomeFacts(name, number, signing_public(secret).hex(), building, meter, zone)
        write_atomically(self.root / "home.json", json.dumps({"schema": _SCHEMA, **asdict(facts)}, indent=2).encode())


@dataclass(frozen=True)
class LearningFolder:
    """Paths in one learning demo's folder."""

    root: Path

    @property
    def chain(self) -> Path:
        """The chain file."""
        return self.root / "chain.db"

    @property
    def shelf(self) -> ModelShelf:
        """The models, each under its digest."""
        return ModelShelf(self.root / "models")

    @property
    def record(self) -> Path:
        """What was learnt, as `--json` prints it."""
        return self.root / "learning.json"

    @property
    def report(self) -> Path:
        """The page for people."""
        return self.root / "report.html"

    def holder(self, index: int) -> Path:
        """An authority's file."""
        return self.root / "holders" / f"authority-{index}.key"

    def homes(self) -> list[HomeFolder]:
        """All homes, in the order in which they joined: their places in the registry."""
        found = [HomeFolder(path.parent) for path in (self.root / "homes").glob("*/home.json")]
        return sorted(found, key=lambda home: home.facts().number)

    def passphrase(self) -> str:
        """The passphrase of all secrets here: it lies beside them, because this is a demo.

        Raises:
            BadInput: the file is missing.
        """
        return read_passphrase(self.root / "passphrase")

    def scenario(self) -> LearningScenario:
        """What was asked for.

        Raises:
            BadInput: there is no learning demo here.
        """
        path = self.root / "scenario.json"
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"{self.root}: no learning demo here") from error
        return LearningScenario.decode(text, str(path))

    @classmethod
    def create(cls, root: Path, scenario: LearningScenario) -> Self:
        """Make everyone's keys and the empty chain; the folder appears whole or not at all.

        Raises:
            BadInput: the folder holds something already, or cannot be made.
        """
        make_whole(root, lambda staged: cls(staged).fill(scenario), "continue it with `openmg learn run --dir`")
        return cls(root)

    def fill(self, scenario: LearningScenario) -> None:
        """Make all that a new demo holds, in a folder that is empty."""
        (self.root / "holders").mkdir()
        passphrase = secrets.token_urlsafe(18)
        write_atomically(self.root / "passphrase", passphrase.encode() + b"\n")
        for number, name in enumerate(home_names(scenario.homes)):
            home = HomeFolder(self.root / "homes" / name)
            home.root.mkdir(parents=True)
            home.fill(number, name, passphrase, building=GOOD[number])
        keys = [HolderFile.create(self.holder(index), passphrase).public for index in range(1, AUTHORITIES + 1)]
        chain = PPDLChain(PPDLGenesis(f"openmg-learning-{CUT}", tuple(keys)))
        ChainFile.create(self.chain, chain.genesis).close()
        write_atomically(self.root / "scenario.json", scenario.encode().encode())

    def join(self, name: str, meter: Path, zone: str = "") -> HomeFolder:
        """A new home with a copy of its meter's file; the home's folder appears whole or not at all.

        Raises:
            BadInput: a name that is taken or no name, or the file is gone.
        """
        if not name or len(name) > _MOST_NAME or set(name) - set(_NAME):
            raise BadInput(f"--name {name}: 1 to {_MOST_NAME} of a-z, 0-9 and - were expected")
        root, passphrase = self.root / "homes" / name, self.passphrase()
        if root.exists():
            raise BadInput(f"--name {name}: there is a home with this name already")
        number = len(self.homes())

        def fill(staged: Path) -> None:
            copy = f"meter{meter.suffix}"
            shutil.copyfile(meter, staged / copy)
            HomeFolder(staged).fill(number, name, passphrase, meter=copy, zone=zone)

        make_whole(root, fill, "choose another --name")
        return HomeFolder(root)
