"""Endpoints answer header-less CSV as Autopilot's containers do."""

import ast
import csv
import io
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

KEYS = "predicted_label,probability,probabilities,labels"


def asking_for(containers: list[dict], keys: str) -> list[dict]:
    """The containers with the keys asked for, as AWS's documentation says how."""
    changed = [{**one, "Environment": dict(one["Environment"])} for one in containers]
    received = None
    for container in changed:
        environment = container["Environment"]
        if "SAGEMAKER_INFERENCE_SUPPORTED" not in environment:
            continue
        supported = environment["SAGEMAKER_INFERENCE_SUPPORTED"].split(",")
        put_out = ",".join(key for key in keys.split(",") if key in supported)
        if received:
            environment["SAGEMAKER_INFERENCE_INPUT"] = received
        environment["SAGEMAKER_INFERENCE_OUTPUT"] = received = put_out
    return changed


def containers_of(job: dict) -> list[dict]:
    return job["BestCandidate"]["InferenceContainers"]


@pytest.fixture(scope="module")
def endpoints(aws, trained) -> dict[str, str]:
    """For each mode an endpoint with all keys, and one as it is by default."""
    deployed = {}
    for mode, job in trained.items():
        short = mode[:4].lower()
        for kind, containers in (
            ("all", asking_for(containers_of(job), KEYS)),
            ("default", containers_of(job)),
        ):
            aws.create_config(f"{short}-{kind}", containers)
            aws.sagemaker.create_endpoint(
                EndpointName=f"{short}-{kind}", EndpointConfigName=f"{short}-{kind}"
            )
            deployed[f"{mode} {kind}"] = f"{short}-{kind}"
    for name in deployed.values():
        assert aws.wait_for_endpoint(name)["EndpointStatus"] == "InService"
    return deployed


@pytest.fixture(scope="module")
def held_out(patients):
    return patients[500:]


def csv_rows(frame) -> str:
    return frame.to_csv(header=False, index=False)


def features(frame):
    return frame.drop(columns="diagnosis")


@pytest.mark.parametrize("mode", ["ENSEMBLING", "HYPERPARAMETER_TUNING"])
def test_only_the_label_is_answered_by_default(aws, endpoints, held_out, mode):
    answer = aws.invoke(endpoints[f"{mode} default"], csv_rows(features(held_out)))
    predicted = answer.splitlines()
    right = sum(a == b for a, b in zip(predicted, held_out["diagnosis"], strict=True))
    assert set(predicted) == {"malignant", "benign"}
    assert right / len(held_out) >= 0.93


@pytest.mark.parametrize("mode", ["ENSEMBLING", "HYPERPARAMETER_TUNING"])
def test_all_keys_are_answered_in_the_order_asked_for(aws, endpoints, held_out, mode):
    answer = aws.invoke(endpoints[f"{mode} all"], csv_rows(features(held_out)))
    for label, probability, probabilities, labels in csv.reader(io.StringIO(answer)):
        texts, values = ast.literal_eval(labels), ast.literal_eval(probabilities)
        by_label = dict(zip(texts, values, strict=True))
        assert texts == ["benign", "malignant"]
        assert sum(values) == pytest.approx(1)
        assert label == max(by_label, key=by_label.get)
        of_whom = label if mode == "ENSEMBLING" else "malignant"
        assert float(probability) == by_label[of_whom]


def test_lists_are_quoted_because_of_their_commas(aws, endpoints, held_out):
    line = aws.invoke(endpoints["ENSEMBLING all"], csv_rows(features(held_out)[:1]))
    assert line.count('"') == 4
    assert line.endswith("\"['benign', 'malignant']\"\n")


def test_empty_fields_are_missing_values(aws, endpoints):
    assert aws.invoke(endpoints["ENSEMBLING default"], "," * 29 + "\n").count("\n") == 1


@pytest.mark.parametrize("rows", ["1,2,3\n", ",".join("1" * 31), ""])
def test_a_wrong_number_of_columns_is_a_model_error(aws, endpoints, rows):
    with pytest.raises(aws.runtime.exceptions.ModelError) as caught:
        aws.invoke(endpoints["ENSEMBLING default"], rows)
    answer = caught.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert answer["OriginalStatusCode"] == 400
    assert "Received client error (400) from primary" in answer["Error"]["Message"]
    assert answer["OriginalMessage"] in answer["Error"]["Message"]


def test_one_short_row_among_good_ones_is_a_model_error(aws, endpoints, held_out):
    rows = csv_rows(features(held_out)[:3]) + "1,2\n"
    with pytest.raises(aws.runtime.exceptions.ModelError, match="400"):
        aws.invoke(endpoints["ENSEMBLING default"], rows)


def test_another_media_type_is_a_model_error(aws, endpoints):
    with pytest.raises(aws.runtime.exceptions.ModelError, match="415"):
        aws.runtime.invoke_endpoint(
            EndpointName=endpoints["ENSEMBLING default"],
            ContentType="application/json",
            Body=b"{}",
        )


def test_a_container_refuses_input_that_it_was_not_told_of(aws, trained, held_out):
    containers = asking_for(containers_of(trained["HYPERPARAMETER_TUNING"]), KEYS)
    del containers[2]["Environment"]["SAGEMAKER_INFERENCE_INPUT"]
    aws.deploy("chain-broken", containers)
    with pytest.raises(aws.runtime.exceptions.ModelError, match="container-3"):
        aws.invoke("chain-broken", csv_rows(features(held_out)))


def test_a_container_cannot_give_what_it_does_not_support(aws, trained, held_out):
    (container,) = containers_of(trained["ENSEMBLING"])
    environment = {**container["Environment"], "SAGEMAKER_INFERENCE_OUTPUT": "colour"}
    aws.deploy("asks-colour", [{**container, "Environment": environment}])
    with pytest.raises(aws.runtime.exceptions.ModelError, match="colour"):
        aws.invoke("asks-colour", csv_rows(features(held_out)))


def test_a_body_over_six_megabytes_is_refused(aws, endpoints):
    with pytest.raises(ClientError) as caught:
        aws.runtime.invoke_endpoint(
            EndpointName=endpoints["ENSEMBLING default"],
            ContentType="text/csv",
            Body=b"1" * (6 * 1024 * 1024 + 1),
        )
    answer = caught.value.response
    assert answer["Error"]["Code"] == "ValidationError"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 413


@pytest.mark.parametrize("name", ["nobody", "ENSE-ALL"])
def test_an_unknown_endpoint_is_not_found_and_case_matters(aws, endpoints, name):
    with pytest.raises(ClientError) as caught:
        aws.invoke(name, "1\n")
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationError"
    assert error["Message"] == f"Endpoint {name} of account 123456789012 not found."


def test_the_variant_that_answered_is_named(aws, endpoints, held_out):
    answer = aws.runtime.invoke_endpoint(
        EndpointName=endpoints["ENSEMBLING default"],
        ContentType="text/csv",
        Body=csv_rows(features(held_out)),
        TargetVariant="all",
    )
    assert answer["InvokedProductionVariant"] == "all"
    assert answer["ContentType"].startswith("text/csv")


def test_a_variant_that_is_not_there_is_refused(aws, endpoints):
    with pytest.raises(ClientError, match="Variant other"):
        aws.runtime.invoke_endpoint(
            EndpointName=endpoints["ENSEMBLING default"], Body=b"1", TargetVariant="other"
        )


def test_many_callers_get_the_answers_to_their_own_rows(aws, endpoints, held_out):
    name = endpoints["ENSEMBLING all"]
    parts = [features(held_out)[i : i + 5] for i in range(0, 60, 5)]
    alone = [aws.invoke(name, csv_rows(part)) for part in parts]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda part: aws.invoke(name, csv_rows(part)), parts * 4))
    assert together == alone * 4


def test_regression_answers_one_number_a_line(aws, mixed_rows):
    bucket = aws.create_bucket("regression")
    aws.put_csv(bucket, "in.csv", mixed_rows)
    for mode, name in (("ENSEMBLING", "price-e"), ("HYPERPARAMETER_TUNING", "price-t")):
        aws.train(name, f"s3://{bucket}/in.csv", "price", Mode=mode)
        job = aws.wait_for_job(name)
        aws.deploy(name, asking_for(containers_of(job), KEYS))
        rows = mixed_rows.drop(columns="price")
        answer = [float(line) for line in aws.invoke(name, csv_rows(rows)).splitlines()]
        assert len(answer) == len(mixed_rows)
        error = (mixed_rows["price"] - answer).abs().median()
        assert error < mixed_rows["price"].std() / 4


def test_texts_with_quotes_commas_and_umlauts_are_labels_too(aws, mixed_rows):
    bucket = aws.create_bucket("texts")
    rows = mixed_rows.dropna(subset="town")
    aws.put_csv(bucket, "in.csv", rows)
    aws.train("towns", f"s3://{bucket}/in.csv", "town")
    aws.deploy("towns", asking_for(containers_of(aws.wait_for_job("towns")), KEYS))
    answer = aws.invoke("towns", csv_rows(rows.drop(columns="town")[:50]))
    read = list(csv.reader(io.StringIO(answer)))
    assert len(read) == 50
    assert {row[0] for row in read} <= {"Fürth", "Bad, Homburg", 'the "Hague"'}
    assert set(ast.literal_eval(read[0][3])) == {"Fürth", "Bad, Homburg", 'the "Hague"'}


def test_unseen_categories_and_texts_in_number_columns_are_answered(aws, mixed_rows):
    bucket = aws.create_bucket("unseen")
    aws.put_csv(bucket, "in.csv", mixed_rows)
    for mode in ("ENSEMBLING", "HYPERPARAMETER_TUNING"):
        name = f"unseen-{mode[:4]}"
        criteria = {"MaxCandidates": 2}
        aws.train(name, f"s3://{bucket}/in.csv", "size", Mode=mode, CompletionCriteria=criteria)
        aws.deploy(name, containers_of(aws.wait_for_job(name)))
        answer = aws.invoke(name, "50.5,Atlantis,2,170.1\nn.a.,,many,\n")
        assert len(answer.splitlines()) == 2


def test_serving_goes_on_when_the_artifact_is_gone(aws, trained, held_out):
    """The container downloaded it at creation, as in AWS."""
    (container,) = containers_of(trained["ENSEMBLING"])
    bucket, _, key = container["ModelDataUrl"].removeprefix("s3://").partition("/")
    aws.s3.copy_object(Bucket=bucket, Key="copy.tar.gz", CopySource={"Bucket": bucket, "Key": key})
    aws.deploy("orphan", [{**container, "ModelDataUrl": f"s3://{bucket}/copy.tar.gz"}])
    aws.s3.delete_object(Bucket=bucket, Key="copy.tar.gz")
    assert aws.invoke("orphan", csv_rows(features(held_out)[:2])).count("\n") == 2


def test_five_thousand_rows_fit_one_request(aws, endpoints, held_out):
    rows = csv_rows(features(held_out)) * 73
    started = time.perf_counter()
    answer = aws.invoke(endpoints["ENSEMBLING all"], rows)
    print(f"{len(rows)} bytes in {time.perf_counter() - started:.3f} s")
    assert answer.count("\n") == len(held_out) * 73
