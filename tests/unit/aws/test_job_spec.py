"""What a job request asks for, and the contradictions that AWS refuses."""

import pytest

from sme_helper.local.aws import job_spec
from sme_helper.local.aws.errors import AwsError


def v1_request(**members) -> dict:
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/in"}}
    return {
        "AutoMLJobName": "job",
        "InputDataConfig": [{"DataSource": source, "TargetAttributeName": "y"}],
        "OutputDataConfig": {"S3OutputPath": "s3://b/out/"},
        **members,
    }


def refused(request: dict) -> str:
    with pytest.raises(AwsError) as caught:
        job_spec.from_v2(request)
    assert caught.value.code == "ValidationException"
    return caught.value.message


def test_reads_a_full_v2_request(new_job):
    request = new_job(
        "job",
        "s3://b/in/",
        "y",
        ProblemType="Regression",
        Mode="ENSEMBLING",
        CandidateGenerationConfig={"AlgorithmsConfig": [{"AutoMLAlgorithms": ["xgboost"]}]},
        CompletionCriteria={
            "MaxCandidates": 4,
            "MaxAutoMLJobRuntimeInSeconds": 100,
            "MaxRuntimePerTrainingJobInSeconds": 10,
        },
    )
    request["AutoMLJobObjective"] = {"MetricName": "R2"}
    request["DataSplitConfig"] = {"ValidationFraction": 0.4}
    request["AutoMLJobInputDataConfig"][0]["CompressionType"] = "Gzip"
    spec = job_spec.from_v2(request)
    assert spec == job_spec.JobSpec(
        target="y",
        training=job_spec.Channel("s3://b/in/", "S3Prefix", True, "text/csv;header=present"),
        validation=None,
        output_path="s3://b/output",
        problem_type="Regression",
        objective="R2",
        mode="ENSEMBLING",
        algorithms=("xgboost",),
        max_candidates=4,
        max_job_runtime=100,
        max_training_runtime=10,
        validation_fraction=0.4,
    )


def test_v1_and_v2_requests_for_the_same_job_read_alike(new_job):
    v2 = new_job("job", "s3://b/in", "y", CompletionCriteria={"MaxCandidates": 2})
    v2["OutputDataConfig"] = {"S3OutputPath": "s3://b/out/"}
    criteria = {"CompletionCriteria": {"MaxCandidates": 2}}
    v1 = v1_request(AutoMLJobConfig=criteria)
    assert job_spec.from_v1(v1) == job_spec.from_v2(v2)


def test_a_problem_type_needs_an_objective(new_job):
    message = refused(new_job("job", "s3://b/in", "y", ProblemType="Regression"))
    assert "Either both ProblemType and AutoMLJobObjective" in message


def test_an_objective_needs_a_problem_type(new_job):
    request = new_job("job", "s3://b/in", "y")
    request["AutoMLJobObjective"] = {"MetricName": "F1"}
    assert "Either both ProblemType and AutoMLJobObjective" in refused(request)


def test_an_objective_must_fit_the_problem_type(new_job):
    request = new_job("job", "s3://b/in", "y", ProblemType="Regression")
    request["AutoMLJobObjective"] = {"MetricName": "F1"}
    assert "Invalid objective metric F1 for problem type Regression" in refused(request)


@pytest.mark.parametrize("kind", ["ImageClassificationJobConfig", "TextGenerationJobConfig"])
def test_other_problem_types_are_refused_by_name(new_job, kind):
    request = new_job("job", "s3://b/in", "y")
    request["AutoMLProblemTypeConfig"] = {kind: {}}
    message = refused(request)
    assert kind in message and "Not available in the embedded stack" in message


@pytest.mark.parametrize(
    "members",
    [
        {"FeatureSpecificationS3Uri": "s3://b/f.json"},
        {"GenerateCandidateDefinitionsOnly": True},
    ],
)
def test_what_the_stack_does_not_do_is_refused_by_name(new_job, members):
    message = refused(new_job("job", "s3://b/in", "y", **members))
    assert "Not available in the embedded stack" in message and next(iter(members)) in message


def test_algorithms_need_an_explicit_mode(new_job):
    algorithms = {"AlgorithmsConfig": [{"AutoMLAlgorithms": ["xgboost"]}]}
    request = new_job("job", "s3://b/in", "y", CandidateGenerationConfig=algorithms)
    assert "must not be set when the training mode is AUTO" in refused(request)


def test_algorithms_must_belong_to_the_mode(new_job):
    algorithms = {"AlgorithmsConfig": [{"AutoMLAlgorithms": ["catboost"]}]}
    request = new_job(
        "job",
        "s3://b/in",
        "y",
        Mode="HYPERPARAMETER_TUNING",
        CandidateGenerationConfig=algorithms,
    )
    assert "catboost" in refused(request)


def test_a_validation_channel_excludes_a_validation_fraction(new_job):
    request = new_job("job", "s3://b/in", "y")
    training = request["AutoMLJobInputDataConfig"][0]
    request["AutoMLJobInputDataConfig"].append({**training, "ChannelType": "validation"})
    assert job_spec.from_v2(request).validation is not None
    request["DataSplitConfig"] = {"ValidationFraction": 0.3}
    assert "ValidationFraction" in refused(request)


def test_both_channels_need_the_same_content_type(new_job):
    request = new_job("job", "s3://b/in", "y")
    training = request["AutoMLJobInputDataConfig"][0]
    other = {**training, "ChannelType": "validation", "ContentType": job_spec.PARQUET}
    request["AutoMLJobInputDataConfig"].append(other)
    assert "same ContentType" in refused(request)


def test_sample_weights_need_ensembling(new_job):
    weighted = {"SampleWeightAttributeName": "w"}
    accepted = new_job("job", "s3://b/in", "y", Mode="ENSEMBLING", **weighted)
    assert job_spec.from_v2(accepted).weight == "w"
    for mode in ({"Mode": "HYPERPARAMETER_TUNING"}, {"Mode": "AUTO"}, {}):
        assert "ENSEMBLING" in refused(new_job("job", "s3://b/in", "y", **mode, **weighted))


def test_the_target_is_no_sample_weight(new_job):
    request = new_job("job", "s3://b/in", "y", Mode="ENSEMBLING", SampleWeightAttributeName="y")
    assert "must not be the target" in refused(request)


def test_v1_takes_sample_weights_from_its_channel():
    request = v1_request(AutoMLJobConfig={"Mode": "ENSEMBLING"})
    request["InputDataConfig"][0]["SampleWeightAttributeName"] = "w"
    assert job_spec.from_v1(request).weight == "w"


def test_header_less_training_data_is_refused(new_job):
    request = new_job("job", "s3://b/in", "y")
    request["AutoMLJobInputDataConfig"][0]["ContentType"] = "text/csv;header=absent"
    assert "Unsupported content type" in refused(request)
