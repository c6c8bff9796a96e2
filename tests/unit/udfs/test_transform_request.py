"""The requests of a batch prediction: answers come back by the number of their row."""

from udfs.python.transform import transform_requests

SPEC = {
    "transform_job_name": "Job-batch-1",
    "role": "arn:aws:iam::1:role/sme",
    "bucket": "b",
    "prefix": "sme/Job/Job-batch-1/",
    "field_count": 4.0,
    "instance_type": "ml.m5.large",
    "instance_count": 2.0,
    "tags": {"sme:job": "Job"},
}


def candidate(supported="predicted_label,probability,probabilities,labels"):
    environment = {"SAGEMAKER_INFERENCE_SUPPORTED": supported} if supported else {}
    container = {
        "Image": "image",
        "ModelDataUrl": "s3://b/model.tar.gz",
        "Environment": environment,
    }
    return {"CandidateName": "c", "InferenceContainers": [container]}


def test_the_number_of_a_row_is_kept_from_the_model_and_comes_back_with_each_answer():
    job = transform_requests(SPEC, candidate())["job"]
    assert job["DataProcessing"] == {
        "InputFilter": "$[1:]",
        "JoinSource": "Input",
        "OutputFilter": "$[0,5,6,7,8]",
    }
    assert job["TransformInput"]["SplitType"] == job["TransformOutput"]["AssembleWith"] == "Line"


def test_a_regression_has_one_field_of_an_answer():
    requests = transform_requests(SPEC, candidate(supported=None))
    assert requests["response_keys"] == ["predicted_label"]
    assert requests["job"]["DataProcessing"]["OutputFilter"] == "$[0,5]"


def test_the_filter_of_a_very_wide_table_is_not_longer_than_aws_takes():
    spec = {**SPEC, "field_count": 100_000}
    job = transform_requests(spec, candidate())["job"]
    assert len(job["DataProcessing"]["OutputFilter"]) <= 63


def test_what_was_not_given_is_left_to_aws_and_numbers_are_whole():
    job = transform_requests(SPEC, candidate())["job"]
    assert "MaxPayloadInMB" not in job
    assert "MaxConcurrentTransforms" not in job
    assert job["TransformResources"] == {"InstanceType": "ml.m5.large", "InstanceCount": 2}
    given = {**SPEC, "max_payload_in_mb": 20.0, "max_concurrent_transforms": 5.0}
    job = transform_requests(given, candidate())["job"]
    assert (job["MaxPayloadInMB"], job["MaxConcurrentTransforms"]) == (20, 5)


def test_model_and_job_have_one_name_and_say_whose_they_are():
    requests = transform_requests(SPEC, candidate())
    assert requests["model"]["ModelName"] == requests["job"]["ModelName"] == "Job-batch-1"
    for request in requests["model"], requests["job"]:
        tags = {tag["Key"]: tag["Value"] for tag in request["Tags"]}
        assert tags == {"sme:job": "Job", "sme:transform": "Job-batch-1"}
    assert requests["job"]["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"] == (
        "s3://b/sme/Job/Job-batch-1/input/"
    )
    assert requests["job"]["TransformOutput"]["S3OutputPath"].startswith(
        "s3://b/sme/Job/Job-batch-1/output"
    )
