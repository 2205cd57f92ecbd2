"""The root of this service's tables."""

from typing import Any

from sqlalchemy.orm import DeclarativeBase

from chassis.db import TYPES, service_tables


class Record(DeclarativeBase):
    metadata = service_tables()
    type_annotation_map = TYPES

    @property
    def row(self) -> dict[str, Any]:
        """As it is stored."""
        return {column.key: getattr(self, column.key) for column in self.__table__.columns}
