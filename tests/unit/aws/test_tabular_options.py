"""Options of tabular jobs: weights, validation channel and split, limits, artifacts, security."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from threadpoolctl import threadpool_limits

from sme_helper.local.aws import candidates, dataset, fitting, metrics, reports

LIMIT_ONE = {"CompletionCriteria": {"MaxCandidates": 1}}


@pytest.fixture(scope="module")
def bucket(aws, patients, mixed_rows) -> str:
    name = aws.create_bucket("options")
    aws.put_csv(name, "patients/all.csv", patients)
    aws.put_csv(name, "mixed/all.csv", mixed_rows)
    return name


@pytest.fixture(scope="module")
def conflicting() -> pd.DataFrame:
    """600 rows of `size`; the target is `small` or `large`, and wrong wherever weight is 0.01.

    The weight is text, negative or missing in a few rows, whose target is `neither`.
    """
    random = np.random.default_rng(2)
    size = random.uniform(0, 10, 600)
    label = np.where(size > 5, "large", "small")
    wrong = random.random(600) < 0.6
    frame = pd.DataFrame({"size": size.round(3), "trust": np.where(wrong, 0.01, 5.0)})
    frame["label"] = np.where(wrong, np.where(label == "large", "small", "large"), label)
    frame["trust"] = frame["trust"].astype(object)
    frame.loc[frame.index < 6, "label"] = "neither"
    frame.loc[frame.index < 6, "trust"] = ["much", "-1", None, "", "NaN", "inf"]
    return frame


def job_metrics(job: dict, set_name: str = "Validation") -> dict[str, float]:
    listed = job["BestCandidate"]["CandidateProperties"]["CandidateMetrics"]
    return {one["StandardMetricName"]: one["Value"] for one in listed if one["Set"] == set_name}


def read_json(aws, location: str) -> dict:
    bucket, _, key = location.removeprefix("s3://").partition("/")
    return json.loads(aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read())


def test_heavy_samples_decide_and_the_weight_is_no_feature(aws, bucket, conflicting):
    aws.put_csv(bucket, "conflict/all.csv", conflicting)
    for name, weighted in (("light", {}), ("heavy", {"SampleWeightAttributeName": "trust"})):
        aws.train(
            name,
            f"s3://{bucket}/conflict/",
            "label",
            Mode="ENSEMBLING",
            CompletionCriteria={"MaxCandidates": 2},
            **weighted,
        )
    heavy = aws.wait_for_job("heavy")
    assert heavy["AutoMLJobStatus"] == "Completed", heavy.get("FailureReason")
    resolved = heavy["ResolvedAttributes"]["AutoMLProblemTypeResolvedAttributes"]
    assert resolved["TabularResolvedAttributes"]["ProblemType"] == "BinaryClassification"
    assert job_metrics(heavy)["Accuracy"] > 0.95
    tabular = heavy["AutoMLProblemTypeConfig"]["TabularJobConfig"]
    assert tabular["SampleWeightAttributeName"] == "trust"
    aws.deploy("heavy", heavy["BestCandidate"]["InferenceContainers"])
    assert aws.invoke("heavy", "9.5\n0.5\n").split() == ["large", "small"]
    assert aws.wait_for_job("light")["AutoMLJobStatus"] == "Completed"


@pytest.mark.parametrize(
    ("weights", "reason"),
    [({"w": "none"}, "has no positive number"), ({"v": 1}, "'w' was not found")],
)
def test_unusable_weights_fail_the_job(aws, bucket, patients, weights, reason):
    name = f"weights-{next(iter(weights))}"
    aws.put_csv(bucket, f"{name}/x.csv", patients.assign(**weights))
    aws.train(
        name,
        f"s3://{bucket}/{name}/",
        "diagnosis",
        Mode="ENSEMBLING",
        SampleWeightAttributeName="w",
    )
    assert reason in aws.wait_for_job(name)["FailureReason"]


@pytest.mark.parametrize("recipe", candidates.RECIPES, ids=lambda recipe: recipe.name)
def test_every_recipe_believes_the_heavy_samples(recipe):
    assert recipe.takes_weights()
    matrix = np.linspace(-3, 3, 600)[:, np.newaxis]
    wrong = np.arange(600) % 3 > 0  # two thirds of the rows say the opposite
    target = (matrix[:, 0] > 0) ^ wrong
    weights = np.where(wrong, 0.001, 1.0)
    estimator = recipe.estimator("BinaryClassification")
    with threadpool_limits(1, user_api="openmp"):
        estimator.fit(matrix, target.astype(int), sample_weight=weights)
    predicted = estimator.predict(np.array([[-2.5], [2.5]]))
    assert predicted.tolist() == [0, 1]


def test_metrics_count_rows_by_their_weight():
    truth, weights = np.array([0, 0, 1, 1]), np.array([3.0, 1.0, 2.0, 2.0])
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7], [0.1, 0.9]])
    found = metrics.classification(truth, probabilities, weights)
    repeated = np.repeat(np.arange(4), weights.astype(int))
    same = metrics.classification(truth[repeated], probabilities[repeated])
    assert found == pytest.approx(same)
    values = np.array([1.0, 5.0, 2.0, 8.0])
    predicted = np.array([1.0, 6.0, 4.0, 11.0])
    numbers = metrics.regression(values, predicted, weights)
    again = metrics.regression(values[repeated], predicted[repeated])
    assert numbers == pytest.approx(again)


def test_the_validation_channel_is_what_candidates_are_measured_on(aws, bucket, patients, new_job):
    """With all labels of the validation rows turned round, nothing can be right."""
    turned = {"malignant": "benign", "benign": "malignant"}
    opposite = patients.assign(diagnosis=patients["diagnosis"].map(turned))
    aws.put_csv(bucket, "opposite/x.csv", opposite[:100])
    request = new_job("validated", f"s3://{bucket}/patients/", "diagnosis")
    training = request["AutoMLJobInputDataConfig"][0]
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/opposite/"}}
    other = {**training, "ChannelType": "validation", "DataSource": source}
    request["AutoMLJobInputDataConfig"].append(other)
    aws.sagemaker.create_auto_ml_job_v2(**request)
    job = aws.wait_for_job("validated")
    assert job_metrics(job, "Train")["Accuracy"] > 0.95
    assert job_metrics(job)["Accuracy"] < 0.05


@pytest.mark.parametrize(("fraction", "rows"), [(None, 114), (0.4, 228)])
def test_the_split_decides_how_many_rows_are_held_out(aws, bucket, new_job, fraction, rows):
    name = f"split-{rows}"
    request = new_job(name, f"s3://{bucket}/patients/", "diagnosis")
    if fraction:
        request["DataSplitConfig"] = {"ValidationFraction": fraction}
    aws.sagemaker.create_auto_ml_job_v2(**request)
    best = aws.wait_for_job(name)["BestCandidate"]
    location = best["CandidateProperties"]["CandidateArtifactLocations"]["ModelInsights"]
    report = read_json(aws, f"{location}/{best['CandidateName']}/statistics.json")
    assert report["dataset"]["item_count"] == rows


def test_exactly_as_many_candidates_as_asked_for(aws, bucket):
    aws.train(
        "seven",
        f"s3://{bucket}/mixed/",
        "size",
        Mode="ENSEMBLING",
        CandidateGenerationConfig={"AlgorithmsConfig": [{"AutoMLAlgorithms": ["linear-learner"]}]},
        CompletionCriteria={"MaxCandidates": 7},
    )
    job = aws.wait_for_job("seven")
    listed = aws.sagemaker.list_candidates_for_auto_ml_job(AutoMLJobName="seven")["Candidates"]
    assert len({one["CandidateName"] for one in listed}) == 7
    assert all("Linear" in one["CandidateName"] for one in listed)
    assert job["ResolvedAttributes"]["CompletionCriteria"]["MaxCandidates"] == 7


def test_every_candidate_has_its_metrics_steps_and_artifacts(aws, trained):
    for mode, job in trained.items():
        listed = aws.sagemaker.list_candidates_for_auto_ml_job(AutoMLJobName=job["AutoMLJobName"])[
            "Candidates"
        ]
        assert len(listed) == 2
        for candidate in listed:
            measured = candidate["CandidateProperties"]["CandidateMetrics"]
            assert {one["Set"] for one in measured} == {"Train", "Validation"}
            assert len(candidate["CandidateSteps"]) == (2 if mode == "ENSEMBLING" else 4)
            for container in candidate["InferenceContainers"]:
                bucket, _, key = container["ModelDataUrl"].removeprefix("s3://").partition("/")
                assert aws.s3.head_object(Bucket=bucket, Key=key)["ContentLength"] > 0
            assert "InferenceContainerDefinitions" not in candidate


def test_notebooks_tell_about_data_and_candidates(aws, trained):
    tuned = trained["HYPERPARAMETER_TUNING"]["AutoMLJobArtifacts"]
    definition = read_json(aws, tuned["CandidateDefinitionNotebookLocation"])
    assert "GradientBoosting" in definition["cells"][1]["source"]
    ensembled = trained["ENSEMBLING"]["AutoMLJobArtifacts"]
    assert set(ensembled) == {"DataExplorationNotebookLocation"}
    exploration = read_json(aws, ensembled["DataExplorationNotebookLocation"])
    assert exploration["nbformat"] == 4
    assert "| mean radius | 400 | 0 |" in exploration["cells"][1]["source"]


@pytest.mark.parametrize(
    ("target", "labels"),
    [("Regression", 1), ("BinaryClassification", 1), ("MulticlassClassification", 3)],
)
def test_importance_is_told_for_each_output_and_highest_for_what_decides(target, labels):
    random = np.random.default_rng(1)
    deciding, noise = random.uniform(0, 9, 300).round(3), random.uniform(0, 9, 300).round(3)
    features = pa.table(
        {
            name: pa.chunked_array([pa.array([str(value) for value in values])])
            for name, values in (("deciding", deciding), ("noise", noise))
        }
    )
    classes = {"Regression": deciding, "BinaryClassification": (deciding > 4).astype(int)}
    truth = classes.get(target, np.digitize(deciding, [3, 6]))
    names = {1: None, 3: ["low", "middle", "high"]}[labels]
    problem = fitting.Problem(
        type=target,
        objective="MSE" if target == "Regression" else "Accuracy",
        labels=["few", "many"] if target == "BinaryClassification" else names,
        numeric=dataset.numeric_columns(features),
        train_features=features[:200],
        train_target=truth[:200],
        valid_features=features[200:],
        valid_target=truth[200:],
    )
    fitted = fitting.fit(candidates.RECIPES[0], problem)
    analysis = json.loads(reports.explainability(fitted, problem)["analysis.json"])
    shap = analysis["explanations"]["kernel_shap"]
    assert list(shap) == [f"label{number}" for number in range(labels)]
    for values in shap.values():
        importances = values["global_shap_values"]
        assert importances["deciding"] > 5 * importances["noise"] >= 0


def test_security_and_tags_are_kept_as_given(aws, bucket, new_job):
    request = new_job("secured", f"s3://{bucket}/patients/", "diagnosis", **LIMIT_ONE)
    key = "arn:aws:kms:eu-central-1:123456789012:key/abcd"
    request["SecurityConfig"] = {
        "VolumeKmsKeyId": key,
        "EnableInterContainerTrafficEncryption": True,
        "VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]},
    }
    request["OutputDataConfig"]["KmsKeyId"] = key
    request["Tags"] = [{"Key": "team", "Value": "risk"}]
    arn = aws.sagemaker.create_auto_ml_job_v2(**request)["AutoMLJobArn"]
    job = aws.wait_for_job("secured")
    assert job["SecurityConfig"] == request["SecurityConfig"]
    assert job["OutputDataConfig"]["KmsKeyId"] == key
    assert aws.sagemaker.list_tags(ResourceArn=arn)["Tags"] == request["Tags"]
