"""What can go wrong with the station's memory, by what the person must do about it."""


class StoreError(Exception):
    """Any trouble with the station's own memory."""


class StoreInUse(StoreError):
    """Another agent works on the same folder."""


class StoreDamaged(StoreError):
    """The database cannot be trusted; nothing was changed and nothing was re-created."""


class StoreMisconfigured(StoreError):
    """SQLite did not take a setting on which durability rests."""


class DiskFloor(StoreError):
    """Too little free disk to start a run."""


class NotRecorded(StoreError):
    """The run is over and is not durable. It is held in memory; the unit must not leave the fixture."""
