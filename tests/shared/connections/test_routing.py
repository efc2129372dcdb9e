"""Which connection a model's name leads to."""

import pytest

from shared.connections.errors import AmbiguousModelError, ConnectionNotFoundError, UnknownModelError
from shared.connections.routing import Route
from shared.db.session import Database
from shared.settings import Settings
from tests.fixtures.database import Tenant
from tests.fixtures.settings import on_sqlite
from tests.shared.connections.acting import create, keep_models, route

pytestmark = on_sqlite


class TestByName:
    def test_base_models_lead_to_the_engine(self, database: Database, settings: Settings, tenant: Tenant) -> None:
        """A base model of the settings is trained and answered here."""
        assert route(database, settings, tenant, "tiny") == Route(None, "tiny")

    def test_patterns_lead_to_their_connection(self, database: Database, settings: Settings, tenant: Tenant) -> None:
        """A name that fits a pattern goes to the connection that has it."""
        connection = create(database, settings, tenant, model_patterns=["gpt-4o*", "ft:gpt*"])

        assert route(database, settings, tenant, "gpt-4o-mini") == Route(connection.id, "gpt-4o-mini")

    def test_listed_models_lead_to_their_connection(
        self, database: Database, settings: Settings, tenant: Tenant
    ) -> None:
        """What a provider lists is found without a pattern."""
        connection = create(database, settings, tenant)
        keep_models(database, tenant, connection, "qwen-7b")

        assert route(database, settings, tenant, "qwen-7b") == Route(connection.id, "qwen-7b")

    def test_exact_names_come_before_patterns(self, database: Database, settings: Settings, tenant: Tenant) -> None:
        """Who has the very name is meant, rather than who takes anything."""
        create(database, settings, tenant, name="anything", model_patterns=["*"])
        exact = create(database, settings, tenant, name="exact", model_patterns=["qwen-7b"])

        assert route(database, settings, tenant, "qwen-7b").connection_id == exact.id
        assert route(database, settings, tenant, "tiny").connection_id is None

    def test_ambiguity_names_the_candidates(self, database: Database, settings: Settings, tenant: Tenant) -> None:
        """A name that several serve is refused with their names; nobody's data goes to a guess."""
        create(database, settings, tenant, name="east", model_patterns=["gpt-*"])
        create(database, settings, tenant, name="west", model_patterns=["gpt-*"])

        with pytest.raises(AmbiguousModelError, match="`west`, `east`"):
            route(database, settings, tenant, "gpt-4o")

    def test_the_engine_may_be_a_candidate(self, database: Database, settings: Settings, tenant: Tenant) -> None:
        """A base model of ours that a provider lists too is ambiguous."""
        create(database, settings, tenant, model_patterns=["tiny"])

        with pytest.raises(AmbiguousModelError, match="`engine`, `provider`"):
            route(database, settings, tenant, "tiny")

    def test_listed_models_can_be_left_out(self, database: Database, settings: Settings, tenant: Tenant) -> None:
        """A connection that is not to serve all it lists is no candidate for what it only lists."""
        other = create(database, settings, tenant, model_patterns=["big"], use_listed_models=False)
        keep_models(database, tenant, other, "tiny", "big")

        assert route(database, settings, tenant, "tiny") == Route(None, "tiny")
        assert route(database, settings, tenant, "big").connection_id == other.id

    def test_unknown_names_get_near_ones(self, database: Database, settings: Settings, tenant: Tenant) -> None:
        """A name nobody serves is refused with those it may be a slip of."""
        create(database, settings, tenant, model_patterns=["gpt-4o-mini"])

        with pytest.raises(UnknownModelError, match="Did you mean `gpt-4o-mini`"):
            route(database, settings, tenant, "gpt4o-mini")


class TestDefault:
    def test_takes_what_nobody_serves(self, database: Database, settings: Settings, tenant: Tenant) -> None:
        """A name that nobody is known to serve goes to the default."""
        default = create(database, settings, tenant, is_default=True)

        assert route(database, settings, tenant, "o9-preview").connection_id == default.id

    def test_decides_among_several(self, database: Database, settings: Settings, tenant: Tenant) -> None:
        """Where several serve a name, the default is meant."""
        create(database, settings, tenant, name="east", model_patterns=["gpt-*"])
        default = create(database, settings, tenant, name="west", model_patterns=["gpt-*"], is_default=True)

        assert route(database, settings, tenant, "gpt-4o").connection_id == default.id

    def test_of_the_project_comes_first(self, database: Database, settings: Settings, tenant: Tenant) -> None:
        """A project's own default goes before its organization's."""
        own = create(database, settings, tenant, name="own", is_default=True)
        create(database, settings, tenant, name="shared", is_default=True, is_of_organization=True)

        assert route(database, settings, tenant, "o9-preview").connection_id == own.id

    def test_there_is_one(self, database: Database, settings: Settings, tenant: Tenant) -> None:
        """Making another connection the default takes it from the first."""
        create(database, settings, tenant, name="first", is_default=True)
        second = create(database, settings, tenant, name="second", is_default=True)

        assert route(database, settings, tenant, "o9-preview").connection_id == second.id


class TestExplicitly:
    def test_by_id_or_name(self, database: Database, settings: Settings, tenant: Tenant) -> None:
        """A named connection is taken whatever it is known to serve; `engine` is the one here."""
        create(database, settings, tenant, name="east", model_patterns=["gpt-*"])
        west = create(database, settings, tenant, name="west")

        assert route(database, settings, tenant, "gpt-4o", connection="west") == Route(west.id, "gpt-4o")
        assert route(database, settings, tenant, "gpt-4o", connection=west.id) == Route(west.id, "gpt-4o")
        assert route(database, settings, tenant, "tiny", connection="engine") == Route(None, "tiny")

    def test_the_engine_has_base_models_only(self, database: Database, settings: Settings, tenant: Tenant) -> None:
        """The engine cannot be made to serve a provider's model."""
        with pytest.raises(UnknownModelError):
            route(database, settings, tenant, "gpt-4o", connection="engine")

    def test_strangers_connections_do_not_exist(
        self, database: Database, settings: Settings, tenant: Tenant, other_tenant: Tenant
    ) -> None:
        """Another organization's connection is found neither by name nor by id, nor does its pattern count."""
        strange = create(database, settings, other_tenant, model_patterns=["gpt-*"], is_default=True)

        for named in (strange.id, strange.name):
            with pytest.raises(ConnectionNotFoundError):
                route(database, settings, tenant, "gpt-4o", connection=named)
        with pytest.raises(UnknownModelError):
            route(database, settings, tenant, "gpt-4o")
