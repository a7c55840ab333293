from hypothesis import settings

# A busy machine is no reason to fail, and a failure in CI must be one that comes again.
settings.register_profile("lotline", deadline=None, derandomize=True)
settings.load_profile("lotline")
