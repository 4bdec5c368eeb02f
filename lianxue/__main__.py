"""``python -m lianxue``, and the console command ``lianxue``."""

from lianxue.cli import cli


def main() -> None:
    """The command line."""
    cli(prog_name="lianxue")


if __name__ == "__main__":
    main()
