"""Text classification jobs from S3 to an endpoint's answer, through real clients."""

import ast
import csv
import io
import json

import numpy as np
import pandas as pd
import pytest
from botocore.exceptions import ClientError

LABELS = ["delivery", "praise", "refund"]
WORDS = {
    "delivery": ["parcel", "late", "courier", "waiting", "arrived, finally", "tracking"],
    "praise": ["wonderful", "thanks", "great", "happy", "best", 'simply "super"'],
    "refund": ["money", "return", "broken", "refund", "exchange", "receipt"],
}
FILLERS = ["the", "my", "order", "is", "was", "a", "it", "please", "hello", "again", "größer"]
KEYS = "predicted_label,probability,probabilities,labels"


@pytest.fixture(scope="module")
def messages() -> pd.DataFrame:
    """600 messages of filler words, two or three words of their subject and one of another."""
    random = np.random.default_rng(23)
    rows = []
    for number in range(600):
        label = LABELS[number % 3]
        other = LABELS[random.integers(3)]
        words = list(random.choice(FILLERS, 6))
        words += list(random.choice(WORDS[label], random.integers(2, 4)))
        words += [random.choice(WORDS[other])]
        random.shuffle(words)
        rows.append({"subject": label, "noise": number, "message": " ".join(words)})
    frame = pd.DataFrame(rows)
    frame.loc[3, "message"] = "late parcel,\nnever arrived"
    return frame


def text_request(name: str, uri: str, **members) -> dict:
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}
    return {
        "AutoMLJobName": name,
        "AutoMLJobInputDataConfig": [{"ChannelType": "training", "DataSource": source}],
        "OutputDataConfig": {"S3OutputPath": "s3://messages/output"},
        "AutoMLProblemTypeConfig": {
            "TextClassificationJobConfig": {
                "ContentColumn": "message",
                "TargetLabelColumn": "subject",
                "CompletionCriteria": {"MaxCandidates": 2},
            }
        },
        "RoleArn": "arn:aws:iam::123456789012:role/sme",
        **members,
    }


@pytest.fixture(scope="module")
def job(aws, messages) -> dict:
    bucket = aws.create_bucket("messages")
    aws.put_csv(bucket, "train/all.csv", messages[:500])
    aws.sagemaker.create_auto_ml_job_v2(**text_request("subjects", f"s3://{bucket}/train/"))
    return aws.wait_for_job("subjects")


@pytest.fixture(scope="module")
def endpoint(aws, job) -> str:
    (container,) = job["BestCandidate"]["InferenceContainers"]
    environment = {**container["Environment"], "SAGEMAKER_INFERENCE_OUTPUT": KEYS}
    aws.deploy("subjects", [{**container, "Environment": environment}])
    return "subjects"


def ask(aws, endpoint: str, texts: list[str]) -> list[list[str]]:
    rows = pd.Series(texts).to_csv(header=False, index=False)
    return list(csv.reader(io.StringIO(aws.invoke(endpoint, rows))))


def test_a_completed_job_tells_what_it_is_and_how_good(job):
    assert job["AutoMLJobStatus"] == "Completed", job.get("FailureReason")
    assert job["AutoMLProblemTypeConfigName"] == "TextClassification"
    best = job["BestCandidate"]
    assert best["FinalAutoMLJobObjectiveMetric"]["MetricName"] == "Accuracy"
    metrics = best["CandidateProperties"]["CandidateMetrics"]
    assert {one["Set"] for one in metrics} == {"Train", "Validation"}
    assert best["InferenceContainerDefinitions"]["CPU"] == best["InferenceContainers"]


def test_held_out_texts_are_classified(aws, endpoint, messages):
    held_out = messages[500:]
    answers = ask(aws, endpoint, held_out["message"].tolist())
    right = [row[0] == label for row, label in zip(answers, held_out["subject"], strict=True)]
    assert np.mean(right) > 0.9
    for label, probability, probabilities, labels in answers:
        by_label = dict(zip(ast.literal_eval(labels), ast.literal_eval(probabilities), strict=True))
        assert list(by_label) == LABELS
        assert float(probability) == max(by_label.values()) == by_label[label]


def test_texts_may_hold_commas_quotes_line_ends_and_any_letter(aws, endpoint):
    texts = ["parcel late,\ncourier", 'it is "great", thanks', "zurück: Geld – money ☹ refund"]
    assert [row[0] for row in ask(aws, endpoint, texts)] == ["delivery", "praise", "refund"]


def test_a_request_with_two_columns_is_a_model_error(aws, endpoint):
    with pytest.raises(aws.runtime.exceptions.ModelError, match="1 columns"):
        aws.invoke(endpoint, "late parcel,great\n")


def test_model_insights_hold_the_confusion_matrix(aws, job):
    best = job["BestCandidate"]
    location = best["CandidateProperties"]["CandidateArtifactLocations"]["ModelInsights"]
    key = f"{location.removeprefix('s3://messages/')}/{best['CandidateName']}/statistics.json"
    statistics = json.loads(aws.s3.get_object(Bucket="messages", Key=key)["Body"].read())
    matrix = statistics["multiclass_classification_metrics"]["confusion_matrix"]
    assert sum(sum(row.values()) for row in matrix.values()) == 100
    assert all(max(matrix[label], key=matrix[label].get) == label for label in LABELS)


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        (["noise", "subject"], "The content column 'message' was not found"),
        (["message", "noise"], "The target label column 'subject' was not found"),
    ],
)
def test_a_missing_column_fails_the_job(aws, job, messages, columns, reason):
    name = f"without-{len(reason)}"
    aws.put_csv("messages", f"{name}/x.csv", messages[columns])
    aws.sagemaker.create_auto_ml_job_v2(**text_request(name, f"s3://messages/{name}/"))
    assert reason in aws.wait_for_job(name)["FailureReason"]


def test_what_texts_do_not_allow_is_refused(aws, job):
    zipped = text_request("never", "s3://messages/train/")
    zipped["AutoMLJobInputDataConfig"][0]["CompressionType"] = "Gzip"
    manifest = text_request("never", "s3://messages/train/")
    source = manifest["AutoMLJobInputDataConfig"][0]["DataSource"]["S3DataSource"]
    source["S3DataType"] = "ManifestFile"
    scored = text_request("never", "s3://messages/", AutoMLJobObjective={"MetricName": "F1"})
    same = text_request("never", "s3://messages/train/")
    same["AutoMLProblemTypeConfig"]["TextClassificationJobConfig"]["ContentColumn"] = "subject"
    for request, told in (
        (zipped, "CompressionType"),
        (manifest, "ManifestFile"),
        (scored, "Invalid objective metric F1"),
        (same, "must be different columns"),
    ):
        with pytest.raises(ClientError, match=told) as caught:
            aws.sagemaker.create_auto_ml_job_v2(**request)
        assert caught.value.response["Error"]["Code"] == "ValidationException"
