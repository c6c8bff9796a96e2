"""Garbage collection: what nobody needs goes, and nothing else is touched."""

import concurrent.futures
import json
import random
import time

import pytest

from ..backends import MARK
from .batch_calls import FETCH, START, STOP, Batch
from .conftest import fresh_name
from .interruption import at_work, wait_until

COLLECT = "SME_COLLECT_SAGEMAKER_AUTOPILOT_GARBAGE"
GONE = "('Deleted', 'NotDeployed')"
INTERRUPTIONS = 100
AT_A_TIME = 4


@pytest.fixture
def collect(sme):
    """Collects garbage; gives {(kind, name): (reason, what was done)}."""

    def collect(dry_run=False):
        place = {"aws_credentials_connection_name": sme.aws_connection, "aws_region": sme.region}
        rows = sme.script(COLLECT, json.dumps({"dry_run": dry_run, **place}))
        return {(row["KIND"], row["NAME"]): (row["REASON"], row["DONE"]) for row in rows}

    return collect


@pytest.fixture
def collect_all(sme, collect):
    """Collects until nothing is left to collect: AWS takes its time to delete and to stop."""

    def collect_all():
        deadline = time.monotonic() + sme.account.endpoint_seconds
        while found := collect():
            assert time.monotonic() < deadline, found
            time.sleep(sme.account.interval)

    return collect_all


@pytest.fixture
def listed(sme, sagemaker):
    """The names of the resources of a kind that AWS has for the schema: {name: description}."""
    members = {
        "endpoints": ("Endpoints", "Endpoint"),
        "endpoint_configs": ("EndpointConfigs", "EndpointConfig"),
        "models": ("Models", "Model"),
        "transform_jobs": ("TransformJobSummaries", "TransformJob"),
        "auto_ml_jobs": ("AutoMLJobSummaries", "AutoMLJob"),
    }

    def listed(kind, schema=None, **request):
        member, title = members[kind]
        pages = sagemaker.get_paginator(f"list_{kind}").paginate(**request)
        found = {}
        for entry in (entry for page in pages for entry in page[member]):
            tags = sagemaker.list_tags(ResourceArn=entry[f"{title}Arn"])["Tags"]
            if {"Key": "sme:schema", "Value": schema or sme.schema} in tags:
                found[entry[f"{title}Name"]] = entry
        return set(found)

    return listed


def column(sme, statement):
    return set(sme.connection.execute(statement.replace("SME.", f"{sme.schema}.")).fetchcol())


def prefixes(s3, sme):
    """The prefixes two levels down: of a job, and of a training or batch prediction."""
    path = f"{sme.account.output_path}/"
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=sme.account.bucket, Prefix=path)
    keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
    depth = path.count("/") + 2
    return {"/".join(key.split("/")[:depth]) + "/" for key in keys}


class Interrupted:
    """Operations on few names, each by a client of its own that is killed at a random moment."""

    def __init__(self, sme, stack, clients, job_name, chance):
        self.sme = sme
        self.stack = stack
        self.clients = clients
        self.chance = chance
        self.batch = Batch(sme, job_name)
        self.endpoints = [fresh_name("Random") for _ in range(4)]
        self.tables = [fresh_name("RANDOM_") for _ in range(4)]
        self.models = [fresh_name("RandomModel") for _ in range(2)]

    def choose(self):
        """A random operation: its script, and what gives its arguments when it begins."""
        endpoint, table = self.chance.choice(self.endpoints), self.chance.choice(self.tables)
        model = self.chance.choice(self.models)
        connection, region = place = (self.sme.aws_connection, self.sme.region)
        keys = {"aws_credentials_connection_name": connection, "aws_region": region}
        deletion = json.dumps({"model_name": model, "stop_jobs": True, **keys})
        training = json.dumps(self.sme.training_arguments(job_name=None, model_name=model))
        deploy, *deployment = self.sme.deployment(
            self.batch.job_name, endpoint, instance_count=self.chance.choice((1, 2))
        )
        operations = {
            deploy: lambda: deployment,
            "SME_DELETE_SAGEMAKER_AUTOPILOT_ENDPOINT": lambda: [endpoint, *place],
            START: lambda: [self.batch.arguments(result_table_name=table)],
            FETCH: lambda: [self.newest(table)],
            STOP: lambda: [self.newest(table)],
            "SME_TRAIN_WITH_SAGEMAKER_AUTOPILOT": lambda: [training],
            "SME_DELETE_SAGEMAKER_AUTOPILOT_MODEL": lambda: [deletion],
        }
        (script,) = self.chance.choices(list(operations), weights=[7, 4, 7, 3, 1, 1, 1])
        return script, operations[script]

    def newest(self, table):
        """The argument for the newest batch prediction of a table."""
        with self.stack.connect() as connection:
            name = connection.execute(
                f"SELECT MAX(TRANSFORM_JOB_NAME) FROM {self.sme.schema}."
                f"SME_METADATA_AUTOPILOT_TRANSFORM_JOBS WHERE RESULT_TABLE = '{table}'"
            ).fetchval()
        return json.dumps({"transform_job_name": name or "never"})

    def run(self, script, arguments, seconds):
        """Gives an operation so many seconds, and then kills its client. Whether it was killed."""
        rendered = ", ".join(str(a) if isinstance(a, int) else f"'{a}'" for a in arguments())
        statement = f'EXECUTE SCRIPT "{self.sme.schema}"."{script}"({rendered})'
        client = self.clients.execute(statement)
        deadline = time.monotonic() + seconds
        while client.is_running() and time.monotonic() < deadline:
            time.sleep(0.02)
        return client.kill()


@pytest.mark.embedded("a hundred operations, whose clients are killed")
def test_after_a_hundred_random_interruptions_there_is_what_the_registry_says(
    sme, stack, clients, completed_job, collect, collect_all, listed, s3
):
    seed = random.randrange(1_000_000)
    print(f"seed {seed}")
    interrupted = Interrupted(sme, stack, clients, completed_job, random.Random(seed))
    work = [(*interrupted.choose(), interrupted.chance.uniform(0, 1)) for _ in range(INTERRUPTIONS)]
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as executor:
        killed = list(executor.map(lambda item: interrupted.run(*item), work))
    assert sum(killed) > INTERRUPTIONS / 5
    wait_until(lambda: at_work(sme) == 0)
    collect_all()
    # An update that AWS was asked for and nobody waited for is on record when somebody looks.
    wait_until(lambda: not listed("endpoints", StatusEquals="Updating"))
    place = {"aws_credentials_connection_name": sme.aws_connection, "aws_region": sme.region}
    sme.script("SME_LIST_SAGEMAKER_AUTOPILOT_ENDPOINTS", json.dumps(place))

    table = "SME.SME_METADATA_AUTOPILOT_"
    live = f"FROM {table}ENDPOINTS WHERE STATUS NOT IN {GONE}"
    assert listed("endpoints") == column(sme, f"SELECT ENDPOINT_NAME {live}")
    configs = listed("endpoint_configs")
    assert configs == column(sme, f"SELECT ENDPOINT_CONFIG_NAME {live}")
    under_way = f"FROM {table}TRANSFORM_JOBS WHERE CLEANED_AT IS NULL"
    batches = column(sme, f"SELECT TRANSFORM_JOB_NAME {under_way}")
    served = {
        variant["ModelName"]
        for name in configs
        for variant in stack.aws_client("sagemaker").describe_endpoint_config(
            EndpointConfigName=name
        )["ProductionVariants"]
    }
    assert listed("models") == served | {name for name in batches if name in listed("models")}
    assert listed("transform_jobs", StatusEquals="InProgress") <= batches
    jobs = column(sme, f"SELECT JOB_NAME FROM {table}JOBS")
    assert listed("auto_ml_jobs", StatusEquals="InProgress") <= jobs
    needed = column(sme, f"SELECT S3_PREFIX FROM {table}JOBS WHERE STATUS <> 'NotStarted'")
    needed |= column(sme, f"SELECT S3_PREFIX {under_way}")
    assert prefixes(s3, sme) <= needed
    endings = tuple(name.upper().replace("-", "_") for name in batches)
    tables = column(
        sme,
        "SELECT TABLE_NAME FROM EXA_ALL_TABLES WHERE TABLE_NAME LIKE 'SME!_BATCH!_%' ESCAPE '!'",
    )
    assert all(name.endswith(endings) for name in tables)
    udfs = column(sme, "SELECT SCRIPT_NAME FROM EXA_ALL_SCRIPTS WHERE SCRIPT_NAME LIKE 'Random%'")
    assert udfs <= column(sme, f"SELECT ENDPOINT_NAME {live}")
    assert collect(dry_run=True) == {}


@pytest.fixture
def lost(sme, completed_job, sagemaker):
    """An endpoint that AWS has and whose row the registry has lost."""
    name = fresh_name("Lost")
    sme.deploy(completed_job, name)
    assert sme.wait_for_endpoint(name)["STATUS"] == "InService"
    sme.connection.execute(
        f"DELETE FROM {sme.schema}.SME_METADATA_AUTOPILOT_ENDPOINTS WHERE ENDPOINT_NAME = '{name}'"
    )
    return name


def test_a_dry_run_only_lists_and_what_it_lists_then_goes(
    sme, lost, completed_job, collect, collect_all, listed, s3
):
    bucket = sme.account.bucket
    prefix = f"{sme.account.output_path}/{completed_job}/20000101000000/"
    s3.put_object(Bucket=bucket, Key=f"{prefix}training/part-0001.csv", Body=b"left behind")
    found = collect(dry_run=True)
    assert found["endpoint", lost] == ("it is not in the registry", "nothing yet")
    assert ("S3 prefix", f"s3://{bucket}/{prefix}") in found
    assert lost in listed("endpoints")
    collect_all()
    assert lost not in listed("endpoints")
    assert prefix not in prefixes(s3, sme)
    assert not [name for name in listed("models") if name.startswith(lost)]
    job = sme.job_row(completed_job)
    assert job["S3_PREFIX"] in prefixes(s3, sme)


@pytest.mark.embedded("a bucket and an account that the keys cannot reach")
def test_trainings_in_a_bucket_that_was_deleted_and_in_another_account_are_no_obstacle(
    sme, collect
):
    table = f"{sme.schema}.SME_METADATA_AUTOPILOT_JOBS"
    elsewhere = {"s3://sme-gone": "123456789012", "s3://sme-foreign": "210987654321"}
    for bucket, account in elsewhere.items():
        job_name = sme.train()
        sme.connection.execute(
            f"UPDATE {table} SET S3_BUCKET_URI = '{bucket}', "
            f"IAM_SAGEMAKER_ROLE = 'arn:aws:iam::{account}:role/Any' WHERE JOB_NAME = '{job_name}'"
        )
    assert not [reason for reason, done in collect().values() if "failed" in done]


def test_what_scales_an_endpoint_that_was_deleted_by_hand_goes(
    sme, stack, completed_job, collect_all, sagemaker
):
    name = fresh_name("Scaled")
    request = {
        "job_name": completed_job,
        "endpoint_name": name,
        "schema_name": sme.data_schema,
        "min_instance_count": 1,
        "max_instance_count": 2,
        "target_invocations_per_instance": 100,
        "aws_credentials_connection_name": sme.aws_connection,
        "aws_region": sme.region,
    }
    sme.script("SME_DEPLOY_SAGEMAKER_AUTOPILOT_MODEL", json.dumps(request))
    assert sme.wait_for_endpoint(name)["STATUS"] == "InService"
    scaling = stack.aws_client("application-autoscaling")

    def targets():
        found = scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
        return [target for target in found if f"/{name}/" in target["ResourceId"]]

    assert len(targets()) == 1
    sagemaker.delete_endpoint(EndpointName=name)
    sagemaker.get_waiter("endpoint_deleted").wait(
        EndpointName=name, WaiterConfig=sme.account.waiting
    )
    collect_all()
    assert targets() == []
    assert sme.endpoint_row(name)["STATUS"] == "Deleted"


def test_what_others_have_made_is_never_touched(sme, endpoint, collect_all, listed, sagemaker, s3):
    """By hand, by another tool, and by another registry schema of the same account."""
    config = sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"]
    variants = sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"]
    model = sagemaker.describe_model(ModelName=variants[0]["ModelName"])
    by_hand, by_other_schema = fresh_name("ByHand"), fresh_name("ByOtherSchema")
    another_schema = f"ANOTHER_{MARK}"
    others = {
        by_hand: [],
        by_other_schema: [
            {"Key": "sme:schema", "Value": another_schema},
            {"Key": "sme:endpoint", "Value": by_other_schema},
        ],
    }
    path = sme.account.output_path
    for name, tags in others.items():
        sagemaker.create_model(
            ModelName=name,
            Containers=model["Containers"],
            ExecutionRoleArn=model["ExecutionRoleArn"],
            Tags=tags,
        )
        sagemaker.create_endpoint_config(
            EndpointConfigName=name,
            ProductionVariants=[{**variants[0], "ModelName": name}],
            Tags=tags,
        )
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name, Tags=tags)
        key = f"{path}/{name}/1/training/a.csv"
        s3.put_object(Bucket=sme.account.bucket, Key=key, Body=b"theirs")
    collect_all()
    assert listed("endpoints", schema=another_schema) == {by_other_schema}
    for name in others:
        assert sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] != "Deleting"
        assert sagemaker.describe_model(ModelName=name)["ModelName"] == name
        assert f"{path}/{name}/1/" in prefixes(s3, sme)
        sagemaker.get_waiter("endpoint_in_service").wait(
            EndpointName=name, WaiterConfig=sme.account.waiting
        )
        sagemaker.delete_endpoint(EndpointName=name)
    assert sme.endpoint_row(endpoint)["STATUS"] == "InService"
