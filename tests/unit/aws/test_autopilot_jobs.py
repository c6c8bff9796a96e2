"""Jobs live as Autopilot's do, really train, and tell about it in the API's shape."""

import gzip
import itertools
import json

import boto3
import pytest
from botocore.exceptions import ClientError

STAGES = {
    "ENSEMBLING": [
        "Starting",
        "PreTraining",
        "TrainingModels",
        "GeneratingExplainabilityReport",
        "GeneratingModelInsightsReport",
        "Completed",
    ],
    "HYPERPARAMETER_TUNING": [
        "Starting",
        "AnalyzingData",
        "FeatureEngineering",
        "ModelTuning",
        "MaxCandidatesReached",
        "GeneratingExplainabilityReport",
        "GeneratingModelInsightsReport",
        "Completed",
    ],
}


@pytest.fixture(scope="module")
def bucket(aws, patients, mixed_rows):
    name = aws.create_bucket("jobs")
    aws.put_csv(name, "patients.csv", patients)
    aws.put_csv(name, "mixed/rows.csv", mixed_rows)
    return name


def error_of(call, **arguments) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.mark.parametrize("mode", STAGES)
def test_stages_follow_each_other_in_autopilots_order(aws, bucket, wait_until, mode):
    name = f"stages-{mode[:4]}"
    aws.train(name, f"s3://{bucket}/patients.csv", "diagnosis", Mode=mode)
    seen = []

    def look():
        seen.append(aws.describe(name)["AutoMLJobSecondaryStatus"])
        return seen[-1]

    wait_until(look, lambda status: status in ("Completed", "Failed"))
    assert set(seen) <= set(STAGES[mode])
    order = [STAGES[mode].index(status) for status, _ in itertools.groupby(seen)]
    assert order == sorted(order)
    assert "TrainingModels" in seen or "ModelTuning" in seen


@pytest.mark.parametrize("mode", STAGES)
def test_a_completed_job_names_its_best_candidate(aws, trained, mode):
    job = trained[mode]
    candidates = aws.sagemaker.list_candidates_for_auto_ml_job(
        AutoMLJobName=job["AutoMLJobName"], SortBy="FinalObjectiveMetricValue"
    )["Candidates"]
    values = [one["FinalAutoMLJobObjectiveMetric"]["Value"] for one in candidates]
    assert job["AutoMLJobStatus"] == job["AutoMLJobSecondaryStatus"] == "Completed"
    assert len(candidates) == 2
    assert values == sorted(values)
    assert job["BestCandidate"] == candidates[-1]
    assert job["BestCandidate"]["FinalAutoMLJobObjectiveMetric"]["MetricName"] == "F1"
    assert job["EndTime"] >= job["CreationTime"]


def test_what_was_left_open_is_resolved(trained):
    resolved = trained["ENSEMBLING"]["ResolvedAttributes"]
    assert resolved["AutoMLJobObjective"] == {"MetricName": "F1"}
    assert resolved["AutoMLProblemTypeResolvedAttributes"] == {
        "TabularResolvedAttributes": {"ProblemType": "BinaryClassification"}
    }
    assert resolved["CompletionCriteria"] == {"MaxCandidates": 2}


def test_metrics_are_given_for_both_sets(trained):
    metrics = trained["ENSEMBLING"]["BestCandidate"]["CandidateProperties"]["CandidateMetrics"]
    by_set = {name: {} for name in ("Train", "Validation")}
    for metric in metrics:
        by_set[metric["Set"]][metric["StandardMetricName"]] = metric["Value"]
    expected = {"Accuracy", "AUC", "BalancedAccuracy", "F1", "LogLoss", "Precision", "Recall"}
    assert expected <= set(by_set["Train"]) and expected <= set(by_set["Validation"])
    assert by_set["Validation"]["Accuracy"] > 0.9


@pytest.mark.parametrize(("mode", "count"), [("ENSEMBLING", 1), ("HYPERPARAMETER_TUNING", 3)])
def test_containers_tell_which_keys_they_support(trained, mode, count):
    containers = trained[mode]["BestCandidate"]["InferenceContainers"]
    assert len(containers) == count
    last = containers[-1]["Environment"]
    assert last["SAGEMAKER_INFERENCE_OUTPUT"] == "predicted_label"
    assert set(last["SAGEMAKER_INFERENCE_SUPPORTED"].split(",")) == {
        "predicted_label",
        "probability",
        "probabilities",
        "labels",
    }


def test_reports_lie_where_the_best_candidate_says(aws, trained):
    best = trained["ENSEMBLING"]["BestCandidate"]
    locations = best["CandidateProperties"]["CandidateArtifactLocations"]
    found = {}
    for kind, file_name in (
        ("Explainability", "analysis.json"),
        ("ModelInsights", "statistics.json"),
    ):
        bucket, _, folder = locations[kind].removeprefix("s3://").partition("/")
        key = f"{folder}/{best['CandidateName']}/{file_name}"
        found[kind] = json.loads(aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    shap = found["Explainability"]["explanations"]["kernel_shap"]["label0"]
    assert len(shap["global_shap_values"]) == 30
    assert max(shap["global_shap_values"].values()) > 0
    matrix = found["ModelInsights"]["binary_classification_metrics"]["confusion_matrix"]
    assert matrix["benign"]["benign"] > matrix["benign"]["malignant"]


def test_training_twice_gives_the_same_metrics(aws, bucket):
    for name in ("same-1", "same-2"):
        aws.train(
            name,
            f"s3://{bucket}/patients.csv",
            "diagnosis",
            CompletionCriteria={"MaxCandidates": 3},
        )
    metrics = []
    for name in ("same-1", "same-2"):
        best = aws.wait_for_job(name)["BestCandidate"]
        metrics.append(best["FinalAutoMLJobObjectiveMetric"])
    assert metrics[0] == metrics[1]


def test_regression_on_numbers_texts_and_gaps(aws, bucket):
    aws.train("prices", f"s3://{bucket}/mixed/", "price", Mode="HYPERPARAMETER_TUNING")
    job = aws.wait_for_job("prices")
    metric = job["BestCandidate"]["FinalAutoMLJobObjectiveMetric"]
    assert (metric["MetricName"], metric["Type"]) == ("MSE", "Minimize")
    assert len(job["BestCandidate"]["InferenceContainers"]) == 2
    values = {
        datum["StandardMetricName"]: datum["Value"]
        for datum in job["BestCandidate"]["CandidateProperties"]["CandidateMetrics"]
        if datum["Set"] == "Validation"
    }
    assert values["R2"] > 0.5


def test_several_texts_are_multiclass(aws, bucket):
    aws.train("sizes", f"s3://{bucket}/mixed/", "size")
    job = aws.wait_for_job("sizes")
    assert job["ResolvedAttributes"]["AutoMLProblemTypeResolvedAttributes"] == {
        "TabularResolvedAttributes": {"ProblemType": "MulticlassClassification"}
    }
    assert job["BestCandidate"]["FinalAutoMLJobObjectiveMetric"]["MetricName"] == "Accuracy"


def test_the_smallest_error_is_the_best(aws, bucket, new_job):
    criteria = {"MaxCandidates": 3}
    request = new_job(
        "smallest",
        f"s3://{bucket}/mixed/",
        "price",
        ProblemType="Regression",
        CompletionCriteria=criteria,
    )
    request["AutoMLJobObjective"] = {"MetricName": "RMSE"}
    aws.sagemaker.create_auto_ml_job_v2(**request)
    best = aws.wait_for_job("smallest")["BestCandidate"]
    candidates = aws.sagemaker.list_candidates_for_auto_ml_job(AutoMLJobName="smallest")
    values = [one["FinalAutoMLJobObjectiveMetric"]["Value"] for one in candidates["Candidates"]]
    assert len(values) == 3
    assert best["FinalAutoMLJobObjectiveMetric"]["Value"] == min(values)


def test_compressed_files_are_read(aws, bucket, patients, new_job):
    body = gzip.compress(patients.to_csv(index=False).encode())
    aws.s3.put_object(Bucket=bucket, Key="zipped/p.csv.gz", Body=body)
    request = new_job("zipped", f"s3://{bucket}/zipped/", "diagnosis")
    request["AutoMLJobInputDataConfig"][0]["CompressionType"] = "Gzip"
    aws.sagemaker.create_auto_ml_job_v2(**request)
    assert aws.wait_for_job("zipped")["AutoMLJobStatus"] == "Completed"


def test_a_manifest_lists_the_files(aws, bucket, patients, new_job):
    aws.put_csv(bucket, "listed/a.csv", patients[:300])
    aws.put_csv(bucket, "listed/b.csv", patients[300:])
    aws.s3.put_object(Bucket=bucket, Key="listed/not-csv", Body=b"\x00")
    manifest = [{"prefix": f"s3://{bucket}/listed/"}, "a.csv", "b.csv"]
    aws.s3.put_object(Bucket=bucket, Key="m.json", Body=json.dumps(manifest).encode())
    request = new_job("listed", f"s3://{bucket}/m.json", "diagnosis")
    source = request["AutoMLJobInputDataConfig"][0]["DataSource"]["S3DataSource"]
    source["S3DataType"] = "ManifestFile"
    aws.sagemaker.create_auto_ml_job_v2(**request)
    assert aws.wait_for_job("listed")["AutoMLJobStatus"] == "Completed"


def test_a_prefix_without_slash_also_matches_longer_names(aws, bucket, patients):
    """As in S3: `m1` reads m1/ and m10/, which here makes the 500 rows complete."""
    aws.put_csv(bucket, "m1/p.csv", patients[:300])
    aws.put_csv(bucket, "m10/p.csv", patients[300:])
    aws.train("prefix", f"s3://{bucket}/m1", "diagnosis")
    aws.train("prefix-slash", f"s3://{bucket}/m1/", "diagnosis")
    assert aws.wait_for_job("prefix")["AutoMLJobStatus"] == "Completed"
    assert aws.wait_for_job("prefix-slash")["AutoMLJobStatus"] == "Failed"


def test_a_v1_job_is_described_by_both_operations(aws, bucket):
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/patients.csv"}}
    aws.sagemaker.create_auto_ml_job(
        AutoMLJobName="old-style",
        InputDataConfig=[{"DataSource": source, "TargetAttributeName": "diagnosis"}],
        OutputDataConfig={"S3OutputPath": f"s3://{bucket}/out"},
        AutoMLJobConfig={"CompletionCriteria": {"MaxCandidates": 1}},
        RoleArn="arn:aws:iam::123456789012:role/sme",
    )
    job = aws.wait_for_job("old-style")
    old = aws.sagemaker.describe_auto_ml_job(AutoMLJobName="old-style")
    tabular = job["AutoMLProblemTypeConfig"]["TabularJobConfig"]
    assert tabular["TargetAttributeName"] == "diagnosis"
    assert old["InputDataConfig"][0]["TargetAttributeName"] == "diagnosis"
    assert old["BestCandidate"] == job["BestCandidate"]
    assert old["ResolvedAttributes"]["ProblemType"] == "BinaryClassification"


def test_describe_v1_does_not_know_v2_jobs(aws, trained):
    name = trained["ENSEMBLING"]["AutoMLJobName"]
    code, message = error_of(aws.sagemaker.describe_auto_ml_job, AutoMLJobName=name)
    assert code == "ValidationException" and "DescribeAutoMLJobV2" in message


def test_a_job_name_is_taken_for_ever_in_any_case(aws, trained, new_job):
    name = trained["ENSEMBLING"]["AutoMLJobName"]
    request = new_job(name.upper(), "s3://trained/patients/", "diagnosis")
    with pytest.raises(aws.sagemaker.exceptions.ResourceInUse, match="already exists"):
        aws.sagemaker.create_auto_ml_job_v2(**request)


@pytest.mark.parametrize(
    "operation",
    [
        "describe_auto_ml_job_v2",
        "describe_auto_ml_job",
        "stop_auto_ml_job",
        "list_candidates_for_auto_ml_job",
    ],
)
def test_an_unknown_job_is_not_found(aws, operation):
    call = getattr(aws.sagemaker, operation)
    with pytest.raises(aws.sagemaker.exceptions.ResourceNotFound, match="nobody"):
        call(AutoMLJobName="nobody")


def test_jobs_are_listed_in_pages_with_filters(aws, trained):
    pages = aws.sagemaker.get_paginator("list_auto_ml_jobs").paginate(
        NameContains="trained-",
        StatusEquals="Completed",
        SortBy="Name",
        SortOrder="Ascending",
        PaginationConfig={"PageSize": 1},
    )
    names = [[job["AutoMLJobName"] for job in page["AutoMLJobSummaries"]] for page in pages]
    assert names == [["trained-ensembling"], ["trained-tuning"]]


def test_a_job_has_the_tags_of_its_request(aws, bucket, new_job):
    request = new_job("tagged-job", f"s3://{bucket}/patients.csv", "diagnosis")
    tags = [{"Key": "team", "Value": "analytics"}]
    arn = aws.sagemaker.create_auto_ml_job_v2(**request, Tags=tags)["AutoMLJobArn"]
    assert aws.sagemaker.list_tags(ResourceArn=arn)["Tags"] == tags


def test_candidates_are_found_by_name(aws, trained):
    job = trained["ENSEMBLING"]
    best = job["BestCandidate"]["CandidateName"]
    found = aws.sagemaker.list_candidates_for_auto_ml_job(
        AutoMLJobName=job["AutoMLJobName"], CandidateNameEquals=best, StatusEquals="Completed"
    )["Candidates"]
    assert [one["CandidateName"] for one in found] == [best]


def test_a_stopped_job_ends_stopped(aws, start_aws, patients, tmp_path):
    slow = start_aws(tmp_path, "--pace", "30")
    slow.create_bucket("slow")
    slow.put_csv("slow", "p.csv", patients)
    slow.train("halted", "s3://slow/p.csv", "diagnosis")
    slow.sagemaker.stop_auto_ml_job(AutoMLJobName="halted")
    job = slow.wait_for_job("halted")
    assert (job["AutoMLJobStatus"], job["AutoMLJobSecondaryStatus"]) == ("Stopped", "Stopped")
    assert "BestCandidate" not in job


def test_a_finished_job_cannot_be_stopped(aws, trained):
    name = trained["ENSEMBLING"]["AutoMLJobName"]
    code, message = error_of(aws.sagemaker.stop_auto_ml_job, AutoMLJobName=name)
    assert code == "ValidationException" and "Completed" in message


@pytest.mark.parametrize(
    ("uri", "target", "reason"),
    [
        ("s3://jobs/nothing/", "diagnosis", "No S3 objects found under S3 URL"),
        ("s3://no-such-bucket/x/", "diagnosis", "No S3 objects found under S3 URL"),
        ("s3://jobs/patients.csv", "Diagnosis", "target column 'Diagnosis' was not found"),
        ("s3://jobs/few.csv", "diagnosis", "has 499 rows. At least 500 rows are required"),
        ("s3://jobs/constant.csv", "diagnosis", "only one distinct value"),
        ("s3://jobs/alone.csv", "diagnosis", "no columns besides the target"),
        ("s3://jobs/unequal/", "diagnosis", "other columns"),
        ("s3://jobs/zip.csv", "diagnosis", "compressed with gzip"),
        ("s3://jobs/twice.csv", "a", "duplicate column names: ['a']"),
    ],
)
def test_bad_data_fails_the_job_with_a_reason(aws, bucket, patients, uri, target, reason):
    aws.put_csv(bucket, "few.csv", patients[:499])
    aws.put_csv(bucket, "constant.csv", patients.assign(diagnosis="benign"))
    aws.put_csv(bucket, "alone.csv", patients[["diagnosis"]])
    aws.put_csv(bucket, "unequal/1.csv", patients)
    aws.put_csv(bucket, "unequal/2.csv", patients.drop(columns="mean radius"))
    zipped = gzip.compress(patients.to_csv(index=False).encode())
    aws.s3.put_object(Bucket=bucket, Key="zip.csv", Body=zipped)
    aws.s3.put_object(Bucket=bucket, Key="twice.csv", Body=b"a,a\n1,2\n")
    name = f"bad-{abs(hash((uri, target)))}"[:32]
    aws.train(name, uri, target)
    job = aws.wait_for_job(name)
    assert (job["AutoMLJobStatus"], job["AutoMLJobSecondaryStatus"]) == ("Failed", "Failed")
    assert reason in job["FailureReason"]


def test_a_missing_output_bucket_fails_the_job(aws, bucket, new_job):
    request = new_job("no-output", f"s3://{bucket}/patients.csv", "diagnosis")
    request["OutputDataConfig"]["S3OutputPath"] = "s3://not-there/out"
    aws.sagemaker.create_auto_ml_job_v2(**request)
    assert "not-there" in aws.wait_for_job("no-output")["FailureReason"]


def test_a_malformed_name_starts_nothing(aws, bucket, new_job):
    request = new_job("under_score", f"s3://{bucket}/patients.csv", "diagnosis")
    code, message = error_of(aws.sagemaker.create_auto_ml_job_v2, **request)
    assert code == "ValidationException"
    assert "Value 'under_score' at 'autoMLJobName'" in message


def test_unknown_operations_are_refused_by_name(aws):
    code, message = error_of(aws.sagemaker.list_training_jobs)
    assert code == "UnknownOperationException"
    assert "ListTrainingJobs" in message and "embedded stack" in message


def test_other_services_are_refused_by_name(aws):
    other = boto3.client(
        "dynamodb",
        endpoint_url=aws.ready["url"],
        region_name="eu-central-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",
    )
    code, message = error_of(other.list_tables)
    assert code == "UnknownOperationException" and "dynamodb" in message
