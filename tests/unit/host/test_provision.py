"""What is set up once: the key pair, the CONNECTION."""

import stat
from pathlib import Path

import boto3
import botocore.session

from sme_helper.local import provision
from sme_helper.local.aws.credentials import Credentials


def test_the_key_pair_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    provision.make_credentials(tmp_path / "credentials")
    assert stat.S_IMODE((tmp_path / "credentials").stat().st_mode) == 0o600


def test_the_key_pair_is_made_once_and_differs_from_others(tmp_path: Path) -> None:
    provision.make_credentials(tmp_path / "one")
    first = provision.read_credentials(tmp_path / "one")
    provision.make_credentials(tmp_path / "one")
    provision.make_credentials(tmp_path / "two")
    assert provision.read_credentials(tmp_path / "one") == first
    assert provision.read_credentials(tmp_path / "two") != first


def test_boto3_reads_the_key_pair(tmp_path: Path, monkeypatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    provision.make_credentials(tmp_path / "credentials")
    found = boto3.Session(botocore_session=botocore.session.Session()).get_credentials()
    assert (found.access_key, found.secret_key) == provision.read_credentials(
        tmp_path / "credentials"
    )


def test_the_aws_stand_in_admits_this_key_and_no_other(tmp_path: Path) -> None:
    provision.make_credentials(tmp_path / "credentials")
    provision.admit_key(tmp_path / "access_keys", tmp_path / "credentials")
    key_id, secret = provision.read_credentials(tmp_path / "credentials")
    admitted = Credentials("123456789012", b"", tmp_path / "access_keys")
    assert admitted.identity(key_id, None).secret == secret
    assert admitted.identity("AKIAOTHER", None) is None


def test_the_connection_points_at_the_bucket_and_quotes_its_values() -> None:
    assert provision.connection_statement("eu-west-1", "AKIA", "it's") == (
        "CREATE OR REPLACE CONNECTION SME_AWS "
        "TO 'https://sme-local.s3.eu-west-1.amazonaws.com' "
        "USER 'AKIA' IDENTIFIED BY 'it''s'"
    )
