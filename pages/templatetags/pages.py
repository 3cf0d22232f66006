"""The list of pages, also for templates that are rendered without a context, such as the errors'."""

from django import template

from pages.registry import PAGES, Page

register = template.Library()


@register.simple_tag
def pages() -> tuple[Page, ...]:
    return PAGES
