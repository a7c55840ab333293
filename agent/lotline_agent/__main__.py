"""Start `lotline-agent`, or say which line installs what it needs."""

import sys


def main() -> None:
    """Run the command line."""
    try:
        from lotline_agent.cli import app
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("lotline"):
            raise
        sys.exit(f'lotline-agent needs {error.name}. Install it with: pip install "lotline[agent]"')
    app()


if __name__ == "__main__":
    main()
