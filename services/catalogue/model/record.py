"""The root of this service's tables."""

from sqlalchemy.orm import DeclarativeBase

from chassis.db import TYPES, service_tables


class Record(DeclarativeBase):
    metadata = service_tables()
    type_annotation_map = TYPES
