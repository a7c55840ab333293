"""The agent's own version, as it stands in every record."""

from importlib.metadata import version

AGENT_VERSION = version("lotline")
