--- Registry tables with several rows a job: all rows of a job are replaced at once.
local sql = require("sql")
local database = require("database")

local M = {}

-- Keeps each INSERT far below the length that a statement may have.
local ROWS_A_STATEMENT = 200

local function rendered(value)
    if type(value) == "table" and value.sql then
        return value.sql
    end
    return sql.literal(value)
end

--- The condition that all columns have the values in `key` (column to value).
local function condition(key)
    local names, parts = {}, {}
    for name in pairs(key) do
        names[#names + 1] = name
    end
    table.sort(names)
    for i, name in ipairs(names) do
        parts[i] = sql.identifier(name) .. " = " .. sql.literal(key[name])
    end
    return table.concat(parts, " AND ")
end

--- The statements that put `rows` in the place of all rows with that key.
--
-- columns: their names in order. rows: lists of values in that order, where a missing value is
-- NULL.
function M.replace_statements(schema, table_name, key, columns, rows)
    local target, names = sql.qualified(schema, table_name), {}
    for i, column in ipairs(columns) do
        names[i] = sql.identifier(column)
    end
    local statements = {"DELETE FROM " .. target .. " WHERE " .. condition(key)}
    local head = "INSERT INTO " .. target .. " (" .. table.concat(names, ", ") .. ") VALUES "
    local tuples = {}
    for i, row in ipairs(rows) do
        local values = {}
        for j = 1, #columns do
            values[j] = rendered(row[j])
        end
        tuples[#tuples + 1] = "(" .. table.concat(values, ", ") .. ")"
        if #tuples == ROWS_A_STATEMENT or i == #rows then
            statements[#statements + 1] = head .. table.concat(tuples, ", ")
            tuples = {}
        end
    end
    return statements
end

--- Runs them. The caller commits, so that tables which belong together change together.
function M.replace(table_name, key, columns, rows)
    local schema = exa.meta.script_schema
    for _, statement in ipairs(M.replace_statements(schema, table_name, key, columns, rows)) do
        database.run(statement)
    end
end

return M
