"""The peer of `starting`: click's own hello-world, with a version and a command to complete."""

import click


@click.group()
@click.version_option("1.0", prog_name="hello")
def main() -> None:
    """Greet people."""


@main.command()
@click.option("--name", default="world", help="Whom to greet.")
def greet(name: str) -> None:
    """Greet somebody."""
    click.echo(f"Hello {name}!")


if __name__ == "__main__":
    main(prog_name="hello")
