"""Feature importance, from the explainability report that Autopilot leaves in S3."""

import json

from .candidates import list_candidates, unknown_candidate
from .errors import SmeError
from .storage import keys_below, split_uri
from .training import finite

REPORT = "analysis.json"


def read_feature_importance(client, s3, spec):
    """How much each feature weighs for one candidate.

    Args:
        client, s3: boto3 clients of sagemaker and s3.
        spec: job_name and, for another one than the best, candidate_name.

    Returns:
        job_name, candidate_name, and importances as `global_importances` gives them.

    Raises:
        SmeError: E-SME-8 (unknown job), E-SME-70 (no candidate yet, or none of that name),
            E-SME-71 (no report), E-SME-72 (a report of another form).
    """
    listed = list_candidates(client, spec["job_name"])
    candidate = chosen_candidate(listed, spec.get("candidate_name"))
    report = read_report(s3, listed["job_name"], candidate)
    return {
        "job_name": listed["job_name"],
        "candidate_name": candidate["candidate_name"],
        "importances": global_importances(report, candidate["candidate_name"]),
    }


def chosen_candidate(listed, wanted):
    """The candidate of that name or, without a name, the best one."""
    candidates = listed["candidates"]
    for candidate in candidates:
        if candidate["candidate_name"] == wanted or (wanted is None and candidate["is_best"]):
            return candidate
    names = [candidate["candidate_name"] for candidate in candidates]
    raise unknown_candidate(listed["job_name"], wanted, names)


def read_report(s3, job_name, candidate):
    """The content of the report."""
    name, folder = candidate["candidate_name"], candidate["explainability_uri"]
    keys = []
    if folder:
        bucket, prefix = split_uri(folder)
        keys = [key for key in keys_below(s3, bucket, prefix) if key.endswith("/" + REPORT)]
    # Reports of several candidates can lie in one folder, each below the name of the candidate.
    keys = [key for key in keys if f"/{name}/" in key] or (keys if len(keys) == 1 else [])
    if not keys:
        raise SmeError(
            "E-SME-71",
            f"Candidate {name} of job {job_name} has no explainability report {REPORT}. Autopilot "
            "writes one for the best candidate of tabular data when the training is done: wait for "
            "the job with sme.wait. What there is lies at "
            f"{folder or 'no address'}.",
        )
    return json.loads(s3.get_object(Bucket=bucket, Key=keys[0])["Body"].read())


def global_importances(report, candidate_name):
    """The global values of a Clarify report, the weightiest feature of each label first.

    Returns:
        A list of label, feature, importance (mean absolute SHAP value) and position from 1.
        A regression and a binary classification have the one label label0.

    Raises:
        SmeError: E-SME-72, the report has no global SHAP values.
    """
    labels = (report.get("explanations") or {}).get("kernel_shap") or {}
    rows = []
    for label in sorted(labels, key=label_order):
        values = labels[label].get("global_shap_values") or {}
        weights = sorted(((scalar(value), name) for name, value in values.items()), key=weight)
        rows += [
            {"label": label, "feature": name, "importance": finite(value), "position": position}
            for position, (value, name) in enumerate(weights, 1)
        ]
    if not rows:
        raise SmeError(
            "E-SME-72",
            f"The explainability report of candidate {candidate_name} holds no global SHAP values, "
            f"but {', '.join(sorted(report)) or 'nothing'}. Reports of forecasts and of texts have "
            "another form, see the address in SME_METADATA_AUTOPILOT_CANDIDATES.",
        )
    return rows


def label_order(label):
    """label2 before label10."""
    digits = label.removeprefix("label")
    return (0, int(digits), "") if digits.isdigit() else (1, 0, label)


def scalar(value):
    """One number for a feature, where Clarify has split it into several parts."""
    if isinstance(value, dict):
        return sum(abs(scalar(part)) for part in value.values())
    return float(value)


def weight(pair):
    """Sorts by falling weight, one that is no number last, and by name where weights are equal."""
    value, name = pair
    return (-abs(value) if finite(value) is not None else 1, name)
