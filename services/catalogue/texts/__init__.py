"""What catalogue writes for machines of others: search engines, calendars, the national data, a map."""

from services.catalogue.texts.calendar import calendar_of, feed_address
from services.catalogue.texts.data_inclusion import services_of, structures_of
from services.catalogue.texts.drawn_map import drawn_map
from services.catalogue.texts.schema_org import course, place

__all__ = ["calendar_of", "course", "drawn_map", "feed_address", "place", "services_of", "structures_of"]
