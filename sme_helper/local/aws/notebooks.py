"""The notebooks that Autopilot leaves: what it found in the data, and what it will train."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from .reports import to_json

EXPLORATION, DEFINITION = "DataExploration", "CandidateDefinition"


def data_exploration(job_name: str, table: pa.Table) -> bytes:
    """One line for each column: how many values it has, and how many different ones."""
    lines = [
        f"| {name} | {len(column) - column.null_count} | {column.null_count} | "
        f"{len(column.unique())} |"
        for name, column in zip(table.column_names, table.columns, strict=True)
    ]
    return _notebook(
        f"# Data exploration of {job_name}\n\nThe training rows: {table.num_rows}.",
        "\n".join(
            ["| column | values | missing | distinct |", "| --- | --- | --- | --- |", *lines]
        ),
    )


def candidate_definition(job_name: str, recipes: list[Any]) -> bytes:
    """One line for each candidate to train."""
    lines = [
        f"{number}. {recipe.name}: {recipe.features.__name__}"
        for number, recipe in enumerate(recipes, start=1)
    ]
    return _notebook(f"# Candidates of {job_name}", "\n".join(lines))


def _notebook(*markdown: str) -> bytes:
    cells = [{"cell_type": "markdown", "metadata": {}, "source": text} for text in markdown]
    return to_json({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4})
