"""What the doctor makes of privileges, and of what AWS says of quotas and endpoints."""

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from sme_helper.doctor import FAILED, OK, privileges
from udfs.python.doctor import check_endpoint, check_quota, trust
from udfs.python.errors import SmeError

WANTED = "ml.m5.large for endpoint usage"


def test_without_export_nothing_can_be_trained_and_the_grant_is_told():
    check = privileges("ME", {"CREATE SESSION"})
    assert check.result == FAILED and "GRANT EXPORT TO ME" in check.message


def test_who_may_train_only_is_told_what_deploying_takes():
    check = privileges("ME", {"EXPORT", "CREATE ANY SCRIPT"})
    assert check.result == OK and "GRANT CREATE CONNECTION TO ME" in check.message
    everything = privileges("ME", {"EXPORT", "CREATE SCRIPT", "CREATE CONNECTION"})
    assert everything.message == "ME may train and deploy"


class Quotas:
    """A client of Service Quotas with pages of them, or with an error."""

    def __init__(self, *pages, error=None):
        self.pages, self.error = pages, error

    def get_paginator(self, operation):
        return self

    def paginate(self, ServiceCode):
        if self.error:
            raise self.error
        return [{"Quotas": [{"QuotaName": n, "Value": v} for n, v in page]} for page in self.pages]


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "No"}}, "Operation")


def test_a_quota_is_found_on_any_page():
    quotas = Quotas([("other", 0.0)], [(WANTED, 4.0)])
    assert check_quota(quotas, "ml.m5.large") == {"found": f"4 x {WANTED}"}


def test_a_quota_of_nothing_is_a_failure_with_its_cure():
    with pytest.raises(SmeError, match=r"E-SME-163: .* is 0\. Ask AWS for more"):
        check_quota(Quotas([(WANTED, 0.0)]), "ml.m5.large")


@pytest.mark.parametrize(
    ("quotas", "told"),
    [
        (Quotas(error=refused("AccessDeniedException")), "lack servicequotas:ListServiceQuotas"),
        (Quotas(error=EndpointConnectionError(endpoint_url="x")), "cannot be reached"),
        (Quotas([("other", 1.0)]), "AWS lists no quota"),
    ],
)
def test_a_quota_that_cannot_be_looked_at_is_no_failure(quotas, told):
    assert told in check_quota(quotas, "ml.m5.large")["found"]


ROLE = "arn:aws:iam::123456789012:role/team/sme"


class Roles:
    """A client of IAM with one role and its trust policy, or with an error."""

    def __init__(self, statement=None, error=None):
        self.statement, self.error = statement, error

    def get_role(self, RoleName):
        assert RoleName == "sme"
        if self.error:
            raise self.error
        return {"Role": {"AssumeRolePolicyDocument": {"Statement": self.statement}}}


def allowing(principal, effect="Allow"):
    return {"Effect": effect, "Principal": principal, "Action": "sts:AssumeRole"}


@pytest.mark.parametrize(
    "principal",
    [
        {"Service": "sagemaker.amazonaws.com"},
        {"Service": ["ec2.amazonaws.com", "sagemaker.amazonaws.com"]},
        "*",
    ],
)
def test_a_role_that_trusts_sagemaker_is_seen_whatever_the_form_of_its_policy(principal):
    other = allowing({"AWS": "arn:aws:iam::123456789012:root"})
    for statement in (allowing(principal), [other, allowing(principal)]):
        assert trust(Roles(statement), ROLE) == "it trusts SageMaker"


@pytest.mark.parametrize(
    "statement",
    [
        allowing({"Service": "ec2.amazonaws.com"}),
        allowing({"AWS": "*"}),
        allowing({"Service": "sagemaker.amazonaws.com"}, effect="Deny"),
    ],
)
def test_a_role_that_trusts_others_is_a_failure_with_its_cure(statement):
    with pytest.raises(SmeError, match=r"E-SME-167: .* Add that service to the trust policy"):
        trust(Roles([statement]), ROLE)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (refused("AccessDenied"), "lack iam:GetRole"),
        (EndpointConnectionError(endpoint_url="x"), "cannot be reached"),
    ],
)
def test_a_role_that_cannot_be_looked_at_is_no_failure(error, told):
    assert told in trust(Roles(error=error), ROLE)


def test_expired_keys_are_a_failure_there_too():
    with pytest.raises(ClientError):
        check_quota(Quotas(error=refused("ExpiredTokenException")), "ml.m5.large")


class Endpoint:
    """The two clients of an endpoint."""

    def __init__(self, status="InService", error=None):
        self.status, self.error, self.bodies = status, error, []

    def describe_endpoint(self, EndpointName):
        return {"EndpointStatus": self.status}

    def invoke_endpoint(self, EndpointName, ContentType, Body):
        self.bodies.append(Body)
        if self.error:
            raise self.error


def test_an_endpoint_is_sent_a_row_of_as_many_nulls_as_it_has_columns():
    client = Endpoint()
    assert check_endpoint(client, client, "E", 3) == {"found": "endpoint E answers"}
    check_endpoint(client, client, "E", 1)
    assert client.bodies == [",,\n", '""\n']


def test_a_model_that_minds_the_empty_row_answers_all_the_same():
    client = Endpoint(error=refused("ModelError"))
    assert (
        "endpoint E answers (to an empty row: No)"
        in check_endpoint(client, client, "E", 3)["found"]
    )


@pytest.mark.parametrize("status", ["Failed", "Creating"])
def test_an_endpoint_that_is_not_in_service_is_named_with_its_status(status):
    with pytest.raises(SmeError, match=f"E-SME-20: Endpoint E is {status}"):
        check_endpoint(Endpoint(status), Endpoint(), "E", 3)
