"""What the clients saw, and the judge's word on it: Porcupine, in Go, which knows nothing of the services."""

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

JUDGE = Path(__file__).with_name("judge")
NO_GO = "Go n'est pas sur cette machine : l'historique n'est pas jugé (https://go.dev/dl)."

Kind = Literal["book", "cancel", "wallet", "session"]


@dataclass(frozen=True)
class Group:
    """Some sessions and some people who book nothing else; `overlaps` are pairs of sessions held at the same time."""

    capacities: tuple[int, ...]
    prices: tuple[int, ...]
    overlaps: tuple[tuple[int, int], ...]
    people: int
    vouchers: int = 5


@dataclass(frozen=True)
class Call:
    """One call and its answer; times are nanoseconds of one clock. `figure`: vouchers held, or seats taken."""

    client: int
    group: int
    kind: Kind
    session: int = 0
    person: int = 0
    booking: str = ""
    code: str = "ok"
    figure: int = 0
    called: int = 0
    answered: int = 0


@dataclass(frozen=True)
class History:
    groups: Sequence[Group]
    calls: list[Call] = field(default_factory=list)

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)))


def has_go() -> bool:
    return shutil.which("go") is not None


def judged(history: History, folder: Path) -> tuple[bool, str]:
    """Whether it is linearizable, and the judge's sentence; what was judged stays in the folder."""
    if not has_go():
        return True, NO_GO
    folder.mkdir(parents=True, exist_ok=True)
    asked, picture, judge = folder / "history.json", folder / "history.html", (folder / "judge").absolute()
    history.write(asked)
    subprocess.run(["go", "build", "-o", judge, "."], cwd=JUDGE, check=True)  # noqa: S603, S607 - our own command
    command = [judge, asked.absolute(), picture.absolute()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - built above
    return done.returncode == 0, (done.stdout + done.stderr).strip()
