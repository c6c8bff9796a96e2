--- The rows of a query into a table: one made anew, or one that has rows already.
local errors = require("errors")
local sql = require("sql")
local database = require("database")
local dictionary = require("dictionary")

local M = {}

local function kind_of(sql_type)
    return string.match(string.upper(sql_type), "^%a+")
end

--- The columns that were found, each with the type that it is to have in the table.
function M.wanted_columns(found, declared)
    local by_name, columns = {}, {}
    for _, column in ipairs(declared) do
        by_name[column.name] = column
    end
    for i, column in ipairs(found) do
        local declaration = by_name[column.name] or {}
        local wanted, emitted = declaration.type or column.type, column.type
        if emitted == "TIMESTAMP" and kind_of(wanted) == "TIMESTAMP" then
            -- One with more digits must not lose them on the way.
            emitted = wanted
        end
        columns[i] = {name = column.name, type = emitted, wanted = wanted,
            not_null = declaration.not_null}
    end
    return columns
end

local function names_of(columns, prefix)
    local names = {}
    for i, column in ipairs(columns) do
        names[i] = (prefix or "") .. sql.identifier(column.name)
    end
    return table.concat(names, ", ")
end

--- The statements that make a table of these columns and fill it.
--
-- clauses: what ALTER TABLE is to do before, such as `DISTRIBUTE BY "A"`.
function M.table_statements(target, columns, clauses, rows_query)
    local definitions = {}
    for i, column in ipairs(columns) do
        definitions[i] = sql.identifier(column.name) .. " " .. column.wanted
            .. (column.not_null and " NOT NULL" or "")
    end
    local statements = {"CREATE OR REPLACE TABLE " .. target .. " (" .. table.concat(definitions, ", ") .. ")"}
    for _, clause in ipairs(clauses) do
        statements[#statements + 1] = "ALTER TABLE " .. target .. " " .. clause
    end
    statements[#statements + 1] = "INSERT INTO " .. target .. " " .. rows_query
    return statements
end

local function same_key(unique_key, left, right)
    local conditions = {}
    for i, name in ipairs(unique_key) do
        conditions[i] = left .. "." .. sql.identifier(name) .. " = " .. right .. "." .. sql.identifier(name)
    end
    return table.concat(conditions, " AND ")
end

--- The statements that bring the rows of table `new` into `target`.
--
-- columns: those to be written. strategy: append, delete+insert or merge.
function M.incremental_statements(target, new, columns, strategy, unique_key)
    local names = names_of(columns)
    local insert = "INSERT INTO " .. target .. " (" .. names .. ") SELECT " .. names .. " FROM " .. new
    if strategy == "append" then
        return {insert}
    elseif strategy == "delete+insert" then
        return {"DELETE FROM " .. target .. " WHERE EXISTS (SELECT 1 FROM " .. new .. " WHERE "
            .. same_key(unique_key, new, target) .. ")", insert}
    end
    local is_key, updates = {}, {}
    for _, name in ipairs(unique_key) do
        is_key[name] = true
    end
    for _, column in ipairs(columns) do
        if not is_key[column.name] then
            local name = sql.identifier(column.name)
            updates[#updates + 1] = "T." .. name .. " = S." .. name
        end
    end
    return {"MERGE INTO " .. target .. " T USING " .. new .. " S ON (" .. same_key(unique_key, "T", "S") .. ")"
        .. (#updates > 0 and " WHEN MATCHED THEN UPDATE SET " .. table.concat(updates, ", ") or "")
        .. " WHEN NOT MATCHED THEN INSERT (" .. names .. ") VALUES (" .. names_of(columns, "S.") .. ")"}
end

local function missing_in(columns, others)
    local has, missing = {}, {}
    for _, column in ipairs(others) do
        has[column.name] = true
    end
    for _, column in ipairs(columns) do
        if not has[column.name] then
            missing[#missing + 1] = column
        end
    end
    return missing
end

--- The columns to write into a table that exists, and the ALTER TABLE clauses that add new ones.
--
-- on_schema_change: as dbt has it: ignore, fail or append_new_columns. Raises E-SME-116.
function M.changed_columns(columns, existing, on_schema_change, name)
    local missing, new, clauses = missing_in(existing, columns), missing_in(columns, existing), {}
    if #missing > 0 then
        errors.raise("E-SME-116", "The DataFrame of Python model " .. name .. " lacks the columns "
            .. names_of(missing) .. " that its table has. Build it with --full-refresh.")
    end
    if #new == 0 then
        return columns, clauses
    end
    if on_schema_change == "fail" then
        errors.raise("E-SME-116", "The DataFrame of Python model " .. name .. " has the columns "
            .. names_of(new) .. " that its table lacks. Build it with --full-refresh, or set "
            .. "on_schema_change to ignore or append_new_columns.")
    elseif on_schema_change == "ignore" then
        local kept = {}
        for i, column in ipairs(existing) do
            kept[i] = {name = column.name}
        end
        return kept, clauses
    end
    for i, column in ipairs(new) do
        clauses[i] = "ADD COLUMN " .. sql.identifier(column.name) .. " " .. column.wanted
    end
    return columns, clauses
end

local function run_all(statements, name)
    for _, statement in ipairs(statements) do
        local ok, reason = database.try(statement)
        if not ok then
            errors.raise("E-SME-115", "The rows of Python model " .. name .. " do not fit its table: "
                .. reason)
        end
    end
end

--- Loads the rows of a query. Raises E-SME-115 where they do not fit.
--
-- given: target (schema and name), existing (`table`, `view` or nil), clauses, and for a table
-- that keeps its rows incremental: strategy, unique_key and on_schema_change.
-- working: the name of a table that may be made on the way.
function M.load(given, columns, rows_query, working)
    local name, incremental = given.target.name, given.incremental
    local target = sql.qualified(given.target.schema, name)
    if incremental == nil then
        if given.existing == "view" then
            database.run("DROP VIEW " .. target)
        end
        run_all(M.table_statements(target, columns, given.clauses, rows_query), name)
        return
    end
    local existing = dictionary.columns(given.target.schema, name)
    local written, clauses = M.changed_columns(columns, existing, incremental.on_schema_change, name)
    run_all(M.table_statements(working, columns, {}, rows_query), name)
    for _, clause in ipairs(clauses) do
        database.run("ALTER TABLE " .. target .. " " .. clause)
    end
    run_all(M.incremental_statements(target, working, written, incremental.strategy,
        incremental.unique_key), name)
    database.run("DROP TABLE " .. working)
end

return M
