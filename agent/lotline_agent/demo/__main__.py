"""Start `lotline-demo`, or say which line installs what it needs."""

import sys


def main() -> None:
    """Run the demo."""
    try:
        import fastapi  # noqa: F401 - the server's, which runs as a process of its own

        from lotline_agent.demo.cli import app
    except ModuleNotFoundError as error:
        if error.name is None or error.name.startswith("lotline"):
            raise
        sys.exit(f'lotline-demo needs {error.name}. Install it with: pip install "lotline[agent,server]"')
    app()


if __name__ == "__main__":
    main()
