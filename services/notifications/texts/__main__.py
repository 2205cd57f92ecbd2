"""python -m services.notifications.texts [--check]: `docs/messages.md`, every message as people receive it."""

import sys
from pathlib import Path

from services.notifications.texts.samples import Sample, samples
from services.notifications.wording import KINDS

PAGE = Path(__file__).parents[3] / "docs" / "messages.md"
HEAD = """# Ce que reçoivent les habitants

Un exemple de chaque message, tel qu'il part. Écrit par `python -m services.notifications.texts` ; un test vérifie
qu'il est à jour. Chaque SMS dit qui écrit, quand, où, quoi apporter ou faire, et qui appeler.
"""


def page() -> str:
    return "\n".join([HEAD, *(_section(sample) for sample in samples())])


def _section(sample: Sample) -> str:
    letters = ", ".join(f"{character} → {other or 'rien'}" for character, other in sample.replaced.items())
    return (
        f"## {KINDS[sample.kind]}\n\n**SMS** ({sample.length} caractères, {sample.segments} segment"
        f"{f' ; remplacés : {letters}' if letters else ''})\n\n{_quoted(sample.sms)}\n\n"
        f"**E-mail** : {sample.mail.subject}\n\n{_quoted(sample.mail.body)}\n\n"
        f"**Courrier**\n\n{_quoted(sample.letter.body)}\n\n"
        f"**Au téléphone**\n\n{_quoted(sample.spoken.body)}\n"
    )


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() + ("  " if line else "") for line in text.split("\n"))


if __name__ == "__main__":
    if "--check" not in sys.argv:
        PAGE.write_text(page(), encoding="utf-8")
    elif PAGE.read_text(encoding="utf-8") != page():
        sys.exit("docs/messages.md n'est pas à jour : python -m services.notifications.texts")
