"""The public site rendering each page at each request: what a benchmark shows beside the real one."""

from homercovilha.settings.public import *  # noqa: F403 - a site is another site and what it adds.
from pages import rendering

# The function without its cache, which has another type.
rendering._body = rendering._body.__wrapped__  # type: ignore[assignment] # The same without a cache.
