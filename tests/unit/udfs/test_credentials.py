"""What a CONNECTION may hold, and which errors say what is wrong with it."""

import pytest

from udfs.python.credentials import Access, check_can_export
from udfs.python.errors import SmeError

SECRET = "SecretThatMustNotBeSeen"
BUCKET = "https://bucket.s3.eu-central-1.amazonaws.com/"
ROLE = "arn:aws:iam::123456789012:role/sme"


def access(address=BUCKET, user="AKIAKEY", password=SECRET):
    return Access("SME_API", address, user, password)


def refusal(**connection):
    with pytest.raises(SmeError) as raised:
        access(**connection)
    assert SECRET not in str(raised.value)
    return str(raised.value)


def test_the_connection_of_the_tutorial_gives_its_keys():
    found = access()
    assert (found.key_id, found.secret, found.token, found.role_arn) == (
        "AKIAKEY",
        SECRET,
        None,
        None,
    )
    assert set(found.urls.values()) == {None}


def test_options_for_server_side_encryption_are_no_part_of_the_key():
    assert access(password=f"{SECRET};sse_type=aws:kms;kms_key_id=alias/key").secret == SECRET


def test_a_session_token_stands_behind_the_secret_whatever_characters_it_has():
    found = access(user="ASIAKEY", password=f"{SECRET};session_token=a/b+c==")
    assert (found.secret, found.token) == (SECRET, "a/b+c==")


def test_a_role_and_addresses_of_services_stand_behind_the_address():
    found = access(
        f"aws; role_arn={ROLE}; external_id = a-1;\nduration_seconds=900;"
        "endpoint_url_sagemaker_runtime=https://vpce-1.runtime.sagemaker.eu-central-1.vpce.example"
    )
    assert (found.role_arn, found.external_id, found.duration_seconds) == (ROLE, "a-1", 900)
    assert found.urls["sagemaker-runtime"].startswith("https://vpce-1.runtime")
    assert found.urls["sagemaker"] is None


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("aws;colour=red", "option colour that there is not. Options of the address are: role_arn"),
        (f"aws;role_arn={ROLE};role_arn={ROLE}", "none of them twice"),
        (f"role_arn={ROLE}", "begins with an option: put aws; in front of it"),
        ("aws;role", "one option as name=value"),
        ("aws;role_arn=sme", "Option role_arn of CONNECTION SME_API is sme, but must be the ARN"),
        ("aws;external_id=a-1", "has external_id but no role_arn"),
        ("aws;duration_seconds=900", "has duration_seconds but no role_arn"),
        (f"aws;role_arn={ROLE};duration_seconds=60", "a number of seconds from 900 to 43200"),
        (f"aws;role_arn={ROLE};external_id=", "must be an external id"),
        ("aws;endpoint_url_s3=vpce-1", "must be the address of a service"),
    ],
)
def test_a_wrong_option_of_the_address_is_named(address, told):
    message = refusal(address=address)
    assert message.startswith("E-SME-74: ")
    assert told in message


@pytest.mark.parametrize("password", ["x;" + SECRET, f"x;{SECRET}=1 2", f"x;colour={SECRET}"])
def test_a_wrong_option_of_the_password_is_refused_without_its_value(password):
    assert refusal(password=password).startswith("E-SME-74: ")


@pytest.mark.parametrize("keys", [{"user": None}, {"password": None}, {"password": ";sse_type=x"}])
def test_a_connection_without_keys_is_refused(keys):
    assert "E-SME-75: CONNECTION SME_API holds no keys" in refusal(**keys)


def test_a_temporary_key_without_its_token_is_refused_with_the_way_out():
    message = refusal(user="ASIAKEY")
    assert "E-SME-75" in message
    assert "UDFs cannot read the SESSION TOKEN of a CONNECTION" in message


def test_connections_that_differ_in_anything_share_no_session_of_a_role():
    base = access(f"aws;role_arn={ROLE}")
    others = [
        access(f"aws;role_arn={ROLE};external_id=a-1"),
        access(f"aws;role_arn={ROLE}", user="AKIAOTHER"),
        access(f"aws;role_arn={ROLE}", password="Other"),
        access(f"aws;role_arn={ROLE}", password=f"{SECRET};session_token=t"),
    ]
    assert base.identity == access(f"aws;role_arn={ROLE}").identity
    assert base.identity not in [other.identity for other in others]


@pytest.mark.parametrize(
    ("address", "password"),
    [("aws", SECRET), (f"{BUCKET};role_arn={ROLE}", SECRET), (BUCKET, "x;session_token=" + SECRET)],
)
def test_a_connection_for_udfs_is_refused_for_the_export(address, password):
    with pytest.raises(SmeError, match="E-SME-78: CONNECTION SME_API is for UDFs") as raised:
        check_can_export("SME_API", address, password)
    assert SECRET not in str(raised.value)


def test_a_connection_to_a_bucket_may_export():
    check_can_export("SME_S3", BUCKET, f"{SECRET};sse_type=AES256")
