--- Text of SQL: the one place where identifiers and the one where literals are quoted.
local M = {}

local DOUBLE_QUOTE = string.char(34)
local SINGLE_QUOTE = string.char(39)

M.DOUBLE_QUOTE, M.SINGLE_QUOTE = DOUBLE_QUOTE, SINGLE_QUOTE
M.SEMICOLON = string.char(59)

--- An identifier, always quoted, so that case, blanks and reserved words keep their meaning.
function M.identifier(name)
    local escaped = string.gsub(name, DOUBLE_QUOTE, DOUBLE_QUOTE .. DOUBLE_QUOTE)
    return DOUBLE_QUOTE .. escaped .. DOUBLE_QUOTE
end

--- An identifier that needs no quotes, for places where some SQL readers know no others.
function M.regular_identifier(name)
    if not string.match(name, "^[A-Z][A-Z0-9_]*$") then
        error("no regular identifier: " .. name, 0)
    end
    return name
end

--- A schema-qualified name.
function M.qualified(schema, name)
    return M.identifier(schema) .. "." .. M.identifier(name)
end

--- A literal: NULL, TRUE, FALSE, a number or a quoted string.
function M.literal(value)
    if value == nil or value == null then
        return "NULL"
    end
    if type(value) == "boolean" then
        return value and "TRUE" or "FALSE"
    end
    if type(value) == "number" then
        return tostring(math.tointeger(value) or value)
    end
    local escaped = string.gsub(tostring(value), SINGLE_QUOTE, SINGLE_QUOTE .. SINGLE_QUOTE)
    return SINGLE_QUOTE .. escaped .. SINGLE_QUOTE
end

--- The name of a script for exa.import_script, quoted only where it has to be.
function M.script_reference(schema, name)
    if string.match(schema, "^[A-Z][A-Z0-9_]*$") then
        return schema .. "." .. name
    end
    return M.qualified(schema, name)
end

--- A string literal of Python with this content, which readers of SQL take for one text, too.
function M.python_literal(text)
    local escaped = string.gsub(text, "\\", "\\\\")
    escaped = string.gsub(escaped, SINGLE_QUOTE, "\\x27")
    escaped = string.gsub(escaped, "\n", "\\n")
    return SINGLE_QUOTE .. escaped .. SINGLE_QUOTE
end

return M
