"""The public site's URLs, a view that raises, and one that takes a second."""

import logging
import time

from django.http import HttpRequest, HttpResponse
from django.urls import path

from homercovilha.urls.public import handler500 as handler500
from homercovilha.urls.public import urlpatterns as public_patterns

logger = logging.getLogger(__name__)


class UnforeseenError(Exception):
    """What nobody foresaw."""


def fail(_request: HttpRequest) -> HttpResponse:
    raise UnforeseenError("a detail that no visitor should see")


def take_long(_request: HttpRequest) -> HttpResponse:
    logger.info("begun")
    time.sleep(1)
    return HttpResponse("done")


urlpatterns = [*public_patterns, path("fail", fail, name="fail"), path("long", take_long, name="long")]
