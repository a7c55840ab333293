"""The operator's screen: one page on 127.0.0.1, live, driven by scans and readable at three metres."""

from lotline_agent.panel.app import create_panel
from lotline_agent.panel.server import PanelError, PanelPortTaken, PanelServer

__all__ = ["PanelError", "PanelPortTaken", "PanelServer", "create_panel"]
