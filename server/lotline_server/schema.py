"""Every domain's tables, gathered, so that metadata and migrations can be held against each other."""

from lotline_server.accounts import models as accounts
from lotline_server.activity import models as activity
from lotline_server.boms import models as boms
from lotline_server.changes import models as changes
from lotline_server.core import kept_answers
from lotline_server.core.schema import metadata
from lotline_server.frames import models as frames
from lotline_server.ingest import models as ingest
from lotline_server.inventory import models as inventory
from lotline_server.lots import models as lots
from lotline_server.parts import models as parts
from lotline_server.projects import models as projects
from lotline_server.purchasing import models as purchasing
from lotline_server.routes import models as routes
from lotline_server.runs import models as runs
from lotline_server.site import models as site
from lotline_server.stations import models as stations
from lotline_server.units import models as units

__all__ = [
    "accounts", "activity", "boms", "changes", "frames", "ingest", "inventory", "kept_answers", "lots",
    "metadata", "parts", "projects", "purchasing", "routes", "runs", "site", "stations", "units",
]  # fmt: skip
