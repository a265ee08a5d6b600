"""The same app, but it takes half a minute to import."""

import time

time.sleep(30)

from tasks import app  # noqa: E402,F401
