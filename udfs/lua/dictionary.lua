--- What the database knows: relations, columns, schemas, scripts, and values as text.
local sql = require("sql")
local errors = require("errors")
local database = require("database")

local M = {}

-- The widest text that a number, date or interval can become.
local NARROW_TEXT = "VARCHAR(2000)"
local WIDE_TEXT = "VARCHAR(2000000)"

--- A name as written or, where that does not exist, in upper case, as Exasol folds it.
local function first_existing(name, exists)
    for _, candidate in ipairs({name, string.upper(name)}) do
        if exists(candidate) then
            return candidate
        end
    end
    return nil
end

local function has_rows(statement)
    return #database.run(statement) > 0
end

--- The schema of that name. Raises E-SME-14.
function M.schema(name)
    local found = first_existing(name, function(candidate)
        return has_rows("SELECT SCHEMA_NAME FROM SYS.EXA_SCHEMAS WHERE SCHEMA_NAME = "
            .. sql.literal(candidate))
    end)
    if found == nil then
        errors.raise("E-SME-14", "Schema " .. name .. " does not exist, or you have no right to "
            .. "see it. Create it, or name another one.")
    end
    return found
end

--- The columns of a table or view in their order, as {name =, type =}. Empty if there is none.
function M.columns(schema, relation)
    local rows = database.run("SELECT COLUMN_NAME, COLUMN_TYPE FROM SYS.EXA_ALL_COLUMNS"
        .. " WHERE COLUMN_SCHEMA = " .. sql.literal(schema)
        .. " AND COLUMN_TABLE = " .. sql.literal(relation)
        .. " ORDER BY COLUMN_ORDINAL_POSITION")
    local columns = {}
    for i = 1, #rows do
        columns[i] = {name = rows[i][1], type = rows[i][2]}
    end
    return columns
end

--- A table or view with its columns. Raises E-SME-2.
function M.relation(schema, name)
    for _, try_schema in ipairs({schema, string.upper(schema)}) do
        for _, try_name in ipairs({name, string.upper(name)}) do
            local columns = M.columns(try_schema, try_name)
            if #columns > 0 then
                return {schema = try_schema, name = try_name, columns = columns}
            end
        end
    end
    errors.raise("E-SME-2", "Table or view " .. schema .. "." .. name .. " does not exist, or you "
        .. "have no right to read it. Check schema and name.")
end

--- The column of that name, as written or in upper case. Raises E-SME-3.
function M.column(columns, name, relation)
    local by_name, names = {}, {}
    for i, column in ipairs(columns) do
        by_name[column.name] = column
        names[i] = column.name
    end
    local found = by_name[name] or by_name[string.upper(name)]
    if found == nil then
        errors.raise("E-SME-3", "Column " .. name .. " is not in " .. relation .. ". It has: "
            .. table.concat(names, ", ") .. ".")
    end
    return found
end

--- The text of the script of exactly that name, or nil where there is none.
function M.script_text(schema, name)
    local rows = database.run("SELECT SCRIPT_TEXT FROM SYS.EXA_ALL_SCRIPTS WHERE SCRIPT_SCHEMA = "
        .. sql.literal(schema) .. " AND SCRIPT_NAME = " .. sql.literal(name))
    return #rows > 0 and rows[1][1] or nil
end

--- Whether a CONNECTION of exactly that name exists.
function M.has_connection(name)
    return has_rows("SELECT CONNECTION_NAME FROM SYS.EXA_ALL_CONNECTIONS WHERE CONNECTION_NAME = "
        .. sql.literal(name))
end

--- The name of a CONNECTION as written or, where that does not exist, in upper case. Whether
-- it exists and may be used shows when it is used, with a better error than one from here.
function M.connection(name)
    return first_existing(name, M.has_connection) or string.upper(name)
end

--- Whether all values of a column are numbers by its type.
function M.is_numeric(column)
    local kind = string.match(column.type, "^%a+")
    return kind == "DECIMAL" or kind == "DOUBLE"
end

--- Whether a column can hold numbers that are not whole.
function M.has_fractions(column)
    return M.is_numeric(column) and not string.match(column.type, ",%s*0%)")
end

--- The SQL expression that makes the value of a column into the text that the model reads.
--
-- Training exports this expression and sme.predict sends it, so both show the model the same
-- text. The database formats, compiled and on all nodes.
function M.text_expression(column)
    local name, kind = sql.identifier(column.name), string.match(column.type, "^%a+")
    if kind == "VARCHAR" then
        return name
    elseif kind == "CHAR" then
        return "RTRIM(" .. name .. ")"
    elseif kind == "BOOLEAN" then
        return "CASE WHEN " .. name .. " THEN 'TRUE' WHEN NOT " .. name .. " THEN 'FALSE' END"
    elseif kind == "DATE" then
        return "TO_CHAR(" .. name .. ", 'YYYY-MM-DD')"
    elseif kind == "TIMESTAMP" then
        return "TO_CHAR(" .. name .. ", 'YYYY-MM-DD HH24:MI:SS.FF6')"
    elseif kind == "GEOMETRY" then
        return "CAST(" .. name .. " AS " .. WIDE_TEXT .. ")"
    end
    local text = "CAST(" .. name .. " AS " .. NARROW_TEXT .. ")"
    if M.has_fractions(column) then
        -- The session chooses the decimal character (NLS_NUMERIC_CHARACTERS), often a comma.
        return "REPLACE(" .. text .. ", ',', '.')"
    end
    return text
end

return M
