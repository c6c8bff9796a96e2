"""Where the login to the database comes from."""

from pathlib import Path

import pytest

from sme_helper.database import tls_options
from sme_helper.errors import NO_DATABASE, HelperError
from sme_helper.settings import (
    Login,
    ProfileChoice,
    login,
    names_database,
    settings_of,
    with_fingerprint,
)

NOTHING = {
    "dsn": None,
    "user": None,
    "fingerprint": None,
    "ca_file": None,
    "checks_certificate": None,
}
VARIABLES = {"EXASOL_DSN": "env:8563", "EXASOL_USER": "ENV", "EXASOL_PASSWORD": "from env"}
PROFILES = """
shop:
  target: dev
  outputs:
    dev: {type: exasol, dsn: "dev:8563", user: DEV, pass: from profile, schema: SALES}
    prod:
      type: exasol
      dsn: "prod:8563"
      user: "{{ env_var('PROD_USER', 'PROD') }}"
      password: "{{ env_var('PROD_PASSWORD') }}"
      validate_server_certificate: "{{ env_var('CHECKS', 'True') | as_bool }}"
    lake: {type: duckdb}
    saas: {type: exasol, dsn: "saas:8563", user: ME, refresh_token: a token}
"""


@pytest.fixture
def profiles(tmp_path: Path) -> Path:
    (tmp_path / "profiles.yml").write_text(PROFILES)
    return tmp_path


def test_options_go_before_variables():
    found = login({**NOTHING, "dsn": "given:1", "user": "ME"}, ProfileChoice(), {}, VARIABLES)
    assert found == Login("given:1", "ME", "from env")


def test_an_empty_password_is_none_and_will_be_asked_for():
    found = login(NOTHING, ProfileChoice(), {}, {**VARIABLES, "EXASOL_PASSWORD": ""})
    assert found.password is None


def test_a_profile_that_is_asked_for_goes_before_variables(profiles):
    found = login(NOTHING, ProfileChoice("shop", None, profiles), {}, VARIABLES)
    assert found == Login("dev:8563", "DEV", "from profile", schema="SALES")


def test_the_profile_of_the_project_is_used_where_no_variable_names_a_database(profiles):
    variables = {"DBT_PROFILES_DIR": str(profiles)}
    assert login(NOTHING, ProfileChoice(), {"profile": "shop"}, variables).user == "DEV"
    assert login(NOTHING, ProfileChoice(), {"profile": "shop"}, VARIABLES).user == "ENV"


def test_values_of_a_profile_may_come_from_variables(profiles):
    choice = ProfileChoice("shop", "prod", profiles)
    found = login(NOTHING, choice, {}, {"PROD_PASSWORD": "secret"})
    assert (found.user, found.password) == ("PROD", "secret")
    with pytest.raises(HelperError, match=r"E-SME-155: .*PROD_PASSWORD"):
        login(NOTHING, choice, {}, {})


def test_a_profile_may_make_a_yes_or_no_of_a_variable_as_dbt_does(profiles):
    choice, password = ProfileChoice("shop", "prod", profiles), {"PROD_PASSWORD": "secret"}
    assert login(NOTHING, choice, {}, password).checks_certificate is True
    assert login(NOTHING, choice, {}, {**password, "CHECKS": "False"}).checks_certificate is False


def test_a_token_takes_the_place_of_a_password(profiles):
    found = login(NOTHING, ProfileChoice("shop", "saas", profiles), {}, {})
    assert found.is_complete and (found.refresh_token, found.password) == ("a token", None)
    assert "a token" not in repr(found)
    other = login({**NOTHING, "user": "OTHER"}, ProfileChoice("shop", "saas", profiles), {}, {})
    assert not other.is_complete


def test_another_user_does_not_get_the_password_of_the_profile(profiles):
    found = login({**NOTHING, "user": "OTHER"}, ProfileChoice("shop", None, profiles), {}, {})
    assert (found.user, found.password) == ("OTHER", None)


@pytest.mark.parametrize(
    ("profile", "target", "named"),
    [
        ("store", None, "has no profile store"),
        ("shop", "test", "has no target test"),
        ("shop", "lake", "is not of type exasol"),
    ],
)
def test_a_profile_that_cannot_be_used_is_named(profiles, profile, target, named):
    with pytest.raises(HelperError, match=f"E-SME-155: .*{named}") as raised:
        login(NOTHING, ProfileChoice(profile, target, profiles), {}, {})
    assert raised.value.exit_code == NO_DATABASE


def test_profiles_that_are_not_there_are_named(tmp_path):
    with pytest.raises(HelperError, match=r"E-SME-155: There is no .*profiles\.yml"):
        login(NOTHING, ProfileChoice("shop", None, tmp_path), {}, {})


def test_without_any_database_the_ways_to_name_one_are_told():
    assert not names_database(NOTHING, ProfileChoice(), {}, {})
    with pytest.raises(HelperError, match=r"E-SME-151: .*--dsn .*EXASOL_DSN.*--profile"):
        login(NOTHING, ProfileChoice(), {}, {})
    with pytest.raises(HelperError, match="E-SME-151: No user"):
        login({**NOTHING, "dsn": "x:1"}, ProfileChoice(), {}, {})


def test_a_login_does_not_show_its_password():
    assert "from env" not in repr(login(NOTHING, ProfileChoice(), {}, VARIABLES))


def test_a_fingerprint_stands_between_host_and_port():
    assert with_fingerprint("db:8563", "AB") == "db/AB:8563"
    assert with_fingerprint("n1..n3/CD:8563,spare:1", "AB") == "n1..n3/AB:8563,spare/AB:1"


def test_certificates_are_checked_unless_that_is_switched_off():
    assert tls_options(Login("db:1", "ME")) is None
    assert tls_options(Login("db:1", "ME", checks_certificate=False)) == {"cert_reqs": 0}
    trusted = tls_options(Login("db:1", "ME", ca_file=Path("ca.pem")))
    assert trusted == {"cert_reqs": 2, "ca_certs": "ca.pem"}


def test_the_settings_are_the_vars_of_the_project():
    assert settings_of({"vars": {"sme": {"region": "eu-west-1"}}}) == {"region": "eu-west-1"}
    assert settings_of({}) == {}
