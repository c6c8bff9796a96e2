"""docs/reference/models.md says what the models of the package hold."""

from pathlib import Path

from sme_helper import model_reference

ROOT = Path(__file__).parents[3]


def test_the_page_is_what_the_descriptions_give():
    written = (ROOT / model_reference.PAGE).read_text()
    assert written == model_reference.page(ROOT), "run: python -m sme_helper.model_reference"


def test_every_model_has_a_section():
    page = model_reference.page(ROOT)
    files = [*(ROOT / "models").rglob("sme_*.sql"), *(ROOT / "models").rglob("sme_*.py")]
    assert len(files) == 8
    for file in files:
        assert f"## {file.stem}\n" in page
