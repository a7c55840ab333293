"""`lotline-server`, or `python -m lotline_server`."""

import sys


def main() -> None:
    """Run the command line, or say which extra it needs."""
    try:
        from lotline_server.cli import app
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("lotline"):
            raise
        print(
            f'lotline-server needs the module {error.name}. Install it with: pip install "lotline[server]"',
            file=sys.stderr,
        )
        sys.exit(1)
    app()


if __name__ == "__main__":
    main()
