"""First schema: every table of version 0.1, as it was then (``metadata`` may go on, this file may not).

Revision ID: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table."""
    _assets()
    _catalog_sources()
    _cdms()
    _conjunctions()
    _node()
    _object_names()
    _objects()
    _screenings()
    _source_files()
    _source_requests()
    _source_switches()
    _conjunction_solutions()
    _element_sets()
    _loads()
    _load_members()
    _quarantine()


def _assets() -> None:
    op.create_table(
        "assets",
        sa.Column("norad", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("sector", sa.String(length=16), nullable=False),
        sa.Column("radius_m", sa.Double(), nullable=True),
        sa.Column("maneuverable", sa.Boolean(), nullable=True),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("threshold_km", sa.Double(), nullable=True),
        sa.Column("pc_threshold", sa.Double(), nullable=True),
        sa.Column("added_utc", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("norad", name=op.f("pk_assets")),
    )


def _catalog_sources() -> None:
    op.create_table(
        "catalog_sources",
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_catalog_sources")),
        sa.UniqueConstraint("name", name=op.f("uq_catalog_sources_name")),
    )


def _cdms() -> None:
    op.create_table(
        "cdms",
        sa.Column(
            "cdm_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("originator", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("created_tai_ns", sa.BigInteger(), nullable=False),
        sa.Column("notation", sa.String(length=16), nullable=False),
        sa.Column("as_received", sa.Boolean(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("loaded_utc", sa.String(length=32), nullable=False),
        sa.Column("stated_pc", sa.Double(), nullable=True),
        sa.Column("stated_pc_method", sa.Text(), nullable=False),
        sa.Column("skypact_version", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("cdm_id", name=op.f("pk_cdms")),
        sa.UniqueConstraint("digest", name=op.f("uq_cdms_digest")),
    )


def _conjunctions() -> None:
    op.create_table(
        "conjunctions",
        sa.Column(
            "conjunction_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("co_moving", sa.Boolean(), nullable=False),
        sa.Column("designator_1", sa.Text(), nullable=False),
        sa.Column("designator_2", sa.Text(), nullable=False),
        sa.Column("norad_1", sa.Integer(), nullable=True),
        sa.Column("norad_2", sa.Integer(), nullable=True),
        sa.Column("name_1", sa.Text(), nullable=False),
        sa.Column("name_2", sa.Text(), nullable=False),
        sa.Column("first_tai_ns", sa.BigInteger(), nullable=False),
        sa.Column("last_tai_ns", sa.BigInteger(), nullable=False),
        sa.Column("solutions", sa.Integer(), nullable=False),
        sa.Column("found_run", sa.BigInteger(), nullable=True),
        sa.Column("found_threshold_km", sa.Double(), nullable=True),
        sa.Column("gone_run", sa.BigInteger(), nullable=True),
        sa.Column("standing_id", sa.BigInteger(), nullable=False),
        sa.Column("standing_tai_ns", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("tca_tai_ns", sa.BigInteger(), nullable=False),
        sa.Column("miss_km", sa.Double(), nullable=False),
        sa.Column("rel_speed_km_s", sa.Double(), nullable=True),
        sa.Column("pc", sa.Double(), nullable=True),
        sa.Column("pc_max", sa.Double(), nullable=True),
        sa.Column("pc_trusted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("conjunction_id", name=op.f("pk_conjunctions")),
    )
    op.create_index(
        op.f("ix_conjunctions_designator_1_designator_2"),
        "conjunctions",
        ["designator_1", "designator_2"],
        unique=False,
    )
    op.create_index(op.f("ix_conjunctions_last_tai_ns"), "conjunctions", ["last_tai_ns"], unique=False)


def _node() -> None:
    op.create_table(
        "node",
        sa.Column("row", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("created_utc", sa.Text(), nullable=False),
        sa.Column("skypact_version", sa.Text(), nullable=False),
        sa.CheckConstraint("row = 1", name=op.f("ck_node_one_row")),
        sa.PrimaryKeyConstraint("row", name=op.f("pk_node")),
    )


def _object_names() -> None:
    op.create_table(
        "object_names",
        sa.Column("norad", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("norad", "name", name=op.f("pk_object_names")),
        sqlite_with_rowid=False,
    )


def _objects() -> None:
    op.create_table(
        "objects",
        sa.Column("norad", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("named_tai_ns", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=True),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("operator", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("launch_utc", sa.String(length=10), nullable=True),
        sa.Column("launch_site", sa.Text(), nullable=True),
        sa.Column("decay_utc", sa.String(length=10), nullable=True),
        sa.Column("rcs_m2", sa.Double(), nullable=True),
        sa.Column("rcs_size", sa.Text(), nullable=True),
        sa.Column("facts_source", sa.Text(), nullable=True),
        sa.Column("facts_tai_ns", sa.BigInteger(), nullable=True),
        sa.Column("radius_m", sa.Double(), nullable=True),
        sa.Column("radius_source", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("norad", name=op.f("pk_objects")),
    )


def _screenings() -> None:
    op.create_table(
        "screenings",
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("made_tai_ns", sa.BigInteger(), nullable=False),
        sa.Column("start_tai_ns", sa.BigInteger(), nullable=False),
        sa.Column("stop_tai_ns", sa.BigInteger(), nullable=False),
        sa.Column("threshold_km", sa.Double(), nullable=False),
        sa.Column("volume", sa.Text(), nullable=False),
        sa.Column("primaries", sa.Text(), nullable=False),
        sa.Column("objects", sa.Integer(), nullable=False),
        sa.Column("absent", sa.Integer(), nullable=False),
        sa.Column("encounters", sa.Integer(), nullable=False),
        sa.Column("catalog_sha256", sa.String(length=64), nullable=False),
        sa.Column("archive_sha256", sa.String(length=64), nullable=False),
        sa.Column("provenance", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_screenings")),
    )


def _source_files() -> None:
    op.create_table(
        "source_files",
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("next_tai_ns", sa.BigInteger(), nullable=False),
        sa.Column("asked_tai_ns", sa.BigInteger(), nullable=False),
        sa.Column("result", sa.String(length=20), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("stop_reason", sa.Text(), nullable=False),
        sa.Column("stopped_tai_ns", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("current_tai_ns", sa.BigInteger(), nullable=False),
        sa.Column("retrieved_tai_ns", sa.BigInteger(), nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("body_bytes", sa.BigInteger(), nullable=False),
        sa.Column("body_url", sa.Text(), nullable=False),
        sa.Column("loaded_sha256", sa.String(length=64), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("last_modified", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source", "name", name=op.f("pk_source_files")),
    )


def _source_requests() -> None:
    op.create_table(
        "source_requests",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("asked_tai_ns", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_requests")),
    )
    op.create_index(
        op.f("ix_source_requests_source_asked_tai_ns"),
        "source_requests",
        ["source", "asked_tai_ns"],
        unique=False,
    )


def _source_switches() -> None:
    op.create_table(
        "source_switches",
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("stop_reason", sa.Text(), nullable=False),
        sa.Column("stopped_tai_ns", sa.BigInteger(), nullable=False),
        sa.Column("login_tai_ns", sa.BigInteger(), nullable=False),
        sa.Column("login_until_tai_ns", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_source_switches")),
    )


def _conjunction_solutions() -> None:
    op.create_table(
        "conjunction_solutions",
        sa.Column(
            "solution_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("conjunction_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("cdm_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_tai_ns", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("tca_tai_ns", sa.BigInteger(), nullable=False),
        sa.Column("start_tai_ns", sa.BigInteger(), nullable=False),
        sa.Column("stop_tai_ns", sa.BigInteger(), nullable=False),
        sa.Column("miss_km", sa.Double(), nullable=False),
        sa.Column("rel_speed_km_s", sa.Double(), nullable=True),
        sa.Column("radial_km", sa.Double(), nullable=True),
        sa.Column("in_track_km", sa.Double(), nullable=True),
        sa.Column("cross_track_km", sa.Double(), nullable=True),
        sa.Column("axes_of", sa.Integer(), nullable=False),
        sa.Column("set_id_1", sa.BigInteger(), nullable=True),
        sa.Column("set_id_2", sa.BigInteger(), nullable=True),
        sa.Column("covariance", sa.Text(), nullable=False),
        sa.Column("hbr_m", sa.Double(), nullable=True),
        sa.Column("pc", sa.Double(), nullable=True),
        sa.Column("pc_method", sa.String(length=32), nullable=False),
        sa.Column("pc_trusted", sa.Boolean(), nullable=False),
        sa.Column("pc_why", sa.Text(), nullable=False),
        sa.Column("pc_max", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["cdm_id"], ["cdms.cdm_id"], name=op.f("fk_conjunction_solutions_cdm_id")),
        sa.ForeignKeyConstraint(
            ["conjunction_id"],
            ["conjunctions.conjunction_id"],
            name=op.f("fk_conjunction_solutions_conjunction_id"),
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["screenings.run_id"], name=op.f("fk_conjunction_solutions_run_id")
        ),
        sa.PrimaryKeyConstraint("solution_id", name=op.f("pk_conjunction_solutions")),
    )
    op.create_index(
        op.f("ix_conjunction_solutions_conjunction_id"),
        "conjunction_solutions",
        ["conjunction_id"],
        unique=False,
    )


def _element_sets() -> None:
    op.create_table(
        "element_sets",
        sa.Column(
            "set_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("norad", sa.Integer(), nullable=False),
        sa.Column("epoch_tai_ns", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.BigInteger(), nullable=False),
        sa.Column("mean_motion_rev_d", sa.Double(), nullable=False),
        sa.Column("eccentricity", sa.Double(), nullable=False),
        sa.Column("inclination_deg", sa.Double(), nullable=False),
        sa.Column("raan_deg", sa.Double(), nullable=False),
        sa.Column("arg_perigee_deg", sa.Double(), nullable=False),
        sa.Column("mean_anomaly_deg", sa.Double(), nullable=False),
        sa.Column("bstar_per_er", sa.Double(), nullable=False),
        sa.Column("mean_motion_dot_rev_d2", sa.Double(), nullable=False),
        sa.Column("mean_motion_ddot_rev_d3", sa.Double(), nullable=False),
        sa.Column("object_name", sa.Text(), nullable=False),
        sa.Column("object_id", sa.Text(), nullable=False),
        sa.Column("classification", sa.Text(), nullable=False),
        sa.Column("ephemeris_type", sa.BigInteger(), nullable=False),
        sa.Column("element_set_no", sa.BigInteger(), nullable=False),
        sa.Column("rev_at_epoch", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("fit_rms_km", sa.Double(), nullable=True),
        sa.Column("extra", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"], ["catalog_sources.source_id"], name=op.f("fk_element_sets_source_id")
        ),
        sa.PrimaryKeyConstraint("set_id", name=op.f("pk_element_sets")),
        sa.UniqueConstraint(
            "norad",
            "epoch_tai_ns",
            "source_id",
            "digest",
            name=op.f("uq_element_sets_norad_epoch_tai_ns_source_id_digest"),
        ),
    )


def _loads() -> None:
    op.create_table(
        "loads",
        sa.Column("load_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("series", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("retrieved_tai_ns", sa.BigInteger(), nullable=False),
        sa.Column("loaded_utc", sa.String(length=32), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("objects", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("epoch_first_tai_ns", sa.BigInteger(), nullable=False),
        sa.Column("epoch_median_tai_ns", sa.BigInteger(), nullable=False),
        sa.Column("epoch_last_tai_ns", sa.BigInteger(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("warnings", sa.Text(), nullable=False),
        sa.Column("skypact_version", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["catalog_sources.source_id"], name=op.f("fk_loads_source_id")
        ),
        sa.PrimaryKeyConstraint("load_id", name=op.f("pk_loads")),
        sa.UniqueConstraint("source_id", "sha256", name=op.f("uq_loads_source_id_sha256")),
    )


def _load_members() -> None:
    op.create_table(
        "load_members",
        sa.Column("load_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("set_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["load_id"], ["loads.load_id"], name=op.f("fk_load_members_load_id")),
        sa.ForeignKeyConstraint(["set_id"], ["element_sets.set_id"], name=op.f("fk_load_members_set_id")),
        sa.PrimaryKeyConstraint("load_id", "set_id", name=op.f("pk_load_members")),
        sqlite_with_rowid=False,
    )


def _quarantine() -> None:
    op.create_table(
        "quarantine",
        sa.Column("quarantine_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("load_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["load_id"], ["loads.load_id"], name=op.f("fk_quarantine_load_id")),
        sa.PrimaryKeyConstraint("quarantine_id", name=op.f("pk_quarantine")),
    )
    op.create_index(op.f("ix_quarantine_load_id"), "quarantine", ["load_id"], unique=False)
