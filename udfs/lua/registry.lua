--- The registry: one row a job, one row an endpoint. Every write is idempotent on its key.
local cjson = require("cjson")
local sql = require("sql")
local database = require("database")

local M = {}

M.JOBS = {table_name = "SME_METADATA_AUTOPILOT_JOBS", key = "JOB_NAME"}
M.MODELS = {table_name = "SME_METADATA_AUTOPILOT_MODELS", key = "MODEL_NAME"}
M.ENDPOINTS = {table_name = "SME_METADATA_AUTOPILOT_ENDPOINTS", key = "ENDPOINT_NAME"}

-- Marks a value that is SQL already, such as SYSTIMESTAMP.
local function rendered(value)
    if type(value) == "table" and value.sql then
        return value.sql
    end
    return sql.literal(value)
end

M.NOW = {sql = "SYSTIMESTAMP"}
M.NULL = {sql = "NULL"}
M.SESSION = {sql = "CURRENT_SESSION"}

local function sorted_names(values)
    local names = {}
    for name in pairs(values) do
        names[#names + 1] = name
    end
    table.sort(names)
    return names
end

--- The condition for a key in any case: AWS takes names that differ in case only for the same.
function M.same_key(kind, key)
    return "UPPER(" .. sql.identifier(kind.key) .. ") = UPPER(" .. sql.literal(key) .. ")"
end

--- The UPDATE that gives a row the spelling of its key that is used now.
function M.respell_statement(schema, kind, key)
    return "UPDATE " .. sql.qualified(schema, kind.table_name) .. " SET " .. sql.identifier(kind.key)
        .. " = " .. sql.literal(key) .. " WHERE " .. M.same_key(kind, key)
end

--- The MERGE that writes `values` (column to value) to the row with that key.
function M.merge_statement(schema, kind, key, values)
    local target = sql.qualified(schema, kind.table_name)
    local key_column = sql.identifier(kind.key)
    local updates, columns, inserts = {}, {key_column}, {"S." .. key_column}
    for _, name in ipairs(sorted_names(values)) do
        updates[#updates + 1] = "T." .. sql.identifier(name) .. " = " .. rendered(values[name])
        columns[#columns + 1] = sql.identifier(name)
        inserts[#inserts + 1] = rendered(values[name])
    end
    return "MERGE INTO " .. target .. " T USING (SELECT " .. sql.literal(key) .. " AS " .. key_column
        .. ") S ON (T." .. key_column .. " = S." .. key_column .. ")"
        .. " WHEN MATCHED THEN UPDATE SET " .. table.concat(updates, ", ")
        .. " WHEN NOT MATCHED THEN INSERT (" .. table.concat(columns, ", ")
        .. ") VALUES (" .. table.concat(inserts, ", ") .. ")"
end

--- The UPDATE of a row that exists already. Without a row nothing changes.
function M.update_statement(schema, kind, key, values)
    local updates = {}
    for _, name in ipairs(sorted_names(values)) do
        updates[#updates + 1] = sql.identifier(name) .. " = " .. rendered(values[name])
    end
    return "UPDATE " .. sql.qualified(schema, kind.table_name) .. " SET "
        .. table.concat(updates, ", ") .. " WHERE " .. M.same_key(kind, key)
end

--- Writes a row and commits, so that it outlives whatever happens next.
function M.save(kind, key, values)
    local schema = exa.meta.script_schema
    local respell = M.respell_statement(schema, kind, key)
    local merge = M.merge_statement(schema, kind, key, values)
    database.transaction(function()
        local ok, reason = database.try(respell)
        if not ok then
            return false, reason
        end
        return database.try(merge)
    end)
end

--- Changes a row, if there is one, and commits.
function M.update(kind, key, values)
    local statement = M.update_statement(exa.meta.script_schema, kind, key, values)
    database.transaction(function()
        return database.try(statement)
    end)
end

--- The row with that key, in any case, as a table of the columns asked for, or nil.
function M.find(kind, key, columns)
    local names = {}
    for i, name in ipairs(columns) do
        names[i] = sql.identifier(name)
    end
    local rows = database.run("SELECT " .. table.concat(names, ", ") .. " FROM "
        .. sql.qualified(exa.meta.script_schema, kind.table_name)
        .. " WHERE " .. M.same_key(kind, key))
    if #rows == 0 then
        return nil
    end
    local row = {}
    for i, name in ipairs(columns) do
        row[name] = database.value(rows[1][i])
    end
    return row
end

--- A moment as AWS gives it, for a TIMESTAMP column.
function M.moment(text)
    if text == nil then
        return nil
    end
    return {sql = "TO_TIMESTAMP(" .. sql.literal(text) .. ", "
        .. sql.literal("YYYY-MM-DD HH24:MI:SS.FF6") .. ")"}
end

--- What a job summary of AWS changes in the registry.
function M.job_values(job)
    return {
        STATUS = job.status,
        SECONDARY_STATUS = job.secondary_status,
        FAILURE_REASON = job.failure_reason or M.NULL,
        BEST_CANDIDATE = job.best_candidate or M.NULL,
        BEST_METRIC_NAME = job.metric_name or M.NULL,
        BEST_METRIC_VALUE = job.metric_value or M.NULL,
        RESOLVED_PROBLEM_TYPE = job.problem_type or M.NULL,
        ENDED_AT_UTC = M.moment(job.ended_at) or M.NULL,
        UPDATED_AT = M.NOW,
    }
end

--- Notes what AWS says of a job. One whose deletion was begun stays Deleting: its data may be gone.
function M.note_job(job_name, job)
    local statement = M.update_statement(exa.meta.script_schema, M.JOBS, job_name, M.job_values(job))
        .. " AND (STATUS IS NULL OR STATUS <> 'Deleting')"
    database.transaction(function()
        return database.try(statement)
    end)
end

--- The columns of a training as JSON text.
function M.encode_columns(columns)
    return cjson.encode(columns)
end

function M.decode_columns(text)
    return cjson.decode(text)
end

--- Columns that the model reads, and the target. Sample weights are for training only.
function M.split_target(columns, target_name)
    local features, target = {}, nil
    for _, column in ipairs(columns) do
        if column.name == target_name then
            target = column
        elseif column.role ~= "weight" then
            features[#features + 1] = column
        end
    end
    return features, target
end

return M
