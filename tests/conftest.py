"""What holds for every test: a slow machine is no fault of a law."""

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
