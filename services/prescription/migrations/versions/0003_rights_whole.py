"""The rights whole: names compared, one current book, corrections, doubles, readings, erasures, what booking told."""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

EPCI = {  # SIREN: its communes in the Drôme, INSEE codes without their «26»; as they were when this was written
    "200035723": "135",
    "200040459": "005 008 031 052 078 085 095 102 106 121 157 171 176 191 198 251 257 258 272 287 305 312 337 338 339 352 353",
    "200040491": "002 009 010 041 083 094 118 133 143 148 155 160 162 172 213 216 247 259 293 295 314 325 330 332 333 349",
    "200040509": "011 015 019 080 090 108 122 183 234 266 289 296 328 368",
    "200040681": "070 073 099 146 192 203 211 226 261 284 285 322 335 348 360",
    "200042901": "033 054 093 116 138 145 169 235 275 324 326 342 345 357",
    "200067767": "059 066 074 117 163 217 223 270 290 302 307 309 311 315 316 320 331 364",
    "200068229": "013 016 018 022 026 043 046 048 050 063 075 082 089 091 103 104 105 112 126 127 130 150 161 180 181 182 189 190 193 199 201 209 220 227 229 233 236 238 239 242 244 245 256 263 264 267 269 278 279 286 288 292 303 304 306 317 318 329 340 363 367 369 370 372 375 376 377",
    "200068765": "153 154 374",
    "200068781": "004 023 024 032 034 037 039 042 049 057 058 064 068 079 081 084 087 088 096 100 107 124 129 139 140 149 170 173 196 197 206 207 210 212 218 224 225 231 232 252 273 281 294 298 310 313 319 323 355 358 362 379 381 382",
    "200071033": "200",
    "200073096": "014 028 038 061 071 072 077 092 110 119 156 174 177 179 194 250 271 301 341 347 380",
    "242600252": "006 007 020 021 035 065 097 098 115 125 128 134 137 141 144 165 166 185 195 208 214 221 240 241 277 336 344 346 365",
    "242600492": "003 045 051 056 060 101 111 114 131 202 222 243 249 268 276 334 343 350 351 356 373",
    "242600534": "001 012 017 025 027 030 036 040 047 055 062 067 069 076 086 113 123 136 142 147 152 159 164 167 168 175 178 186 204 205 215 228 246 248 253 254 255 262 274 282 283 291 299 300 308 321 327 359 361 378",
    "248400335": "188",
}
LIGATURES = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE"})

PEOPLE = """
ALTER TABLE beneficiaries
    ADD COLUMN preferred_centre_id UUID,
    ADD COLUMN name_key TEXT,
    ADD COLUMN twin INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN epci TEXT,
    ADD COLUMN support_needs TEXT[] NOT NULL DEFAULT '{}',
    ADD COLUMN quiet_kinds TEXT[] NOT NULL DEFAULT '{}',
    ADD COLUMN last_hour_on DATE,
    ADD CONSTRAINT fk_beneficiaries_preferred_centre_id FOREIGN KEY (preferred_centre_id) REFERENCES centres (id);

ALTER TABLE books
    ADD COLUMN current BOOLEAN NOT NULL DEFAULT false,
    ADD COLUMN told BOOLEAN NOT NULL DEFAULT true,
    ADD COLUMN epci TEXT
"""

AFTER_FILLING = """
UPDATE beneficiaries SET twin = alike.number FROM (
    SELECT id, row_number() OVER (PARTITION BY name_key, birth_date ORDER BY registered_at) - 1 AS number
    FROM beneficiaries
) AS alike WHERE alike.id = beneficiaries.id AND alike.number > 0;

ALTER TABLE beneficiaries
    ALTER COLUMN name_key SET NOT NULL,
    ALTER COLUMN epci SET NOT NULL,
    ALTER COLUMN twin DROP DEFAULT,
    ALTER COLUMN support_needs DROP DEFAULT,
    ALTER COLUMN quiet_kinds DROP DEFAULT,
    DROP CONSTRAINT uq_beneficiaries_plain_name_birth_date,
    ADD CONSTRAINT uq_beneficiaries_name_key_birth_date_twin UNIQUE (name_key, birth_date, twin);

CREATE INDEX ix_beneficiaries_email ON beneficiaries (email);

CREATE INDEX ix_beneficiaries_birth_date ON beneficiaries (birth_date);

UPDATE books SET epci = beneficiaries.epci FROM beneficiaries WHERE beneficiaries.id = books.beneficiary_id;

UPDATE books SET current = true
WHERE rank = (SELECT max(rank) FROM books AS others WHERE others.beneficiary_id = books.beneficiary_id)
    AND state <> 'cancelled';

ALTER TABLE books
    ALTER COLUMN epci SET NOT NULL,
    ALTER COLUMN current DROP DEFAULT,
    ALTER COLUMN told DROP DEFAULT,
    DROP CONSTRAINT uq_books_beneficiary_id_rank,
    ADD CONSTRAINT ck_books_current_is_not_cancelled CHECK (not (current and state = 'cancelled')),
    ADD CONSTRAINT books_rank EXCLUDE USING btree (beneficiary_id WITH =, rank WITH =)
        WHERE (state <> 'cancelled') DEFERRABLE INITIALLY IMMEDIATE,
    ADD CONSTRAINT books_current EXCLUDE USING btree (beneficiary_id WITH =)
        WHERE (current) DEFERRABLE INITIALLY IMMEDIATE;

CREATE INDEX ix_books_beneficiary_id ON books (beneficiary_id);

ALTER TABLE vouchers
    ADD COLUMN state TEXT NOT NULL DEFAULT 'available',
    ADD CONSTRAINT ck_vouchers_state CHECK (state in ('available', 'held', 'consumed', 'void', 'expired'));

ALTER TABLE vouchers ALTER COLUMN state DROP DEFAULT;

CREATE TABLE changes (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    book_id UUID NOT NULL,
    voucher_id UUID,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    note TEXT NOT NULL,
    by_subject TEXT NOT NULL,
    by_name TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    thread TEXT NOT NULL,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    done BOOLEAN,
    CONSTRAINT pk_changes PRIMARY KEY (id),
    CONSTRAINT ck_changes_kind CHECK (kind in ('cancelled', 'given_back', 'voided')),
    CONSTRAINT ck_changes_reason CHECK (reason in ('mistake', 'not_present', 'lost', 'gone', 'renounced', 'other')),
    CONSTRAINT ck_changes_one_voucher_or_the_book CHECK ((kind = 'cancelled') = (voucher_id is null)),
    CONSTRAINT ck_changes_answered CHECK ((done is null) = (confirmed_at is null)),
    CONSTRAINT fk_changes_book_id FOREIGN KEY (book_id) REFERENCES books (id),
    CONSTRAINT fk_changes_voucher_id FOREIGN KEY (voucher_id) REFERENCES vouchers (id)
);

CREATE INDEX ix_changes_book_id ON changes (book_id);

CREATE TABLE bookings (
    id UUID NOT NULL,
    beneficiary_id UUID NOT NULL,
    session_id UUID NOT NULL,
    state TEXT NOT NULL,
    booked_at TIMESTAMP WITH TIME ZONE,
    starts_at TIMESTAMP WITH TIME ZONE,
    ends_at TIMESTAMP WITH TIME ZONE,
    training TEXT NOT NULL,
    place TEXT NOT NULL,
    commune TEXT NOT NULL,
    voucher_ids UUID[] NOT NULL,
    hours INTEGER NOT NULL,
    held_on DATE,
    CONSTRAINT pk_bookings PRIMARY KEY (id),
    CONSTRAINT ck_bookings_state CHECK (state in ('confirmed', 'cancelled', 'attended', 'missed')),
    CONSTRAINT ck_bookings_hours_were_followed CHECK ((hours > 0) <= (state = 'attended' and held_on is not null))
);

CREATE INDEX ix_bookings_beneficiary_id ON bookings (beneficiary_id);

CREATE TABLE doubles (
    id UUID NOT NULL,
    known_id UUID NOT NULL,
    other_id UUID,
    claim JSONB,
    because TEXT[] NOT NULL,
    asked_by UUID NOT NULL,
    centre_id UUID NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    outcome TEXT,
    reason TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_doubles PRIMARY KEY (id),
    CONSTRAINT ck_doubles_because CHECK (because <@ ARRAY['name_and_birth', 'phone', 'email', 'name']),
    CONSTRAINT ck_doubles_outcome CHECK (outcome in ('merged', 'distinct', 'same')),
    CONSTRAINT ck_doubles_decided CHECK ((outcome is null) = (decided_at is null)),
    CONSTRAINT ck_doubles_claim_forgotten CHECK (claim is null or outcome is null)
);

CREATE INDEX ix_doubles_known_id ON doubles (known_id);

CREATE INDEX ix_doubles_other_id ON doubles (other_id);

CREATE TABLE merges (
    merged_id UUID NOT NULL,
    kept_id UUID NOT NULL,
    reason TEXT NOT NULL,
    by TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_merges PRIMARY KEY (merged_id)
);

CREATE INDEX ix_merges_kept_id ON merges (kept_id);

CREATE TABLE readings (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    beneficiary_id UUID NOT NULL,
    subject TEXT NOT NULL,
    name TEXT NOT NULL,
    centre_id UUID,
    what TEXT NOT NULL,
    why TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_readings PRIMARY KEY (id),
    CONSTRAINT ck_readings_what CHECK (what in ('opened', 'page', 'api', 'book', 'copy')),
    CONSTRAINT ck_readings_why CHECK (why <> '')
);

CREATE INDEX ix_readings_beneficiary_id_at ON readings (beneficiary_id, at);

CREATE TABLE erasures (
    id UUID NOT NULL,
    number TEXT NOT NULL,
    beneficiary_id UUID,
    cause TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    prescription_at TIMESTAMP WITH TIME ZONE,
    catalogue_at TIMESTAMP WITH TIME ZONE,
    booking_at TIMESTAMP WITH TIME ZONE,
    notifications_at TIMESTAMP WITH TIME ZONE,
    closed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_erasures PRIMARY KEY (id),
    CONSTRAINT uq_erasures_number UNIQUE (number),
    CONSTRAINT ck_erasures_cause CHECK (cause in ('asked', 'retention')),
    CONSTRAINT ck_erasures_closed_is_anonymous CHECK ((closed_at is null) = (beneficiary_id is not null))
);

CREATE UNIQUE INDEX ix_erasures_beneficiary_id ON erasures (beneficiary_id);

CREATE TABLE past_figures (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    month DATE NOT NULL,
    centre_id UUID NOT NULL,
    epci TEXT NOT NULL,
    audiences TEXT[] NOT NULL,
    books INTEGER NOT NULL,
    used INTEGER NOT NULL,
    hours INTEGER NOT NULL,
    days INTEGER,
    CONSTRAINT pk_past_figures PRIMARY KEY (id)
);

CREATE VIEW facts AS
SELECT book.beneficiary_id,
    date_trunc('month', book.prescribed_at AT TIME ZONE 'Europe/Paris')::date AS month,
    book.centre_id, book.epci, book.audiences, 1 AS books, book.consumed AS used, 0 AS hours,
    CASE WHEN row_number() OVER (PARTITION BY book.beneficiary_id ORDER BY book.prescribed_at) = 1
        THEN greatest(0, person.first_hour_on - (book.prescribed_at AT TIME ZONE 'Europe/Paris')::date) END AS days
FROM books AS book JOIN beneficiaries AS person ON person.id = book.beneficiary_id
WHERE book.state <> 'cancelled'
UNION ALL
SELECT person.id, date_trunc('month', booking.held_on)::date,
    person.centre_id, person.epci, person.audiences, 0, 0, booking.hours, NULL
FROM bookings AS booking JOIN beneficiaries AS person ON person.id = booking.beneficiary_id
WHERE booking.hours > 0
UNION ALL
SELECT NULL, month, centre_id, epci, audiences, books, used, hours, days FROM past_figures
"""


def plain(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text.translate(LIGATURES)).encode("ascii", "ignore").decode()
    return "".join(re.findall(r"[a-z0-9]+", bare.lower()))


def fill() -> None:
    """What SQL alone can't compute of the rows that are there."""
    connection = op.get_bind()
    epci = {f"26{commune}": siren for siren, communes in EPCI.items() for commune in communes.split()}
    people = connection.execute(sa.text("SELECT id, first_name, last_name, commune_insee FROM beneficiaries"))
    for person in people.all():
        values = {
            "id": person.id,
            "key": " ".join(sorted((plain(person.first_name), plain(person.last_name)))),
            "epci": epci.get(person.commune_insee, ""),
        }
        connection.execute(sa.text("UPDATE beneficiaries SET name_key = :key, epci = :epci WHERE id = :id"), values)


def upgrade() -> None:
    for statement in PEOPLE.split(";\n"):
        op.execute(statement)
    fill()
    for statement in AFTER_FILLING.split(";\n"):
        op.execute(statement)
