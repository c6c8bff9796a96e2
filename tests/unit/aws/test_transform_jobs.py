"""Batch transform: objects of S3 in, the answers of a model out, and what AWS refuses."""

import gzip

import pandas as pd
import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::123456789012:role/sme"
ENDED = ("Completed", "Failed", "Stopped")
JOINED = {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,31]"}


@pytest.fixture(scope="module")
def model(aws, trained) -> str:
    containers = trained["ENSEMBLING"]["BestCandidate"]["InferenceContainers"]
    aws.sagemaker.create_model(ModelName="batch", Containers=containers, ExecutionRoleArn=ROLE)
    return "batch"


def transform_request(name: str, prefix: str, **changes) -> dict:
    """A request whose input lies below s3://trained/<prefix>/in/."""
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://trained/{prefix}/in/"}}
    request = {
        "TransformJobName": name,
        "ModelName": "batch",
        "TransformInput": {"DataSource": source, "ContentType": "text/csv", "SplitType": "Line"},
        "TransformOutput": {
            "S3OutputPath": f"s3://trained/{prefix}/out",
            "Accept": "text/csv",
            "AssembleWith": "Line",
        },
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    }
    for member, value in changes.items():
        is_part = isinstance(value, dict) and member in request
        request[member] = {**request[member], **value} if is_part else value
    return request


def put(aws, prefix: str, file: str, frame: pd.DataFrame) -> str:
    body = frame.to_csv(index=False, header=False)
    aws.s3.put_object(Bucket="trained", Key=f"{prefix}/in/{file}", Body=body.encode())
    return body


def output(aws, prefix: str) -> dict[str, str]:
    """The text of each object that a job has written, by its key below out/."""
    found = aws.s3.list_objects_v2(Bucket="trained", Prefix=f"{prefix}/out/").get("Contents", [])
    return {
        entry["Key"].removeprefix(f"{prefix}/out/"): aws.s3.get_object(
            Bucket="trained", Key=entry["Key"]
        )["Body"]
        .read()
        .decode()
        for entry in found
    }


@pytest.fixture
def run(aws, model, wait_until):
    """Runs a job to its end; gives what DescribeTransformJob then says."""

    def run(request: dict) -> dict:
        aws.sagemaker.create_transform_job(**request)
        return wait_until(
            lambda: aws.sagemaker.describe_transform_job(
                TransformJobName=request["TransformJobName"]
            ),
            lambda job: job["TransformJobStatus"] in ENDED,
        )

    return run


@pytest.fixture(scope="module")
def rows(patients) -> pd.DataFrame:
    return patients[500:].drop(columns="diagnosis")


def refused(aws, **request) -> str:
    with pytest.raises(ClientError) as caught:
        aws.sagemaker.create_transform_job(**request)
    return caught.value.response["Error"]["Message"]


def test_every_object_becomes_one_of_its_answers_beside_its_name(aws, run, rows, trained):
    first, second = (
        put(aws, "files", "a.csv", rows[:40]),
        put(aws, "files", "deep/b.csv", rows[40:]),
    )
    job = run(transform_request("files", "files"))
    assert job["TransformJobStatus"] == "Completed"
    assert job["CreationTime"] <= job["TransformStartTime"] <= job["TransformEndTime"]
    written = output(aws, "files")
    assert written.keys() == {"a.csv.out", "deep/b.csv.out"}
    aws.deploy("for-comparison", trained["ENSEMBLING"]["BestCandidate"]["InferenceContainers"])
    assert written["a.csv.out"] == aws.invoke("for-comparison", first)
    assert written["deep/b.csv.out"] == aws.invoke("for-comparison", second)


def test_answers_are_joined_with_the_fields_of_their_own_record(aws, run, rows):
    keyed = rows.copy()
    keyed.insert(0, "key", [f'no. "{i}", of all' for i in range(len(rows))])
    put(aws, "joined", "all.csv", keyed)
    put(aws, "plain", "all.csv", rows)
    job = run(transform_request("joined", "joined", DataProcessing=JOINED))
    assert job["DataProcessing"] == JOINED
    run(transform_request("plain", "plain"))
    joined = pd.read_csv(pd.io.common.StringIO(output(aws, "joined")["all.csv.out"]), header=None)
    assert joined[0].tolist() == keyed["key"].tolist()
    assert joined[1].tolist() == output(aws, "plain")["all.csv.out"].split()


@pytest.mark.parametrize("strategy", ["SingleRecord", "MultiRecord"])
def test_the_strategy_does_not_change_the_answers(aws, run, rows, strategy):
    put(aws, strategy, "a.csv", rows[:20])
    run(transform_request(strategy, strategy, BatchStrategy=strategy))
    assert len(output(aws, strategy)["a.csv.out"].split()) == 20


def test_compressed_input_is_read(aws, run, rows):
    body = gzip.compress(rows.to_csv(index=False, header=False).encode())
    aws.s3.put_object(Bucket="trained", Key="packed/in/a.csv.gz", Body=body)
    run(transform_request("packed", "packed", TransformInput={"CompressionType": "Gzip"}))
    assert len(output(aws, "packed")["a.csv.gz.out"].split()) == len(rows)


def test_lines_are_split_also_within_quotes(aws, run):
    aws.s3.put_object(Bucket="trained", Key="broken/in/a.csv", Body=b'1,"two\nlines"\n')
    job = run(transform_request("broken", "broken", DataProcessing={**JOINED, "OutputFilter": "$"}))
    assert job["TransformJobStatus"] == "Failed"
    assert "is not CSV with 30 columns" in job["FailureReason"]
    assert output(aws, "broken") == {}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, "No S3 objects found under the prefix s3://trained/none/in/."),
        ({"TransformOutput": {"S3OutputPath": "s3://nowhere/out"}}, "cannot be written"),
        ({"DataProcessing": {**JOINED, "OutputFilter": "$[32]"}}, "$[32] names a field"),
    ],
)
def test_a_job_that_cannot_go_on_fails_with_a_reason(aws, run, rows, changes, reason):
    prefix = "none" if not changes else f"fails{len(str(changes))}"
    if changes:
        put(aws, prefix, "a.csv", rows.assign(key=1)[["key", *rows.columns]])
    job = run(transform_request(f"{prefix}-job", prefix, **changes))
    assert job["TransformJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: ")
    assert reason in job["FailureReason"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ModelName": "no-such"}, "Could not find model"),
        ({"MaxPayloadInMB": 101}, "must not exceed 100"),
        ({"MaxPayloadInMB": 50, "MaxConcurrentTransforms": 3}, "is 150, but must not exceed 100"),
        ({"BatchStrategy": "MultiRecord", "TransformInput": {"SplitType": "None"}}, "SplitType"),
        ({"DataProcessing": {"InputFilter": "$.features"}}, "Invalid JSONPath in InputFilter"),
        ({"DataProcessing": {"OutputFilter": "$[0,1:]"}}, "Invalid JSONPath in OutputFilter"),
        ({"DataProcessing": JOINED, "TransformOutput": {"AssembleWith": "None"}}, "AssembleWith"),
        ({"DataProcessing": JOINED, "TransformInput": {"SplitType": "None"}}, "SplitType Line"),
        ({"TransformInput": {"SplitType": "RecordIO"}}, "Not available in the embedded stack"),
        ({"Environment": {"A": "b"}}, "Environment of a transform job"),
        ({"TransformResources": {"InstanceType": "ml.nonsense"}}, "enum value set"),
    ],
)
def test_a_request_that_cannot_be_carried_out_is_refused(aws, model, changes, reason):
    assert reason in refused(aws, **transform_request("refused", "refused", **changes))
    assert aws.sagemaker.list_transform_jobs(NameContains="refused")["TransformJobSummaries"] == []


def test_a_name_is_never_free_again(aws, run, rows):
    put(aws, "once", "a.csv", rows[:5])
    run(transform_request("once", "once"))
    assert "already exists" in refused(aws, **transform_request("ONCE", "once"))


def test_a_job_is_stopped_and_one_that_ended_is_not(start_aws, tmp_path, patients, wait_until):
    aws = start_aws(tmp_path, "--pace", "1")
    client = aws.sagemaker
    aws.create_bucket("trained")
    aws.s3.put_object(Bucket="trained", Key="model.tar.gz", Body=b"never read")
    container = {"Image": "image", "ModelDataUrl": "s3://trained/model.tar.gz"}
    client.create_model(ModelName="batch", PrimaryContainer=container, ExecutionRoleArn=ROLE)
    client.create_transform_job(**transform_request("stops", "any"))
    client.stop_transform_job(TransformJobName="stops")
    wait_until(
        lambda: client.describe_transform_job(TransformJobName="stops")["TransformJobStatus"],
        lambda status: status == "Stopped",
    )
    with pytest.raises(ClientError, match="is in status Stopped"):
        client.stop_transform_job(TransformJobName="stops")
    with pytest.raises(ClientError, match="Could not find requested job with name: never"):
        client.describe_transform_job(TransformJobName="never")


def test_a_restart_takes_up_what_was_under_way(start_aws, tmp_path, wait_until):
    before = start_aws(tmp_path, "--pace", "60")
    before.create_bucket("trained")
    before.s3.put_object(Bucket="trained", Key="model.tar.gz", Body=b"no archive")
    container = {"Image": "image", "ModelDataUrl": "s3://trained/model.tar.gz"}
    before.sagemaker.create_model(
        ModelName="batch", PrimaryContainer=container, ExecutionRoleArn=ROLE
    )
    before.sagemaker.create_transform_job(**transform_request("resumed", "any"))
    before.kill()
    after = start_aws(tmp_path)
    job = wait_until(
        lambda: after.sagemaker.describe_transform_job(TransformJobName="resumed"),
        lambda job: job["TransformJobStatus"] in ENDED,
    )
    assert job["TransformJobStatus"] == "Failed"
    assert "cannot serve" in job["FailureReason"]


def test_jobs_are_listed_by_status_and_carry_their_tags(aws, run, rows):
    put(aws, "tagged", "a.csv", rows[:5])
    tags = [{"Key": "sme:job", "Value": "trained"}]
    job = run(transform_request("tagged", "tagged", Tags=tags))
    listed = aws.sagemaker.list_transform_jobs(NameContains="tagged", StatusEquals="Completed")
    assert [j["TransformJobName"] for j in listed["TransformJobSummaries"]] == ["tagged"]
    running = aws.sagemaker.list_transform_jobs(NameContains="tagged", StatusEquals="InProgress")
    assert running["TransformJobSummaries"] == []
    assert aws.sagemaker.list_tags(ResourceArn=job["TransformJobArn"])["Tags"] == tags
