"""The root of this service's tables."""

from typing import Any

from sqlalchemy.orm import DeclarativeBase

from chassis.db import TYPES, service_tables


class Record(DeclarativeBase):
    metadata = service_tables()
    type_annotation_map = TYPES

    @property
    def row(self) -> dict[str, Any]:
        """Say how it is stored: the values by column."""
        return {stored.columns[0].name: getattr(self, stored.key) for stored in self.__mapper__.column_attrs}
