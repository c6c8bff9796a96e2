"""`sme report`: a model on one page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from sme_helper.commands.options import Site, given_arguments, macro_options, with_site
from sme_helper.commands.output import messages, results
from sme_helper.libraries import library
from sme_helper.macros import described

PLACES = ("schema", "connection", "region")
PLACE_OPTIONS = [a for a in described("candidates").arguments if a.name in PLACES]


@click.command()
@with_site
@macro_options(PLACE_OPTIONS)
@click.option("--version", type=int, help="Version of it. Default: the newest completed one.")
@click.option("--predictions", help="Table with predictions beside the truth.")
@click.option("--actual", help="Its column with the truth.")
@click.option("--predicted", default="PREDICTIONS", show_default=True, help="With the prediction.")
@click.option("--probability", help="With the probability of one label.")
@click.option("--positive", help="That label.")
@click.option(
    "--threshold",
    default="0.5",
    show_default=True,
    help="From which probability on a row is positive: a number, or a table of sme.best_threshold.",
)
@click.option("--reference", help="Table to compare the predicted rows with, for drift.")
@click.option("--offline", is_flag=True, help="Show what the registry has, without asking AWS.")
@click.option(
    "--to",
    "target",
    type=click.Path(path_type=Path),
    help="File to write. Default: MODEL.html; with --png a folder, MODEL.",
)
@click.option("--png", is_flag=True, help="The pictures alone, as PNG files in a folder.")
@click.argument("model")
def report(site: Site, model: str, target: Path | None, png: bool, **given: Any) -> None:
    """Write a page about MODEL, or about a job of that name.

    It shows the candidates, what they look at, and all versions; with a table of predictions and
    their truth also how right they are, and with a reference how far the rows have drifted.

    \b
    Example:
        sme report Trucks --predictions ML.VALIDATED --actual CLASS \\
            --probability PROBABILITY_POS --positive pos --threshold ML.APS_THRESHOLD \\
            --reference ML.APS_TRAINING
    """
    library("matplotlib", "report")
    from sme_helper.report import figures, making

    if bool(given["predictions"]) != bool(given["actual"]):
        raise click.UsageError("--predictions and --actual go together.")
    if bool(given["probability"]) != bool(given["positive"]):
        raise click.UsageError("--probability and --positive go together.")
    if given["reference"] and not given["predictions"]:
        raise click.UsageError("--reference is compared with --predictions: give both.")
    found = _read(site, model, given)
    for reason in dict.fromkeys(found.missing.values()):
        messages.print(f"Note: {reason}", markup=False)
    drawn = figures.drawn(found)
    target = target or Path(model if png else f"{model}.html")
    if png:
        written = making.write_pictures(drawn, target)
        results.print(f"{len(written)} pictures are in {target}", markup=False)
    else:
        making.write_page(found, drawn, target)
        results.print(f"{target} shows {found.model}", markup=False)


def _read(site: Site, model: str, given: dict[str, Any]) -> Any:
    from sme_helper.report import making
    from sme_helper.report.reading import Predictions, read_threshold

    place = given_arguments({name: given[name] for name in PLACES})
    with site.database() as database:
        operations = site.operations_on(database, say=lambda line: None)

        def query(sql: str) -> list[dict[str, Any]]:
            return database.execute(sql).dictionaries

        def named(relation: str | None) -> str | None:
            return operations.quoted(relation) if relation else None

        predictions = None
        if given["predictions"]:
            threshold = given["threshold"]
            if not threshold.replace(".", "", 1).isdigit():
                threshold = named(threshold)
            predictions = Predictions(
                relation=named(given["predictions"]),
                actual=given["actual"],
                predicted=given["predicted"],
                probability=given["probability"],
                positive=given["positive"],
                threshold=read_threshold(query, threshold),
                reference=named(given["reference"]),
            )

        def asking(macro: str) -> making.Refresh:
            """Asks AWS about a job, where it was trained unless another place was given."""

            def ask(job: Mapping[str, Any]) -> None:
                trained = {
                    "connection": job["aws_credentials_connection_name"],
                    "region": job["aws_region"],
                }
                operations.run(macro, job_name=job["job_name"], **{**trained, **place})

            return ask

        refresh = {}
        if not given["offline"]:
            refresh = {
                "candidates": asking("candidates"),
                "importance": asking("feature_importance"),
            }
        schema = operations.run("_folded", operations.run("_setting", "schema", given["schema"]))
        return making.read_report(query, schema, model, given["version"], predictions, refresh)
