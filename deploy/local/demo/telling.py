"""The story as a person would tell it, with the event behind each step."""

from rich.console import Console

from deploy.local.demo.stage import Step


def tell(console: Console, steps: list[Step]) -> None:
    console.rule("L'histoire, et ce qui a été observé")
    for number, step in enumerate(steps, 1):
        console.print(f"\n[bold]{number}. {step.sentence}[/bold]", highlight=False)
        for text in step.texts:
            console.print(f"   {text}", highlight=False, markup=False, style="cyan")
        for seen in step.seen:
            console.print(f"   {seen}", highlight=False, markup=False, style="dim", soft_wrap=True)
    console.print()
