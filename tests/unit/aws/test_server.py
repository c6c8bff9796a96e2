"""The server process: S3, who may call, what is logged, and what survives its end."""

import http.client
import json
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
import requests
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError


def code_of(call, **arguments) -> tuple[str, int]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


def test_one_line_tells_the_address(aws):
    assert aws.ready["url"].startswith("http://127.0.0.1:")
    assert (aws.ready["region"], aws.ready["account"]) == ("eu-central-1", "123456789012")


def test_roles_and_their_policies_survive_the_end_of_the_server(start_aws, tmp_path):
    first = start_aws(tmp_path)
    iam = first.client("iam")
    everything = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
    for name in ("kept", "deleted"):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy, Description="ü+ &")
    first_id = iam.get_role(RoleName="kept")["Role"]["RoleId"]
    iam.put_role_policy(RoleName="kept", PolicyName="p", PolicyDocument=policy)
    iam.delete_role(RoleName="deleted")
    with pytest.raises(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName="kept", AssumeRolePolicyDocument=policy, Description="other")
    first.kill()

    iam = start_aws(tmp_path).client("iam")
    (role,) = iam.list_roles()["Roles"]
    assert (role["RoleName"], role["Description"]) == ("kept", "ü+ &")
    assert role["RoleId"] != first_id
    assert iam.list_role_policies(RoleName="kept")["PolicyNames"] == ["p"]


@pytest.mark.parametrize("end", ["kill", "close"])
def test_objects_survive_the_end_of_the_server(start_aws, tmp_path, end):
    first = start_aws(tmp_path)
    s3 = first.s3
    first.create_bucket("keep")
    first.create_bucket("emptied")
    s3.put_object(
        Bucket="keep", Key="a/ü 1.csv", Body=b"one", ContentType="text/csv", Metadata={"x": "y"}
    )
    s3.put_object(Bucket="keep", Key="a/ü 1.csv", Body=b"two", ContentType="text/csv")
    s3.copy_object(Bucket="keep", Key="copied", CopySource="keep/a/ü 1.csv")
    upload = s3.create_multipart_upload(Bucket="keep", Key="parts")["UploadId"]
    sizes = (5 * 1024 * 1024, 10)
    parts = [
        {
            "PartNumber": number,
            "ETag": s3.upload_part(
                Bucket="keep", Key="parts", UploadId=upload, PartNumber=number, Body=b"p" * size
            )["ETag"],
        }
        for number, size in enumerate(sizes, start=1)
    ]
    s3.complete_multipart_upload(
        Bucket="keep", Key="parts", UploadId=upload, MultipartUpload={"Parts": parts}
    )
    for key in ("gone-1", "gone-2", "gone-3"):
        s3.put_object(Bucket="keep", Key=key, Body=b"")
    s3.delete_objects(Bucket="keep", Delete={"Objects": [{"Key": "gone-1"}, {"Key": "gone-2"}]})
    s3.delete_object(Bucket="keep", Key="gone-3")
    s3.delete_bucket(Bucket="emptied")
    before = s3.list_objects_v2(Bucket="keep")["Contents"]
    getattr(first, end)()

    second = start_aws(tmp_path)
    after = second.s3.list_objects_v2(Bucket="keep")["Contents"]
    found = second.s3.get_object(Bucket="keep", Key="a/ü 1.csv")
    assert [one["Name"] for one in second.s3.list_buckets()["Buckets"]] == ["keep"]
    assert [one["Key"] for one in after] == ["a/ü 1.csv", "copied", "parts"]
    assert [(one["ETag"], one["Size"]) for one in after] == [
        (one["ETag"], one["Size"]) for one in before
    ]
    assert (found["Body"].read(), found["ContentType"]) == (b"two", "text/csv")


def test_jobs_and_endpoints_survive_a_kill(start_aws, tmp_path, patients):
    first = start_aws(tmp_path)
    first.create_bucket("bucket")
    first.put_csv("bucket", "p.csv", patients)
    first.train("done", "s3://bucket/p.csv", "diagnosis")
    best = first.wait_for_job("done")["BestCandidate"]
    first.deploy("serves", best["InferenceContainers"])
    row = patients.drop(columns="diagnosis")[:1].to_csv(header=False, index=False)
    answer = first.invoke("serves", row)
    first.kill()

    second = start_aws(tmp_path)
    assert second.describe("done")["BestCandidate"] == best
    assert second.wait_for_endpoint("serves")["EndpointStatus"] == "InService"
    assert second.invoke("serves", row) == answer


def test_an_unfinished_job_trains_anew_after_a_kill(start_aws, tmp_path, patients):
    first = start_aws(tmp_path, "--pace", "30")
    first.create_bucket("bucket")
    first.put_csv("bucket", "p.csv", patients)
    first.train("anew", "s3://bucket/p.csv", "diagnosis")
    first.kill()

    second = start_aws(tmp_path)
    assert second.wait_for_job("anew")["AutoMLJobStatus"] == "Completed"


def test_sigterm_ends_the_server_cleanly(start_aws, tmp_path):
    running = start_aws(tmp_path)
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(30) == 0


def test_the_end_of_stdin_ends_the_server(start_aws, tmp_path):
    running = start_aws(tmp_path)
    running.process.stdin.close()
    assert running.process.wait(30) == 0


def test_requests_are_logged_without_bodies_and_keys(start_aws, tmp_path):
    log = tmp_path / "requests.jsonl"
    running = start_aws(tmp_path / "data", "--request-log", str(log))
    running.create_bucket("logged")
    running.s3.put_object(Bucket="logged", Key="secret.txt", Body=b"bodytext")
    code_of(running.sagemaker.describe_endpoint, EndpointName="nobody")
    code_of(running.runtime.invoke_endpoint, EndpointName="nothing", Body=b"bodytext")
    text = log.read_text()
    entries = [json.loads(line) for line in text.splitlines()]
    told = [(one["service"], one["operation"], one["status"], one["name"]) for one in entries]
    assert told == [
        ("s3", "PUT", 200, "/logged"),
        ("s3", "PUT", 200, "/logged/secret.txt"),
        ("sagemaker", "DescribeEndpoint", 400, "nobody"),
        ("sagemaker", "InvokeEndpoint", 400, "nothing"),
    ]
    assert entries[2]["error"] == "ValidationException"
    assert "bodytext" not in text and "AKIDLOCAL" not in text


def test_only_keys_of_the_file_may_call(start_aws, tmp_path):
    file = tmp_path / "credentials"
    file.write_text("[key AKIDLOCAL]\nsecret = secret\n[key OTHER]\nsecret = secret\n")
    running = start_aws(tmp_path / "data", "--credentials", str(file))
    assert running.sagemaker.list_endpoints()["Endpoints"] == []
    assert running.client("s3", key="OTHER").list_buckets()["Buckets"] == []
    stranger = "AKIDSTRANGER"
    assert code_of(running.client("sagemaker", key=stranger).list_endpoints) == (
        "UnrecognizedClientException",
        400,
    )
    assert code_of(
        running.client("sagemaker-runtime", key=stranger).invoke_endpoint,
        EndpointName="e",
        Body=b"",
    ) == ("UnrecognizedClientException", 400)
    assert code_of(running.client("s3", key=stranger).list_buckets) == ("InvalidAccessKeyId", 403)
    assert code_of(running.client("sts", key=stranger).get_caller_identity) == (
        "InvalidClientTokenId",
        403,
    )


def test_unsigned_requests_are_refused(aws):
    unsigned = {
        service: boto3.client(
            service,
            endpoint_url=aws.ready["url"],
            region_name="eu-central-1",
            config=Config(signature_version=UNSIGNED),
        )
        for service in ("sagemaker", "s3")
    }
    assert code_of(unsigned["sagemaker"].list_endpoints) == ("MissingAuthenticationToken", 403)
    assert code_of(unsigned["s3"].list_buckets) == ("AccessDenied", 403)


def test_the_caller_has_the_account_that_was_asked_for(start_aws, tmp_path):
    running = start_aws(tmp_path, "--account", "210987654321")
    assert running.client("sts").get_caller_identity()["Account"] == "210987654321"
    running.create_bucket("theirs")
    running.s3.put_object(Bucket="theirs", Key="k", Body=b"v")
    running.kill()
    again = start_aws(tmp_path, "--account", "210987654321")
    assert again.s3.get_object(Bucket="theirs", Key="k")["Body"].read() == b"v"


def test_buckets_are_found_by_host_name_too(aws):
    """`https://bucket.s3.region.amazonaws.com/key`, as EXPORT addresses it."""
    aws.create_bucket("by-host")
    aws.s3.put_object(Bucket="by-host", Key="a/b", Body=b"found")
    virtual = aws.client("s3", s3={"addressing_style": "virtual"})
    url = virtual.generate_presigned_url("get_object", Params={"Bucket": "by-host", "Key": "a/b"})
    answer = requests.get(
        f"{aws.ready['url']}/a/b?{url.partition('?')[2]}",
        headers={"Host": "by-host.s3.eu-central-1.amazonaws.com"},
        timeout=10,
    )
    assert answer.content == b"found"


def test_a_connection_serves_many_requests(aws):
    connection = http.client.HTTPConnection(aws.ready["url"].removeprefix("http://"), timeout=10)
    connection.connect()
    socket = connection.sock
    for size in (0, 9, 99):
        connection.request("POST", "/nowhere", body=b"x" * size)
        answer = connection.getresponse()
        answer.read()
        assert (answer.status, connection.sock) == (403, socket)
    connection.close()


def test_a_request_that_is_not_json_is_refused(aws):
    headers = {
        "X-Amz-Target": "SageMaker.ListEndpoints",
        "X-Amz-Date": time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()),
        "Authorization": "AWS4-HMAC-SHA256 Credential="
        f"K/{time.strftime('%Y%m%d', time.gmtime())}/r/sagemaker/aws4_request, "
        "SignedHeaders=host, Signature=0",
    }
    for body in (b"{", b"[]", b"\xff"):
        answer = requests.post(aws.ready["url"], headers=headers, data=body, timeout=10)
        assert answer.status_code == 400
        assert answer.json()["__type"] == "SerializationException"


def test_a_data_folder_has_one_server_at_a_time(start_aws, tmp_path):
    start_aws(tmp_path)
    command = [sys.executable, "-m", "sme_helper.local.aws", "--data", str(tmp_path)]
    second = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert second.returncode == 1
    assert second.stderr == f"Another AWS stand-in works with the folder {tmp_path}.\n"


def test_objects_uploaded_at_the_same_time_are_all_kept(start_aws, tmp_path):
    first = start_aws(tmp_path)
    first.create_bucket("parallel")
    bodies = {f"part-{n}": bytes([n]) * 100_000 for n in range(40)}

    def upload(key: str) -> None:
        first.s3.put_object(Bucket="parallel", Key=key, Body=bodies[key])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(upload, bodies))
    first.kill()
    second = start_aws(tmp_path)
    for key, body in bodies.items():
        assert second.s3.get_object(Bucket="parallel", Key=key)["Body"].read() == body
