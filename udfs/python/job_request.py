"""The CreateAutoMLJobV2 request of a training on tabular data, time series or text."""

import json
import re

CSV_WITH_HEADER = "text/csv" + chr(59) + "header=present"


def job_request(spec):
    """The keyword arguments of boto3 create_auto_ml_job_v2.

    Args:
        spec: job_name, role, s3_input_uri, s3_output_uri and target, and what of the
            options of SME_TRAIN_WITH_SAGEMAKER_AUTOPILOT was given, under their names there.
            kind is tabular (the default), forecasting or text.
    """
    problems = {
        "tabular": ("TabularJobConfig", tabular_config),
        "forecasting": ("TimeSeriesForecastingJobConfig", forecasting_config),
        "text": ("TextClassificationJobConfig", text_config),
    }
    member, config = problems[spec.get("kind") or "tabular"]
    return without_empty(
        {
            "AutoMLJobName": spec["job_name"],
            "AutoMLJobInputDataConfig": channels(spec),
            "OutputDataConfig": {
                "S3OutputPath": spec["s3_output_uri"],
                "KmsKeyId": spec.get("output_kms_key"),
            },
            "AutoMLProblemTypeConfig": {member: config(spec)},
            "RoleArn": spec["role"],
            "Tags": tag_list(spec.get("tags")),
            "SecurityConfig": security_config(spec),
            "AutoMLJobObjective": {"MetricName": metric_name(spec.get("objective"))},
            "DataSplitConfig": {"ValidationFraction": spec.get("validation_fraction")},
        }
    )


def channels(spec):
    """Training data, and validation data where there is some of its own."""
    uris = {"training": spec["s3_input_uri"], "validation": spec.get("s3_validation_uri")}
    return [
        {
            "ChannelType": channel,
            "ContentType": CSV_WITH_HEADER,
            "CompressionType": "Gzip" if spec.get("compression") == "gzip" else None,
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}},
        }
        for channel, uri in uris.items()
        if uri
    ]


def tabular_config(spec):
    """TabularJobConfig."""
    return {
        "TargetAttributeName": spec["target"],
        "ProblemType": spec.get("problem_type"),
        "Mode": spec.get("mode"),
        "CandidateGenerationConfig": candidate_generation(spec),
        "CompletionCriteria": completion_criteria(spec),
        "SampleWeightAttributeName": spec.get("sample_weight_column"),
    }


def forecasting_config(spec):
    """TimeSeriesForecastingJobConfig."""
    country = spec.get("holiday_country")
    return {
        "ForecastFrequency": spec["forecast_frequency"],
        "ForecastHorizon": int(spec["forecast_horizon"]),
        "ForecastQuantiles": spec.get("forecast_quantiles"),
        "TimeSeriesConfig": {
            "TargetAttributeName": spec["target"],
            "TimestampAttributeName": spec["time_column"],
            "ItemIdentifierAttributeName": spec["item_column"],
            "GroupingAttributeNames": spec.get("grouping_columns"),
        },
        "Transformations": {
            "Filling": as_text(spec.get("fill_methods")),
            "Aggregation": spec.get("aggregation"),
        },
        "HolidayConfig": [{"CountryCode": country}] if country else None,
        "CandidateGenerationConfig": candidate_generation(spec),
        "CompletionCriteria": completion_criteria(spec),
    }


def text_config(spec):
    """TextClassificationJobConfig."""
    return {
        "ContentColumn": spec["text_column"],
        "TargetLabelColumn": spec["target"],
        "CompletionCriteria": completion_criteria(spec),
    }


def completion_criteria(spec):
    """The three limits."""
    limits = {
        "MaxCandidates": spec.get("max_candidates"),
        "MaxAutoMLJobRuntimeInSeconds": spec.get("max_runtime_for_automl_job_in_seconds"),
        "MaxRuntimePerTrainingJobInSeconds": spec.get("max_runtime_per_training_job_in_seconds"),
    }
    return {name: int(value) for name, value in limits.items() if value is not None}


def candidate_generation(spec):
    """The algorithms to choose from."""
    algorithms = spec.get("algorithms")
    return {"AlgorithmsConfig": [{"AutoMLAlgorithms": algorithms}] if algorithms else None}


def security_config(spec):
    """Key of the volumes, encryption between containers, and the private network."""
    return {
        "VolumeKmsKeyId": spec.get("volume_kms_key"),
        "EnableInterContainerTrafficEncryption": spec.get("encrypt_inter_container_traffic"),
        "VpcConfig": {
            "SecurityGroupIds": spec.get("vpc_security_group_ids"),
            "Subnets": spec.get("vpc_subnets"),
        },
    }


def metric_name(objective):
    """The metric of an objective given by name, or in the JSON form of the predecessor."""
    if objective and objective.lstrip().startswith("{"):
        return json.loads(objective)["MetricName"]
    return objective or None


def tag_list(tags):
    """AWS tags of a plain dictionary. Those of sme hold names of all kinds, made fit for AWS."""
    return [
        {"Key": key, "Value": tag_text(value) if key.startswith("sme:") else str(value)}
        for key, value in sorted((tags or {}).items())
    ]


def tag_text(value):
    """A text as the value of a tag, where AWS takes letters, digits and few other characters."""
    return re.sub(r"[^\w .:/=+@-]", "_", str(value))[:256]


def as_text(value):
    """The value with every number in it as text, whole ones without a decimal point."""
    if isinstance(value, dict):
        return {key: as_text(inner) for key, inner in value.items()}
    is_whole = isinstance(value, float) and value.is_integer()
    return None if value is None else str(int(value) if is_whole else value)


def without_empty(value):
    """The value without members that are None, or that hold nothing after that."""
    if isinstance(value, dict):
        cleaned = {key: without_empty(inner) for key, inner in value.items()}
        return {key: inner for key, inner in cleaned.items() if inner not in (None, {}, [])}
    if isinstance(value, list):
        return [without_empty(inner) for inner in value]
    return value
