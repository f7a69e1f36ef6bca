"""Four hundred assistants in one pull request: the comment fits, and hides no deletion."""

from action.action_scene import Scene
from action.github_server import MOST_CHARACTERS


def test_the_comment_on_four_hundred_fits_and_says_what_it_leaves_out(applied: Scene) -> None:
    branch = applied.branch()
    text = "\n".join(
        f"Rule {at}: say who you are, and what this call is about." for at in range(40)
    )
    for at in range(400):
        lines = "".join(f"        {line}\n" for line in text.splitlines())
        (branch / f"assistants/line-{at:03}.yaml").write_text(
            f"name: Line {at}\nmodel:\n  provider: openai\n  messages:\n"
            f"    - role: system\n      content: |\n{lines}"
        )
    (branch / "assistants/after-hours.md").unlink()
    number = applied.github.open_pull_request()
    ran = applied.propose(branch, number)
    assert ran.conclusion == "success", ran.log.text
    (comment,) = applied.github.comments_on(number)
    assert "400 to create, 1 to delete" in comment
    assert "### Deletions\n\n**`assistant.after-hours`**" in comment
    assert "Left out of this comment" in comment
    assert 50_000 < len(comment) < MOST_CHARACTERS
    (page,) = applied.machine.folder.glob("artifacts-*/*/plan.html")
    assert page.read_text().count("Rule 39: say who you are") >= 400
