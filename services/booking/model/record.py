"""The root of this service's tables."""

from chassis.db import Base, service_tables


class Record(Base):
    __abstract__ = True
    metadata = service_tables()
