"""The environment that programs get to find the embedded stack."""

from pathlib import Path

from sme_helper.local import environment as env

AWS = {"url": "http://127.0.0.1:5000", "region": "eu-central-1"}
EXASOL = {
    "dsn": "127.0.0.1/AB:8563",
    "user": "SYS",
    "certificate": "/data/cert.pem",
    "bucketfs_url": "https://127.0.0.1:2581",
}
STACK = env.stack_environment(AWS, EXASOL, Path("/data/credentials"))


def merged(inherited: dict[str, str]) -> dict[str, str]:
    return env.merged(inherited, STACK, Path("/venv/bin"))


def test_the_stack_is_named_for_boto3_pyexasol_and_dbt() -> None:
    assert STACK["AWS_ENDPOINT_URL"] == AWS["url"]
    assert STACK["AWS_DEFAULT_REGION"] == STACK["AWS_REGION"] == "eu-central-1"
    assert STACK["EXASOL_DSN"] == EXASOL["dsn"]
    assert STACK["WEBSOCKET_CLIENT_CA_BUNDLE"] == EXASOL["certificate"]


def test_bucketfs_is_named_for_uploads() -> None:
    assert STACK["BUCKETFS_URL"] == EXASOL["bucketfs_url"]
    assert (STACK["BUCKETFS_USER"], STACK["BUCKETFS_PASSWORD"]) == ("w", "write")
    assert STACK["BUCKETFS_CA_BUNDLE"] == EXASOL["certificate"]


def test_the_key_is_given_as_a_file_only() -> None:
    assert STACK["AWS_SHARED_CREDENTIALS_FILE"] == "/data/credentials"
    assert not {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} & set(STACK)


def test_the_users_own_aws_account_does_not_reach_the_stack() -> None:
    own = {
        "AWS_ACCESS_KEY_ID": "AKIA",
        "AWS_SECRET_ACCESS_KEY": "own",
        "AWS_PROFILE": "production",
        "AWS_ENDPOINT_URL_SAGEMAKER": "https://elsewhere",
        "HOME": "/home/me",
    }
    environment = merged(own)
    assert not (set(own) - {"HOME"}) & set(environment)
    assert environment["HOME"] == "/home/me"
    assert env.foreign_names(own) == sorted(set(own) - {"HOME"})


def test_the_dbt_beside_sme_is_found_first() -> None:
    assert merged({"PATH": "/usr/bin:/bin"})["PATH"] == "/venv/bin:/usr/bin:/bin"
    assert merged({})["PATH"] == "/venv/bin"


def test_a_path_that_holds_the_programs_stays_as_it_is() -> None:
    assert merged({"PATH": "/own/bin:/venv/bin"})["PATH"] == "/own/bin:/venv/bin"


def test_local_addresses_bypass_a_proxy() -> None:
    environment = merged({"https_proxy": "http://proxy:3128", "no_proxy": "intranet"})
    assert environment["no_proxy"] == "intranet,127.0.0.1,localhost"
    assert environment["NO_PROXY"] == "127.0.0.1,localhost"


def test_without_a_proxy_nothing_is_said_about_one() -> None:
    assert "no_proxy" not in merged({"PATH": "/bin"})
