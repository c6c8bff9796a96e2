"""require('cjson'), as lua-cjson 2.1.0 behaves."""

import pytest


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("{1, 2.5, 'x', true, cjson.null}", '[1,2.5,"x",true,null]'),
        ("{}", "{}"),
        ("{a = {}}", '{"a":{}}'),
        ("{[1] = 1, [3] = 3}", "[1,null,3]"),
        ("{[5] = 'x', a = 1} and {['5'] = 'x'}", '{"5":"x"}'),
        ("'a/b\"\\\\ \\n\\t\\1 ä'", '"a\\/b\\"\\\\ \\n\\t\\u0001 ä"'),
        ("12345678901234", "12345678901234"),
        ("0.1", "0.1"),
        ("2^53 * 1000", "9.007199254741e+18"),
        ("nil", "null"),
    ],
)
def test_values_are_encoded(output, value, text):
    assert output(f"local cjson = require('cjson') output(cjson.encode({value}))") == [text]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("print", "Cannot serialise function: type not supported"),
        ("{[true] = 1}", "Cannot serialise table: table key must be a number or string"),
        ("{[1] = 1, [1000] = 2}", "Cannot serialise table: excessively sparse array"),
        ("0/0", "Cannot serialise number: must not be NaN or Inf"),
        ("decimal(5)", "Cannot serialise userdata: type not supported"),
        ("NULL", "Cannot serialise userdata: type not supported"),
    ],
)
def test_what_json_has_nothing_for_is_refused(output, value, message):
    code = f"local ok, text = pcall(require('cjson').encode, {value}) output(text)"
    assert output(code) == [message]


def test_values_are_decoded(output):
    code = """
        local cjson = require('cjson')
        local value = cjson.decode('{"a": [1, "x", null, {"b": false}], "c": 1.5}')
        output(#value.a .. ' ' .. value.a[1] .. ' ' .. value.a[2])
        output(tostring(value.a[3] == cjson.null) .. tostring(value.a[4].b) .. value.c)
        output(tostring(value.missing))
    """
    assert output(code) == ["4 1.0 x", "truefalse1.5", "nil"]


@pytest.mark.parametrize("text", ["{bad", "", "[1,]", '{"a" 1}'])
def test_bad_json_is_an_error_that_a_script_can_catch(output, text):
    code = f"local ok, m = pcall(require('cjson').decode, '{text}') output(tostring(ok) .. m)"
    [shown] = output(code)
    assert shown.startswith("falseExpected value but found")


def test_only_text_is_decoded(output):
    code = "local ok, m = pcall(require('cjson').decode, {}) output(m)"
    assert output(code) == ["bad argument #1 to 'decode' (string expected, got table)"]
