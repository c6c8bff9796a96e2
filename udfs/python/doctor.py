"""What `sme doctor` asks AWS: one question for each part of the road, that costs nothing.

Each gives {"found": a sentence}, or raises what is wrong. What these keys may not ask for, though
nothing else needs it, is no fault and said in the sentence.
"""

import re

from botocore.exceptions import BotoCoreError, ClientError

from .aws import error_code, error_text, is_missing, shortened
from .errors import SmeError

ROLE = re.compile(r"arn:aws[a-z-]*:iam::(?P<account>\d{12}):role/.+")
NOT_ALLOWED = ("AccessDenied", "AccessDeniedException")
SAGEMAKER = "sagemaker.amazonaws.com"
REGION_HEADER = "x-amz-bucket-region"


def check_service(client):
    """Whether SageMaker answers these keys in this region."""
    client.list_endpoints(MaxResults=1)
    return {"found": f"SageMaker in {client.meta.region_name} answers these keys"}


def check_bucket(client, bucket):
    """Whether the bucket is there, and in the region of the job. Raises E-SME-160 or E-SME-161."""
    try:
        headers = client.head_bucket(Bucket=bucket)["ResponseMetadata"]["HTTPHeaders"]
    except ClientError as error:
        if error_code(error) == "404":
            raise SmeError(
                "E-SME-160",
                f"Bucket {bucket} does not exist. Create it, or give the right name as bucket.",
            ) from None
        # Who may not list the whole bucket is told where it is, all the same.
        headers = error.response["ResponseMetadata"]["HTTPHeaders"]
        if REGION_HEADER not in headers:
            raise
    bucket_region, region = headers.get(REGION_HEADER), client.meta.region_name
    if bucket_region and bucket_region != region:
        raise SmeError(
            "E-SME-161",
            f"Bucket {bucket} is in {bucket_region}, but region is {region}: Autopilot reads from "
            "buckets of its own region only. Give the region of the bucket, or another bucket.",
        )
    return {"found": f"bucket {bucket} is in {region}"}


def check_reading(client, bucket, key):
    """Whether these keys can read what was exported."""
    client.get_object(Bucket=bucket, Key=key)["Body"].read()
    return {"found": f"exported a row to s3://{bucket}/{key} and read it"}


def check_role(sts_client, iam_client, role):
    """Whether the execution role can be handed to SageMaker. Raises E-SME-64, E-SME-162, E-SME-166
    or E-SME-167.

    What it may do there is seen by AWS alone, when a training starts.
    """
    match = ROLE.fullmatch(role)
    if match is None:
        raise SmeError(
            "E-SME-64",
            f"role is {role}, but must be the ARN of an IAM role: arn:aws:iam::<account>:role/...",
        )
    account = sts_client.get_caller_identity()["Account"]
    if match["account"] != account:
        raise SmeError(
            "E-SME-162",
            f"Role {role} belongs to another account than the keys, which are of {account}. AWS "
            "takes an execution role of the same account only.",
        )
    return {
        "found": f"{role} is of account {account}, as the keys are, and {trust(iam_client, role)}"
    }


def trust(client, role):
    """What is known of whom a role trusts. Raises E-SME-166 or E-SME-167."""
    try:
        document = client.get_role(RoleName=role.rsplit("/", 1)[1])["Role"]
    except ClientError as error:
        if error_code(error) == "NoSuchEntity":
            raise SmeError(
                "E-SME-166",
                f"Role {role} does not exist. Create it, or give the right ARN as role.",
            ) from None
        if error_code(error) not in NOT_ALLOWED:
            raise
        return "whom it trusts is not known: these keys lack iam:GetRole"
    except BotoCoreError:
        # A private network has no way to this service, which nothing else needs.
        return "whom it trusts is not known: IAM cannot be reached from the database"
    if not any(trusts_sagemaker(s) for s in statements(document["AssumeRolePolicyDocument"])):
        raise SmeError(
            "E-SME-167",
            f"Role {role} does not trust {SAGEMAKER}, so SageMaker cannot work with it. Add that "
            "service to the trust policy of the role.",
        )
    return "it trusts SageMaker"


def statements(policy):
    """The statements of a policy, which may be one that stands alone."""
    found = policy["Statement"]
    return found if isinstance(found, list) else [found]


def trusts_sagemaker(statement):
    """Whether a statement of a trust policy lets SageMaker assume the role."""
    principal = statement.get("Principal")
    services = principal.get("Service", []) if isinstance(principal, dict) else principal
    named = services if isinstance(services, list) else [services]
    return statement["Effect"] == "Allow" and (SAGEMAKER in named or "*" in named)


def check_quota(client, instance_type):
    """Whether the account may have an endpoint on such an instance. Raises E-SME-163."""
    wanted = f"{instance_type} for endpoint usage"
    try:
        pages = client.get_paginator("list_service_quotas").paginate(ServiceCode="sagemaker")
        for page in pages:
            for quota in page["Quotas"]:
                if quota["QuotaName"] == wanted:
                    return enough(quota["Value"], wanted)
    except ClientError as error:
        if error_code(error) not in NOT_ALLOWED:
            raise
        return {"found": "not known: these keys lack servicequotas:ListServiceQuotas"}
    except BotoCoreError:
        # A private network has no way to this service, which nothing else needs.
        return {"found": "not known: Service Quotas cannot be reached from the database"}
    return {"found": f"not known: AWS lists no quota named {wanted}"}


def enough(value, wanted):
    """What a quota means. Raises E-SME-163 for a quota of nothing."""
    if value < 1:
        raise SmeError(
            "E-SME-163",
            f"The quota of this account, {wanted}, is 0. Ask AWS for more in Service Quotas, or "
            "give another instance_type.",
        )
    return {"found": f"{int(value)} x {wanted}"}


def check_endpoint(client, runtime_client, endpoint, column_count):
    """Whether an endpoint takes a request: a row of nothing but NULLs. Raises E-SME-20."""
    try:
        status = client.describe_endpoint(EndpointName=endpoint)["EndpointStatus"]
    except ClientError as error:
        if not is_missing(error):
            raise
        status = "gone from AWS"
    if status not in ("InService", "Updating", "SystemUpdating"):
        raise SmeError(
            "E-SME-20",
            f"Endpoint {endpoint} is {status}, so it cannot predict. Deploy it again with "
            "sme.deploy_endpoint. What there is lists sme.endpoints.",
        )
    row = "," * (column_count - 1) if column_count > 1 else '""'
    try:
        runtime_client.invoke_endpoint(
            EndpointName=endpoint, ContentType="text/csv", Body=row + "\n"
        )
    except ClientError as error:
        if error_code(error) != "ModelError":
            raise
        # The model got the request, and minds the row.
        reason = shortened(error_text(error), 100)
        return {"found": f"endpoint {endpoint} answers (to an empty row: {reason})"}
    return {"found": f"endpoint {endpoint} answers"}
