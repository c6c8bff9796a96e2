"""`sme bundle`: for who works on the package."""

from pathlib import Path

import click

from sme_helper import bundle as bundler


@click.command()
@click.option("--check", is_flag=True, help="Change nothing; exit 1 if a file is out of date.")
def bundle(check: bool) -> None:
    """Write macros/scripts/ from the sources in udfs/."""
    root = Path.cwd()
    if not (root / "udfs" / "scripts.yml").exists():
        raise click.ClickException("E-SME-41: No udfs/scripts.yml here. Go to the package's root.")
    try:
        changed = bundler.differences(root) if check else bundler.write(root)
    except bundler.BundleError as error:
        raise click.ClickException(f"E-SME-42: {error}") from error
    for path in changed:
        click.echo(f"{'out of date' if check else 'written'}: {path.relative_to(root)}")
    click.echo(f"{len(changed)} files {'out of date: run sme bundle' if check else 'changed'}")
    if check and changed:
        raise SystemExit(1)
