"""Models, endpoint configurations and endpoints: their lives, limits and errors."""

import pytest
from botocore.exceptions import ClientError

ARN = "arn:aws:sagemaker:eu-central-1:123456789012"
ROLE = "arn:aws:iam::123456789012:role/sme"
INSTANCE = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}


def error_of(call, **arguments) -> str:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationException"
    return error["Message"]


@pytest.fixture(scope="module")
def containers(trained) -> list[dict]:
    return trained["ENSEMBLING"]["BestCandidate"]["InferenceContainers"]


@pytest.fixture(scope="module")
def config(aws, containers) -> str:
    aws.create_config("hosting", containers)
    return "hosting"


def test_an_endpoint_is_creating_then_in_service_then_deleting_then_gone(aws, config, wait_until):
    client = aws.sagemaker
    client.create_endpoint(EndpointName="Life", EndpointConfigName=config)
    created = client.describe_endpoint(EndpointName="Life")
    assert created["EndpointStatus"] == "Creating"
    assert "ProductionVariants" not in created
    running = aws.wait_for_endpoint("Life")
    (variant,) = running["ProductionVariants"]
    assert running["EndpointStatus"] == "InService"
    assert (variant["CurrentInstanceCount"], variant["DesiredWeight"]) == (1, 1.0)
    client.delete_endpoint(EndpointName="Life")
    assert client.describe_endpoint(EndpointName="Life")["EndpointStatus"] == "Deleting"
    with pytest.raises(ClientError, match="of account 123456789012 not found"):
        aws.invoke("Life", "1")
    wait_until(
        lambda: client.list_endpoints(NameContains="Life")["Endpoints"], lambda found: not found
    )
    message = error_of(client.describe_endpoint, EndpointName="Life")
    assert message == f'Could not find endpoint "{ARN}:endpoint/life".'


@pytest.mark.parametrize(
    ("operation", "member", "title", "kind"),
    [
        ("describe_endpoint", "EndpointName", "endpoint", "endpoint"),
        ("delete_endpoint", "EndpointName", "endpoint", "endpoint"),
        ("describe_model", "ModelName", "model", "model"),
        ("delete_model", "ModelName", "model", "model"),
        (
            "describe_endpoint_config",
            "EndpointConfigName",
            "endpoint configuration",
            "endpoint-config",
        ),
        (
            "delete_endpoint_config",
            "EndpointConfigName",
            "endpoint configuration",
            "endpoint-config",
        ),
    ],
)
def test_what_does_not_exist_cannot_be_found(aws, operation, member, title, kind):
    message = error_of(getattr(aws.sagemaker, operation), **{member: "No-One"})
    assert message == f'Could not find {title} "{ARN}:{kind}/no-one".'


def test_names_in_use_are_refused_in_any_case(aws, config, containers):
    client = aws.sagemaker
    client.create_endpoint(EndpointName="in-use", EndpointConfigName=config)
    assert "already existing model" in error_of(
        client.create_model, ModelName=config.upper(), Containers=containers, ExecutionRoleArn=ROLE
    )
    variant = {"VariantName": "v", "ModelName": config, **INSTANCE}
    assert "already existing endpoint configuration" in error_of(
        client.create_endpoint_config, EndpointConfigName=config, ProductionVariants=[variant]
    )
    assert f'"{ARN}:endpoint/in-use"' in error_of(
        client.create_endpoint, EndpointName="In-Use", EndpointConfigName=config
    )


def test_an_endpoint_in_progress_cannot_be_deleted_or_updated(aws, config):
    client = aws.sagemaker
    client.create_endpoint(EndpointName="busy", EndpointConfigName=config)
    expected = f'Cannot update in-progress endpoint "{ARN}:endpoint/busy".'
    assert error_of(client.delete_endpoint, EndpointName="busy") == expected
    assert (
        error_of(client.update_endpoint, EndpointName="busy", EndpointConfigName=config) == expected
    )


def test_an_update_takes_the_new_configuration_into_service(aws, config, containers, patients):
    client = aws.sagemaker
    environment = {
        **containers[0]["Environment"],
        "SAGEMAKER_INFERENCE_OUTPUT": "predicted_label,probability",
    }
    aws.create_config("hosting-2", [{**containers[0], "Environment": environment}])
    client.create_endpoint(EndpointName="updated", EndpointConfigName=config)
    aws.wait_for_endpoint("updated")
    row = patients.drop(columns="diagnosis")[:1].to_csv(header=False, index=False)
    assert "," not in aws.invoke("updated", row)
    client.update_endpoint(EndpointName="updated", EndpointConfigName="hosting-2")
    assert client.describe_endpoint(EndpointName="updated")["EndpointStatus"] == "Updating"
    assert aws.invoke("updated", row)
    updated = aws.wait_for_endpoint("updated")
    assert updated["EndpointConfigName"] == "hosting-2"
    assert "," in aws.invoke("updated", row)


def test_an_update_that_fails_is_rolled_back_while_the_old_model_answers(
    aws, config, containers, patients, wait_until
):
    aws.s3.put_object(Bucket="trained", Key="broken.tar.gz", Body=b"no archive")
    broken = {**containers[0], "ModelDataUrl": "s3://trained/broken.tar.gz"}
    aws.create_config("hosting-broken", [broken])
    aws.sagemaker.create_endpoint(EndpointName="kept", EndpointConfigName=config)
    aws.wait_for_endpoint("kept")
    row = patients.drop(columns="diagnosis")[:1].to_csv(header=False, index=False)
    aws.sagemaker.update_endpoint(EndpointName="kept", EndpointConfigName="hosting-broken")
    seen = []

    def look():
        described = aws.sagemaker.describe_endpoint(EndpointName="kept")
        assert aws.invoke("kept", row)
        pending = described.get("PendingDeploymentSummary", {}).get("EndpointConfigName")
        if (described["EndpointStatus"], pending) not in seen:
            seen.append((described["EndpointStatus"], pending))
        return described

    described = wait_until(look, lambda one: one["EndpointStatus"] == "InService")
    statuses = [("Updating", "hosting-broken"), ("RollingBack", None), ("InService", None)]
    assert seen == [status for status in statuses if status in seen]
    assert (described["EndpointStatus"], described["EndpointConfigName"]) == ("InService", config)
    assert "own Autopilot jobs" in described["FailureReason"]


def test_an_endpoint_on_instances_is_not_made_serverless_but_the_other_way_round(
    aws, config, containers
):
    serverless = {"MemorySizeInMB": 1024, "MaxConcurrency": 1}
    variant = {"VariantName": "all", "ModelName": config, "ServerlessConfig": serverless}
    client = aws.sagemaker
    client.create_endpoint_config(EndpointConfigName="less", ProductionVariants=[variant])
    client.create_endpoint(EndpointName="on-instances", EndpointConfigName=config)
    client.create_endpoint(EndpointName="less", EndpointConfigName="less")
    aws.wait_for_endpoint("on-instances")
    aws.wait_for_endpoint("less")
    assert "to a serverless variant" in error_of(
        client.update_endpoint, EndpointName="on-instances", EndpointConfigName="less"
    )
    client.update_endpoint(EndpointName="less", EndpointConfigName=config)
    aws.wait_for_endpoint("less")
    (variant,) = client.describe_endpoint(EndpointName="less")["ProductionVariants"]
    assert variant["CurrentInstanceCount"] == 1


def test_a_foreign_artifact_is_not_unpickled(aws, containers):
    aws.s3.put_object(Bucket="trained", Key="foreign.tar.gz", Body=b"not ours")
    foreign = {**containers[0], "ModelDataUrl": "s3://trained/foreign.tar.gz"}
    endpoint = aws.deploy("foreign", [foreign])
    assert endpoint["EndpointStatus"] == "Failed"
    assert "own Autopilot jobs" in endpoint["FailureReason"]


def test_an_endpoint_fails_whose_artifact_is_gone(aws, containers):
    aws.s3.copy_object(
        Bucket="trained",
        Key="gone.tar.gz",
        CopySource=containers[0]["ModelDataUrl"].removeprefix("s3://"),
    )
    aws.create_config("gone", [{**containers[0], "ModelDataUrl": "s3://trained/gone.tar.gz"}])
    aws.s3.delete_object(Bucket="trained", Key="gone.tar.gz")
    aws.sagemaker.create_endpoint(EndpointName="gone", EndpointConfigName="gone")
    endpoint = aws.wait_for_endpoint("gone")
    assert endpoint["EndpointStatus"] == "Failed"
    assert 'from URL: "s3://trained/gone.tar.gz"' in endpoint["FailureReason"]
    aws.sagemaker.delete_endpoint(EndpointName="gone")


def test_a_model_needs_its_artifact(aws, containers):
    missing = {**containers[0], "ModelDataUrl": "s3://trained/never.tar.gz"}
    message = error_of(
        aws.sagemaker.create_model,
        ModelName="never",
        Containers=[missing],
        ExecutionRoleArn=ROLE,
    )
    assert message == "Could not find model data at s3://trained/never.tar.gz."


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"ModelName": "nobody", **INSTANCE}, f'Could not find model "{ARN}:model/nobody"'),
        ({"ModelName": "hosting"}, "InstanceType and InitialInstanceCount must be provided"),
        ({"ModelName": "hosting", "InstanceType": "ml.huge"}, "enum value set"),
        (
            {
                "ModelName": "hosting",
                **INSTANCE,
                "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 1},
            },
            "cannot be combined",
        ),
        (
            {
                "ModelName": "hosting",
                "ServerlessConfig": {"MemorySizeInMB": 1500, "MaxConcurrency": 1},
            },
            "MemorySizeInMB must be one of",
        ),
    ],
)
def test_a_bad_variant_is_refused(aws, config, members, reason):
    variant = {"VariantName": "v", **members}
    message = error_of(
        aws.sagemaker.create_endpoint_config,
        EndpointConfigName="bad-variant",
        ProductionVariants=[variant],
    )
    assert reason in message


def test_a_pipeline_of_containers_cannot_be_serverless(aws, trained):
    pipeline = trained["HYPERPARAMETER_TUNING"]["BestCandidate"]["InferenceContainers"]
    aws.sagemaker.create_model(ModelName="pipeline", Containers=pipeline, ExecutionRoleArn=ROLE)
    serverless = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
    variant = {"VariantName": "v", "ModelName": "pipeline", "ServerlessConfig": serverless}
    message = error_of(
        aws.sagemaker.create_endpoint_config,
        EndpointConfigName="pipeline",
        ProductionVariants=[variant],
    )
    assert "do not support inference pipelines" in message


def test_configurations_and_models_may_go_while_the_endpoint_stays(aws, containers, patients):
    aws.deploy("stays", containers)
    aws.sagemaker.delete_endpoint_config(EndpointConfigName="stays")
    aws.sagemaker.delete_model(ModelName="stays")
    row = patients.drop(columns="diagnosis")[:1].to_csv(header=False, index=False)
    assert aws.invoke("stays", row)


def test_tags_are_kept_added_replaced_and_deleted(aws, config):
    client = aws.sagemaker
    arn = client.create_endpoint(
        EndpointName="tagged",
        EndpointConfigName=config,
        Tags=[{"Key": "owner", "Value": "ann"}, {"Key": "stage", "Value": "test"}],
    )["EndpointArn"]
    client.add_tags(
        ResourceArn=arn, Tags=[{"Key": "stage", "Value": "prod"}, {"Key": "x", "Value": ""}]
    )
    client.delete_tags(ResourceArn=arn, TagKeys=["owner", "not there"])
    tags = {tag["Key"]: tag["Value"] for tag in client.list_tags(ResourceArn=arn)["Tags"]}
    assert tags == {"stage": "prod", "x": ""}


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ([{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}], "Duplicate tag keys"),
        ([{"Key": "aws:a", "Value": "1"}], "aws:"),
        ([{"Key": "a!", "Value": "1"}], "regular expression"),
        ([{"Key": str(n), "Value": ""} for n in range(51)], "less than or equal to 50"),
    ],
)
def test_bad_tags_are_refused_and_nothing_is_created(aws, config, tags, reason):
    message = error_of(
        aws.sagemaker.create_endpoint,
        EndpointName="bad-tags",
        EndpointConfigName=config,
        Tags=tags,
    )
    assert reason in message
    assert "Could not find" in error_of(aws.sagemaker.describe_endpoint, EndpointName="bad-tags")


def test_endpoints_are_listed_newest_first_in_pages(aws, config):
    for name in ("paged-a", "paged-b", "paged-c"):
        aws.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)
    pages = aws.sagemaker.get_paginator("list_endpoints").paginate(
        NameContains="PAGED-", PaginationConfig={"PageSize": 2}
    )
    names = [[one["EndpointName"] for one in page["Endpoints"]] for page in pages]
    assert names == [["paged-c", "paged-b"], ["paged-a"]]
