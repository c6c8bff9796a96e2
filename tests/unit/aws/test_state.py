"""State is on disk after every change, and listing reads it page by page."""

import pytest

from sme_helper.local.aws.errors import AwsError
from sme_helper.local.aws.listing import matching, page
from sme_helper.local.aws.state import Collection

KEYS = {"Name": lambda record: record["Name"]}


def record(name: str, **members) -> dict:
    return {"Name": name, "Status": "Completed", "CreationTime": 5.0, **members}


def test_a_collection_is_read_back_from_its_folder(tmp_path):
    Collection(tmp_path).put(record("One", Colour="red"))
    assert Collection(tmp_path).get("One")["Colour"] == "red"


def test_names_differ_by_more_than_case(tmp_path):
    collection = Collection(tmp_path)
    assert collection.add(record("One"))
    assert not collection.add(record("ONE"))
    assert collection.get("oNe")["Name"] == "One"


def test_a_reader_keeps_the_record_that_it_holds(tmp_path):
    collection = Collection(tmp_path)
    collection.put(record("one"))
    held = collection.get("one")
    collection.update("one", Status="Failed")
    assert held["Status"] == "Completed"
    assert collection.get("one")["Status"] == "Failed"


def test_a_deleted_record_is_gone_for_good_and_cannot_be_updated(tmp_path):
    collection = Collection(tmp_path)
    collection.put(record("one"))
    collection.delete("ONE")
    assert collection.update("one", Status="Failed") is None
    assert list(Collection(tmp_path)) == []


def test_a_half_written_file_of_a_killed_process_is_ignored(tmp_path):
    Collection(tmp_path).put(record("one"))
    (tmp_path / ".two.json.1.tmp").write_text('{"Name": "tw')
    assert [found["Name"] for found in Collection(tmp_path)] == ["one"]


@pytest.mark.parametrize(
    ("request_members", "names"),
    [
        ({"NameContains": "AB"}, ["ab"]),
        ({"StatusEquals": "Failed"}, ["cd"]),
        ({"CreationTimeAfter": 6}, ["cd"]),
        ({"CreationTimeBefore": 6}, ["ab"]),
        ({}, ["ab", "cd"]),
    ],
)
def test_filters(request_members, names):
    records = [record("ab"), record("cd", Status="Failed", CreationTime=7.0)]
    assert [found["Name"] for found in matching(records, request_members)] == names


def test_pages_follow_each_other_without_gap_or_repetition():
    records = [record(name) for name in "badce"]
    request = {"MaxResults": 2, "SortOrder": "Ascending", "SortBy": "Name"}
    seen, token = [], None
    while True:
        found, token = page(records, {**request, "NextToken": token}, KEYS)
        seen += [one["Name"] for one in found]
        assert len(found) <= 2
        if token is None:
            break
    assert seen == list("abcde")


@pytest.mark.parametrize("token", ["x", "%%%", "bm90IGpzb24="])
def test_a_made_up_token_is_refused(token):
    with pytest.raises(AwsError, match="Invalid pagination token"):
        page([], {"NextToken": token}, KEYS, default_key="Name")
