--- The text of a query that a user gave, as it can stand in parentheses.
local sql = require("sql")
local errors = require("errors")

local M = {}

-- What hides a semicolon from the reader of SQL: how it begins, and what ends it.
local HIDING = {
    [string.rep("-", 2)] = "\n",
    ["/*"] = "*/",
    [sql.SINGLE_QUOTE] = sql.SINGLE_QUOTE,
    [sql.DOUBLE_QUOTE] = sql.DOUBLE_QUOTE,
}

-- What begins at a position and hides what is in it: its beginning and its last position.
local function hidden_part(text, position)
    for _, length in ipairs({2, 1}) do
        local beginning = string.sub(text, position, position + length - 1)
        if HIDING[beginning] ~= nil then
            local _, last = string.find(text, HIDING[beginning], position + length, true)
            return beginning, last or #text
        end
    end
    return nil
end

-- The text up to the first semicolon, what is behind it, and whether something is said in front.
local function split(text)
    local position, says_something = 1, false
    while position <= #text do
        local beginning, last = hidden_part(text, position)
        local character = string.sub(text, position, position)
        if character == sql.SEMICOLON then
            return string.sub(text, 1, position - 1), string.sub(text, position + 1), says_something
        end
        local is_comment = beginning ~= nil and #beginning == 2
        says_something = says_something or not (is_comment or string.match(character, "%s"))
        position = (last or position) + 1
    end
    return text, "", says_something
end

--- The one statement of a text, without the semicolon that ends it and what comments follow.
--
-- Raises E-SME-135 where the text holds no statement, or more than one.
function M.statement(text)
    local statement, rest, says_something = split(text)
    while rest ~= "" do
        local _, next_rest, says_more = split(rest)
        if says_more then
            errors.raise("E-SME-135", "input_query holds more than one statement, and one SELECT "
                .. "is trained on: take out what stands behind its first semicolon.")
        end
        rest = next_rest
    end
    if not says_something then
        errors.raise("E-SME-135", "input_query is empty: it holds blanks and comments only. Give a "
            .. "SELECT, or a table or view in its place.")
    end
    return (string.gsub(statement, "%s+$", ""))
end

return M
