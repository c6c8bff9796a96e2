--- Batch predictions: their rows in the registry, their tables, and cleaning up after them.
local sql = require("sql")
local errors = require("errors")
local database = require("database")
local aws = require("aws")
local registry = require("registry")
local accounts = require("accounts")

local M = {}

M.TRANSFORMS = {table_name = "SME_METADATA_AUTOPILOT_TRANSFORM_JOBS", key = "TRANSFORM_JOB_NAME"}

local COLUMNS = {"TRANSFORM_JOB_NAME", "JOB_NAME", "RESULT_SCHEMA", "RESULT_TABLE", "KEY_COLUMNS",
    "HAS_KEYS", "ROW_COUNT", "FIELD_COUNT", "PROBLEM_TYPE", "TARGET_TYPE", "RESPONSE_KEYS",
    "AWS_CREDENTIALS_CONNECTION_NAME", "S3_CONNECTION_NAME", "AWS_REGION", "S3_BUCKET", "S3_PREFIX",
    "STATUS", "FAILURE_REASON", "SESSION_ID", "SCRIPT_USER", "CLEANED_AT"}

-- AWS may be at work for a batch prediction in one of these.
M.AT_AWS = {Starting = true, InProgress = true, Stopping = true}
local UNDER_WAY = {Exporting = true, Starting = true, InProgress = true, Stopping = true,
    Completed = true}
-- What a batch prediction has is no longer needed in these, and is deleted.
local ENDED_IN_AWS = {Failed = true, Stopped = true, NotStarted = true}

local function found(condition)
    local names = {}
    for i, name in ipairs(COLUMNS) do
        names[i] = name == "SESSION_ID" and "CAST(SESSION_ID AS VARCHAR(30))" or sql.identifier(name)
    end
    local result = database.run("SELECT " .. table.concat(names, ", ") .. " FROM "
        .. sql.qualified(exa.meta.script_schema, M.TRANSFORMS.table_name)
        .. " WHERE " .. condition .. " ORDER BY TRANSFORM_JOB_NAME")
    local rows = {}
    for i = 1, #result do
        rows[i] = {}
        for j, name in ipairs(COLUMNS) do
            rows[i][name] = database.value(result[i][j])
        end
    end
    return rows
end

--- The batch prediction of that name. Raises E-SME-96.
function M.find(name)
    local row = found(registry.same_key(M.TRANSFORMS, name))[1]
    if row == nil then
        errors.raise("E-SME-96", "There is no batch prediction " .. name .. " in "
            .. M.TRANSFORMS.table_name .. " of schema " .. exa.meta.script_schema
            .. ". Start it with sme.predict_batch.")
    end
    return row
end

--- All batch predictions that something is left of: of a result table, of a job, or of any.
function M.with_leftovers(condition)
    return found("CLEANED_AT IS NULL AND " .. condition)
end

function M.of_result(schema, name)
    return "RESULT_SCHEMA = " .. sql.literal(schema) .. " AND RESULT_TABLE = " .. sql.literal(name)
end

function M.of_job(job_name)
    return "UPPER(JOB_NAME) = UPPER(" .. sql.literal(job_name) .. ")"
end

--- Whether a batch prediction has, or may have, made a table of that name.
function M.has_written(schema, name)
    return #found(M.of_result(schema, name)
        .. " AND STATUS IN ('Fetched', 'Completed', 'Discarded')") > 0
end

--- Whether a batch prediction may still give a result, or is being stopped.
function M.is_under_way(row)
    return UNDER_WAY[row.STATUS] == true
end

--- Whether the session that started it still exists, and is another one than this.
function M.has_owner(row)
    return #database.run("SELECT SESSION_ID FROM SYS.EXA_ALL_SESSIONS WHERE SESSION_ID = "
        .. row.SESSION_ID .. " AND SESSION_ID <> CURRENT_SESSION") > 0
end

local function table_name(row, kind)
    local ending = string.gsub(string.upper(row.TRANSFORM_JOB_NAME), "-", "_")
    return sql.qualified(row.RESULT_SCHEMA, "SME_BATCH_" .. kind .. "_" .. ending)
end

--- The table with the rows to predict, numbered, with their keys and their texts.
function M.rows_table(row)
    return table_name(row, "ROWS")
end

--- The table with the answers as they came from S3.
function M.answers_table(row)
    return table_name(row, "ANSWERS")
end

function M.drop_tables(row)
    for _, name in ipairs({M.rows_table(row), M.answers_table(row)}) do
        database.run("DROP TABLE IF EXISTS " .. name)
    end
end

--- Writes the row of a batch prediction that is about to be made.
function M.register(row)
    local values = {}
    for name, value in pairs(row) do
        values[name] = value
    end
    values[M.TRANSFORMS.key] = nil
    registry.save(M.TRANSFORMS, row.TRANSFORM_JOB_NAME, values)
end

--- Changes the row, in the registry and here.
function M.update(row, values)
    values.UPDATED_AT = registry.NOW
    registry.update(M.TRANSFORMS, row.TRANSFORM_JOB_NAME, values)
    for name, value in pairs(values) do
        row[name] = value ~= registry.NULL and value or nil
    end
end

--- Carries out an action of AWS for a batch prediction.
function M.call(row, action, request)
    request = request or {}
    request.transform_job_name = row.TRANSFORM_JOB_NAME
    request.account = accounts.of_job(row.JOB_NAME)
    request.bucket, request.prefix = row.S3_BUCKET, row.S3_PREFIX
    return aws.call(action, row.AWS_CREDENTIALS_CONNECTION_NAME, row.AWS_REGION, request)
end

--- Deletes all that a batch prediction has but its result, and notes it.
--
-- A transform job that runs is stopped: then its status is Stopping, and what is left is deleted
-- the next time. status: what it is after that, where not what AWS says of the transform job.
function M.clean(row, status)
    local job = M.call(row, "clean_transform")
    if not job.is_clean then
        M.update(row, {STATUS = job.status})
        return
    end
    M.drop_tables(row)
    M.update(row, {
        STATUS = status or (ENDED_IN_AWS[job.status] and job.status) or "Discarded",
        FAILURE_REASON = job.failure_reason or row.FAILURE_REASON or registry.NULL,
        CLEANED_AT = registry.NOW,
    })
end

--- Notes what AWS says of the transform job. One that failed or was stopped is cleaned up after.
function M.note(row, job)
    M.update(row, {STATUS = job.status, FAILURE_REASON = job.failure_reason or registry.NULL})
    if ENDED_IN_AWS[job.status] then
        M.clean(row)
    end
end

return M
