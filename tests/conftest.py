"""What tests of several folders share: one Chromium, since a second cannot be started beside it."""

from tests.browser import chromium, watched

__all__ = ["chromium", "watched"]
