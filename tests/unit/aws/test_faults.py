"""Rules about requests: whom they meet, how often, and with what."""

import pytest

from sme_helper.local.aws.faults import Call, Rule, Rules, read_rule, with_other_rows

INVOKE = Call("sagemaker", "InvokeEndpoint", "Predictor", 1000)
PUT = Call("s3", "PUT", "/bucket/data/part-1.csv", 50)


def faults(rules, call, times=1):
    """The codes with which so many requests are refused; None for those let through."""
    found = []
    for _ in range(times):
        _, rule = rules.decide(call)
        found.append(rule.error(call).code if rule else None)
    return found


@pytest.mark.parametrize(
    ("where", "call", "is_met"),
    [
        ({}, PUT, True),
        ({"service": "s3"}, PUT, True),
        ({"service": "s3"}, INVOKE, False),
        ({"operation": "invokeendpoint"}, INVOKE, True),
        ({"operation": "Invoke*", "name": "predictor"}, INVOKE, True),
        ({"operation": "Describe*"}, INVOKE, False),
        ({"name": "/bucket/data/*"}, PUT, True),
        ({"name": "/bucket/other/*"}, PUT, False),
        ({"larger_than": 999}, INVOKE, True),
        ({"larger_than": 1000}, INVOKE, False),
    ],
)
def test_a_rule_is_for_the_requests_that_it_names(where, call, is_met):
    assert Rule("error", code="X", **where).is_for(call) is is_met


def test_a_rule_lets_some_through_and_then_meets_so_many():
    rules = Rules()
    number = rules.add(Rule("error", code="X", skip=2, count=3))
    assert faults(rules, PUT, 7) == [None, None, "X", "X", "X", None, None]
    assert rules.met()[number][1] == 3


def test_a_share_of_the_requests_is_met_the_same_ones_for_a_seed():
    def drawn(seed):
        rules = Rules()
        rules.add(Rule("error", code="X", probability=0.3, seed=seed))
        return faults(rules, PUT, 1000)

    assert drawn(1) == drawn(1) != drawn(2)
    assert 250 < drawn(1).count("X") < 350


def test_the_first_rule_with_a_fault_decides_and_delays_add_up():
    rules = Rules()
    rules.add(Rule("delay", seconds=1.0))
    rules.add(Rule("delay", seconds=0.5, service="s3"))
    first = rules.add(Rule("error", code="First"))
    rules.add(Rule("error", code="Second"))
    delay, rule = rules.decide(PUT)
    assert (delay, rule.code) == (1.5, "First")
    rules.remove(first)
    assert rules.decide(INVOKE)[1].code == "Second"
    rules.clear()
    assert rules.decide(PUT) == (0.0, None)


def test_a_throttle_lets_its_rate_through_and_refuses_in_the_words_of_the_service():
    time = [0.0]
    rules = Rules(clock=lambda: time[0])
    rules.add(Rule("throttle", per_second=2))
    assert faults(rules, PUT, 3) == [None, None, "SlowDown"]
    time[0] = 0.5
    assert faults(rules, INVOKE, 2) == [None, "ThrottlingException"]
    time[0] = 60.0
    assert faults(rules, Call("sts", "AssumeRole", ""), 3) == [None, None, "Throttling"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"effect": "error", "code": "X", "colour": "red"}, "no member colour"),
        ({"effect": "explode"}, "effect must be one of"),
        ({}, "effect must be one of"),
        ({"effect": "error"}, "needs code"),
        ({"effect": "delay"}, "needs seconds"),
        ({"effect": "throttle", "per_second": 0}, "needs per_second"),
        ({"effect": "delay", "seconds": "1"}, "seconds cannot be '1'"),
        ({"effect": "delay", "seconds": True}, "seconds cannot be True"),
        ({"effect": "reset", "count": 1.5}, "count cannot be 1.5"),
        ({"effect": "reset", "service": None}, "service cannot be None"),
        ({"effect": "reset", "probability": 1.1}, "probability above 1"),
        ({"effect": "reset", "skip": -1}, "may be negative"),
        ({"effect": "error", "code": "X", "status": 200}, "status not 400 to 599"),
    ],
)
def test_a_rule_that_is_not_one_is_refused(given, told):
    with pytest.raises(ValueError, match=told):
        read_rule(given)


def test_answers_lose_their_last_row_or_have_the_first_one_twice():
    assert with_other_rows("row_missing", b"1\n2\n3\n") == b"1\n2\n"
    assert with_other_rows("row_too_many", b"1\n2\n") == b"1\n2\n1\n"
    assert with_other_rows("half", b"1\n2\n") == b"1\n2\n"
