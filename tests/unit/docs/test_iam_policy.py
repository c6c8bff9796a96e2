"""The IAM policy in docs/aws-policies.md allows what the UDFs call, and nothing else."""

import ast
import json
import re
from pathlib import Path

import boto3
import pytest

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "aws-policies.md").read_text()
SERVICES = (
    "sagemaker",
    "sagemaker-runtime",
    "s3",
    "sts",
    "application-autoscaling",
    "service-quotas",
    "iam",
)
# Where the action is not named as the operation is.
ACTIONS = {
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:DeleteObjects": "s3:DeleteObject",
    "service-quotas:ListServiceQuotas": "servicequotas:ListServiceQuotas",
    "sagemaker-runtime:InvokeEndpoint": "sagemaker:InvokeEndpoint",
}
# What AWS asks for besides: a role that comes with a request, and what scaling is made of.
WITH_OTHERS = {
    "iam:PassRole",
    "iam:CreateServiceLinkedRole",
    "sagemaker:UpdateEndpointWeightsAndCapacities",
    "cloudwatch:PutMetricAlarm",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:DeleteAlarms",
}


def policy(name: str) -> dict:
    (text,) = re.findall(rf"<!-- policy: {name} -->\n```json\n(.*?)```", PAGE, re.DOTALL)
    return json.loads(text)


def actions(name: str) -> set[str]:
    given = [statement["Action"] for statement in policy(name)["Statement"]]
    return {action for one in given for action in ([one] if isinstance(one, str) else one)}


def operations_by_method() -> dict[str, set[str]]:
    """The method of a boto3 client -> service:Operation, of all services that have it."""
    found: dict[str, set[str]] = {}
    for service in SERVICES:
        client = boto3.client(
            service, "eu-central-1", aws_access_key_id="none", aws_secret_access_key="none"
        )
        for method, operation in client.meta.method_to_api_mapping.items():
            found.setdefault(method, set()).add(f"{service}:{operation}")
    return found


def called_methods() -> set[str]:
    """Attributes of clients that the UDFs use, and operations that they page through."""
    methods = set()
    for path in (ROOT / "udfs" / "python").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and is_client(node.value):
                methods.add(node.attr)
            if isinstance(node, ast.Call) and called_name(node) == "get_paginator":
                methods.add(node.args[0].value)
    return methods


def is_client(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return name.endswith(("client", "s3", "scaling", "runtime"))


def called_name(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def needed_actions() -> set[str]:
    known = operations_by_method()
    operations = {one for method in called_methods() for one in known.get(method, ())}
    return {ACTIONS.get(operation, operation) for operation in operations}


def test_every_call_of_the_udfs_is_allowed_and_nothing_else():
    needed = needed_actions()
    assert {"sagemaker:CreateAutoMLJobV2", "sagemaker:DeleteModel", "s3:GetObject"} <= needed
    allowed = actions("api") - WITH_OTHERS
    # The first is allowed by another policy, the second to everybody.
    needed -= {"sts:AssumeRole", "sts:GetCallerIdentity"}
    assert needed - allowed == set(), "allow it in docs/aws-policies.md"
    assert allowed - needed == set(), "take it out of docs/aws-policies.md"
    assert actions("keys of a role") == {"sts:AssumeRole"}


def test_a_client_goes_by_a_name_that_this_test_sees():
    """Every use of an operation's name as a method is one that is_client() recognises."""
    ambiguous = {"get_paginator", "close", "can_paginate", "generate_presigned_url"}
    operations = set(operations_by_method()) - ambiguous
    used = {
        node.attr
        for path in (ROOT / "udfs" / "python").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in operations
    }
    assert used <= called_methods()


@pytest.mark.parametrize("name", re.findall(r"<!-- policy: ([\w ]+) -->", PAGE))
def test_a_policy_is_one_that_aws_would_read(name):
    document = policy(name)
    assert document["Version"] == "2012-10-17"
    for statement in document["Statement"]:
        assert statement["Effect"] == "Allow"
        assert ("Resource" in statement) != ("Principal" in statement)
        assert {"Action"} <= set(statement) <= {
            "Sid", "Effect", "Action", "Resource", "Principal", "Condition",
        }  # fmt: skip
        assert re.fullmatch(r"[A-Za-z0-9]*", statement.get("Sid", ""))
    assert all(re.fullmatch(r"[a-z0-9-]+:[A-Za-z0-9*]+", action) for action in actions(name))
