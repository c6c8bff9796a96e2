"""Clients of AWS: where they go, whose keys they have, and when a role is assumed anew."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from udfs.python import aws
from udfs.python.errors import SmeError

REGION = "eu-central-1"
ROLE = "aws;role_arn=arn:aws:iam::123456789012:role/sme;external_id=exasol-1"


@pytest.fixture
def exa(monkeypatch):
    """The module of that name, with CONNECTIONs to change."""
    monkeypatch.setattr(aws, "clients", {})
    monkeypatch.setattr(aws, "assumed_roles", {})
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    connections = {}
    return SimpleNamespace(
        connections=connections,
        get_connection=connections.__getitem__,
        meta=SimpleNamespace(current_user="D'ÖRTE SMITH"),
    )


def connect(exa, address="aws", user="AKIAKEY", password="Secret"):
    exa.connections["C"] = SimpleNamespace(address=address, user=user, password=password)


def client(exa, service="sagemaker", **options):
    return aws.client_of(exa, "C", REGION, service, **options)


def keys_of(made):
    """What a client signs with."""
    found = {}

    def note(request, **_):
        found.update(request.headers)
        raise StopSending

    made.meta.events.register("before-send", note)
    with pytest.raises(StopSending):
        made.list_models()
    scope = found["Authorization"].decode().partition("Credential=")[2].split("/")[0]
    return scope, found.get("X-Amz-Security-Token", b"").decode() or None


class StopSending(BaseException):
    pass


@pytest.fixture
def assumed(exa, monkeypatch):
    """Every request for a role; `lasts` is how many seconds its session has."""
    requests = []
    state = SimpleNamespace(requests=requests, lasts=3600)

    class Sts:
        def assume_role(self, **request):
            requests.append(request)
            number = len(requests)
            return {
                "Credentials": {
                    "AccessKeyId": f"ASIA{number}",
                    "SecretAccessKey": "RoleSecret",
                    "SessionToken": f"token{number}",
                    "Expiration": datetime.now(UTC) + timedelta(seconds=state.lasts),
                }
            }

    real = aws.service_client
    monkeypatch.setattr(
        aws,
        "service_client",
        lambda session, access, service, **options: (
            Sts() if service == "sts" else real(session, access, service, **options)
        ),
    )
    connect(exa, ROLE)
    return state


def test_keys_and_token_of_the_connection_sign(exa):
    connect(exa, user="ASIAKEY", password="Secret;session_token=t/1==")
    assert keys_of(client(exa)) == ("ASIAKEY", "t/1==")


def test_a_client_is_made_once_and_anew_when_the_connection_has_changed(exa):
    connect(exa)
    first = client(exa)
    assert client(exa) is first
    assert client(exa, read_timeout=5) is not first
    connect(exa, password="Renewed")
    assert client(exa) is not first


@pytest.mark.parametrize(
    ("service", "option"),
    [
        ("sagemaker", "endpoint_url_sagemaker"),
        ("sagemaker-runtime", "endpoint_url_sagemaker_runtime"),
        ("s3", "endpoint_url_s3"),
        ("application-autoscaling", "endpoint_url_application_autoscaling"),
    ],
)
def test_only_the_service_of_a_private_link_goes_there(exa, service, option):
    connect(exa, f"aws;{option}=https://vpce-1.example.com")
    assert client(exa, service).meta.endpoint_url == "https://vpce-1.example.com"
    other = "s3" if service != "s3" else "sagemaker"
    assert client(exa, other).meta.endpoint_url.endswith(f"{REGION}.amazonaws.com")


def test_sts_is_that_of_the_region_or_of_the_private_link(exa):
    for options, url in (
        ("", f"https://sts.{REGION}.amazonaws.com"),
        (";endpoint_url_sts=https://vpce-2.example.com", "https://vpce-2.example.com"),
    ):
        connect(exa, f"aws{options}")
        assert client(exa, "sts").meta.endpoint_url == url


def test_all_clients_of_a_process_share_the_session_of_a_role(exa, assumed):
    found = {keys_of(client(exa, retries={"total_max_attempts": n})) for n in (1, 2, 3)}
    assert found == {("ASIA1", "token1")}
    assert assumed.requests == [
        {
            "RoleArn": "arn:aws:iam::123456789012:role/sme",
            "RoleSessionName": "exasol-D--RTE-SMITH",
            "DurationSeconds": 3600,
            "ExternalId": "exasol-1",
        }
    ]


@pytest.mark.parametrize(("lasts", "used"), [(30, "ASIA2"), (200, "ASIA2"), (1000, "ASIA1")])
def test_a_role_is_assumed_anew_shortly_before_its_session_ends(exa, assumed, lasts, used):
    assumed.lasts = lasts
    made = client(exa)
    assumed.lasts = 3600
    assert keys_of(made)[0] == used


def test_an_error_of_aws_that_is_not_about_the_role_stays_what_it_is(exa, assumed, monkeypatch):
    def refuse(code):
        def assume_role(**_):
            answer = {"Error": {"Code": code, "Message": "Because."}}
            raise aws.ClientError(answer, "AssumeRole")

        return SimpleNamespace(assume_role=assume_role)

    for code, told in (
        ("AccessDenied", "E-SME-77: Role arn:aws:iam::123456789012:role/sme of CONNECTION C"),
        ("ExpiredToken", "E-SME-76"),
        ("InvalidClientTokenId", "E-SME-16"),
    ):
        monkeypatch.setattr(aws, "service_client", lambda *_, code=code: refuse(code))
        with pytest.raises(SmeError, match=told):
            client(exa)


@pytest.mark.parametrize(
    "text", ["Signature expired: 1 is now earlier", "Signature not yet current"]
)
def test_a_wrong_clock_is_not_blamed_on_the_key(text):
    error = aws.ClientError(
        {"Error": {"Code": "InvalidSignatureException", "Message": text}}, "ListModels"
    )
    assert "set the clocks of the database nodes" in str(aws.explained(error))
