"""The public site with a view that raises and a slow one, for tests alone."""

from homercovilha.settings.public import *  # noqa: F403 - a site is another site and what it adds.

ROOT_URLCONF = "tests.e2e.failing_urls"
PATHS_THAT_WAIT = ["/metrics", "/long"]
